import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A Python package that is made on the spot. */
export interface MadePackage {
  /** Lower-case letters, digits and dashes. */
  readonly name: string;
  readonly version: string;
  /** What it needs, as in METADATA: `other>=2`. */
  readonly requires?: readonly string[];
  /**
   * Further files by path; programs are `<name>-<version>.data/scripts/<program>`. A module with
   * `__version__` is always there.
   */
  readonly files?: Readonly<Record<string, string>>;
}

/** Name of a package's wheel (PEP 427). */
export function wheelName({ name, version }: MadePackage): string {
  return `${moduleOf(name)}-${version}-py3-none-any.whl`;
}

/** A wheel of pure Python (PEP 427; METADATA 2.1, RECORD of PEP 376), uncompressed. */
export function makeWheel(made: MadePackage): Buffer {
  const { name, version, requires = [] } = made;
  const module = moduleOf(name);
  const information = `${module}-${version}.dist-info`;
  const files: Record<string, string> = {
    [`${module}/__init__.py`]: `__version__ = '${version}'\n`,
    ...made.files,
    [`${information}/METADATA`]: [
      'Metadata-Version: 2.1',
      `Name: ${name}`,
      `Version: ${version}`,
      ...requires.map((requirement) => `Requires-Dist: ${requirement}`),
      '',
    ].join('\n'),
    [`${information}/WHEEL`]:
      'Wheel-Version: 1.0\nGenerator: ds01\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  const rows = Object.entries(files).map(([path, text]) => {
    const digest = createHash('sha256').update(text).digest('base64url');
    return `${path},sha256=${digest},${String(Buffer.byteLength(text))}\n`;
  });
  const record = `${information}/RECORD`;
  return zipOf({ ...files, [record]: `${rows.join('')}${record},,\n` });
}

function moduleOf(name: string): string {
  return name.replaceAll('-', '_');
}

/** A zip archive of stored files (APPNOTE 6.3.3, 4.3.7 to 4.3.16). */
function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const name = Buffer.from(path);
    const content = Buffer.from(text);
    // Version 2.0, no flags, stored, 1980-01-01, checksum, sizes, lengths of name and extra field.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    const mode = path.includes('.data/scripts/') ? 0o100755 : 0o100644;
    place.writeUInt32LE(mode * 0x10000, 6);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0003', 'latin1'), common, place, name);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, name, content]);
    parts.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  const count = Object.keys(files).length;
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, index, end]);
}
