import { readTable } from './sqlite-table.ts';

/** A package as rpm knows it. */
export interface RpmPackage {
  readonly name: string;
  /** `[epoch:]version-release`. */
  readonly version: string;
  readonly license: string | undefined;
}

/** Of rpm's `rpmtag.h`. */
const tags = { name: 1000, version: 1001, release: 1002, epoch: 1003, license: 1014 } as const;
const types = { int32: 4, string: 6, i18n: 9 } as const;
const entryBytes = 16;

/**
 * The packages of an `rpmdb.sqlite` (rpm 4.16 and newer): its table `Packages` has one header a package,
 * in the format of https://rpm-software-management.github.io/rpm/manual/format_header.html without its
 * first eight bytes. The keys that it also keeps there are none. `null` for what isn't understood.
 */
export function readRpmDatabase(file: Buffer): readonly RpmPackage[] | null {
  const rows = readTable(file, 'Packages');
  if (rows === null) return null;
  const packages: RpmPackage[] = [];
  for (const [, blob] of rows) {
    const read = Buffer.isBuffer(blob) ? readHeader(blob) : null;
    if (read === null) return null;
    if (read.name !== 'gpg-pubkey') packages.push(read);
  }
  return packages;
}

function readHeader(blob: Buffer): RpmPackage | null {
  if (blob.length < 8) return null;
  const count = blob.readUInt32BE(0);
  const start = 8 + count * entryBytes;
  const length = blob.readUInt32BE(4);
  if (start + length > blob.length) return null;
  const data = blob.subarray(start, start + length);
  const values = new Map<number, string>();
  const missing = new Set<number>(Object.values(tags));
  for (let index = 0; index < count; index += 1) {
    const at = 8 + index * entryBytes;
    const [tag, type, offset] = [0, 4, 8].map((field) => blob.readUInt32BE(at + field));
    if (tag === undefined || type === undefined || offset === undefined) return null;
    // One of each: many that lead to one long text would take the service's time.
    if (!missing.delete(tag)) continue;
    const value = valueAt(data, type, offset);
    if (value !== null) values.set(tag, value);
  }
  const [name, version, release] = [tags.name, tags.version, tags.release].map((tag) =>
    values.get(tag),
  );
  if (name === undefined || version === undefined || release === undefined) return null;
  const epoch = values.get(tags.epoch);
  const full = `${epoch === undefined ? '' : `${epoch}:`}${version}-${release}`;
  return { name, version: full, license: values.get(tags.license) };
}

function valueAt(data: Buffer, type: number, offset: number): string | null {
  if (type === types.int32 && offset + 4 <= data.length) return String(data.readUInt32BE(offset));
  if (type !== types.string && type !== types.i18n) return null;
  const end = data.indexOf(0, offset);
  return end === -1 ? null : data.toString('utf8', offset, end);
}
