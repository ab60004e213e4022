import { installedPackageSchema, type Ecosystem, type InstalledPackage } from '@ds01/contracts';
import { z } from 'zod';
import { readRpmDatabase } from './rpm.ts';

/** A file of a database of packages, by where it is; what isn't one is none. */
export interface DatabaseFile {
  readonly ecosystem: Ecosystem;
  /** How much of it is needed at most, in bytes. */
  readonly maxBytes: number;
  /** Whether the beginning is enough when it is longer. */
  readonly beginningIsEnough: boolean;
  /** Reads it. Empty for a record that isn't understood, `null` for a whole list that isn't. */
  readonly read: (bytes: Buffer, path: string) => readonly InstalledPackage[] | null;
}

const mebibyte = 2 ** 20;

const databases: readonly (DatabaseFile & { readonly path: RegExp })[] = [
  {
    // dpkg(1); images without a shell have one file a package.
    path: /^var\/lib\/dpkg\/(?:status|status\.d\/[^/]+)$/,
    ecosystem: 'dpkg',
    maxBytes: 64 * mebibyte,
    beginningIsEnough: false,
    read: asText(readDpkgStatus),
  },
  {
    path: /^(?:var\/lib\/rpm|usr\/lib\/sysimage\/rpm)\/rpmdb\.sqlite$/,
    ecosystem: 'rpm',
    maxBytes: 64 * mebibyte,
    beginningIsEnough: false,
    read: readRpm,
  },
  {
    path: /^(?:lib|usr\/lib)\/apk\/db\/installed$/,
    ecosystem: 'apk',
    maxBytes: 64 * mebibyte,
    beginningIsEnough: false,
    read: asText(readApkInstalled),
  },
  {
    // Core metadata: PyPA "Recording installed projects"; setuptools' and distutils' before it.
    path: /(?:^|\/)[^/]+(?:\.dist-info\/METADATA|\.egg-info\/PKG-INFO|\.egg-info)$/,
    ecosystem: 'pip',
    maxBytes: 64 * 1024,
    beginningIsEnough: true,
    read: asText(readPythonMetadata),
  },
  {
    path: /(?:^|\/)conda-meta\/[^/]+\.json$/,
    ecosystem: 'conda',
    maxBytes: 8 * mebibyte,
    beginningIsEnough: false,
    read: asText(readCondaMeta),
  },
  {
    path: /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/,
    ecosystem: 'npm',
    maxBytes: mebibyte,
    beginningIsEnough: false,
    read: asText(readNodePackage),
  },
];

/** What a path (without a leading `/`) of a file system holds of packages; `null` when nothing. */
export function databaseAt(path: string): DatabaseFile | null {
  return databases.find((database) => database.path.test(path)) ?? null;
}

/**
 * Databases that are recognised and not read: Berkeley DB and ndb of older rpm, and what a process that
 * died left beside a newer one, without which that isn't complete.
 */
export function isUnreadDatabase(path: string): boolean {
  const file = /^(?:var\/lib\/rpm|usr\/lib\/sysimage\/rpm)\/([^/]+)$/.exec(path)?.[1] ?? '';
  return ['Packages', 'Packages.db', 'rpmdb.sqlite-wal', 'rpmdb.sqlite-journal'].includes(file);
}

function asText(
  read: (text: string, path: string) => readonly InstalledPackage[],
): DatabaseFile['read'] {
  return (bytes, path) => read(bytes.toString('utf8'), path);
}

function readRpm(bytes: Buffer): readonly InstalledPackage[] | null {
  const packages = readRpmDatabase(bytes);
  if (packages === null) return null;
  return packages.flatMap(({ name, version, license }) => packageOf('rpm', name, version, license));
}

/** Paragraphs of `Key: value`, as dpkg and Python's metadata have them. */
function fieldsOf(paragraph: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of paragraph.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0 || /^\s/.test(line)) continue;
    const key = line.slice(0, colon).toLowerCase();
    if (!fields.has(key)) fields.set(key, line.slice(colon + 1).trim());
  }
  return fields;
}

function readDpkgStatus(text: string): readonly InstalledPackage[] {
  return paragraphsOf(text).flatMap((paragraph) => {
    const fields = fieldsOf(paragraph);
    const status = fields.get('status') ?? 'install ok installed';
    if (!status.endsWith(' installed')) return [];
    return packageOf('dpkg', fields.get('package'), fields.get('version'));
  });
}

/** Lines of one letter, apk-tools' `installed`: `P:` name, `V:` version, `L:` licence. */
function readApkInstalled(text: string): readonly InstalledPackage[] {
  return paragraphsOf(text).flatMap((paragraph) => {
    const letter = (key: string): string | undefined =>
      paragraph
        .split('\n')
        .find((line) => line.startsWith(`${key}:`))
        ?.slice(2);
    return packageOf('apk', letter('P'), letter('V'), letter('L'));
  });
}

function readPythonMetadata(text: string): readonly InstalledPackage[] {
  // The description follows after an empty line.
  const [head = ''] = paragraphsOf(text);
  const fields = fieldsOf(head);
  const license = fields.get('license-expression') ?? fields.get('license');
  const classifier = /^Classifier: License :: (?:OSI Approved :: )?(.+)$/m.exec(head)?.[1];
  const name = fields.get('name');
  const stated = license === '' || license === 'UNKNOWN' ? undefined : license;
  return packageOf(
    'pip',
    name === undefined ? undefined : pythonName(name),
    fields.get('version'),
    stated ?? classifier,
  );
}

/** PEP 503. */
function pythonName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

const jsonPackageSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.unknown().optional(),
});

function readCondaMeta(text: string, path: string): readonly InstalledPackage[] {
  const read = jsonPackageSchema.safeParse(parseJson(text));
  if (read.success) {
    const { name, version, license } = read.data;
    return packageOf('conda', name, version, typeof license === 'string' ? license : undefined);
  }
  return condaFileName(path);
}

/** `numpy-1.26.4-py311h_0.json`. */
export function condaFileName(path: string): readonly InstalledPackage[] {
  const match = /([^/]+)-([^-/]+)-[^-/]+\.json$/.exec(path);
  return packageOf('conda', match?.[1], match?.[2]);
}

function readNodePackage(text: string): readonly InstalledPackage[] {
  const read = jsonPackageSchema.safeParse(parseJson(text));
  if (!read.success) return [];
  const { name, version, license } = read.data;
  const old = z.object({ type: z.string() }).safeParse(license);
  const stated = typeof license === 'string' ? license : old.data?.type;
  return packageOf('npm', name, version, stated);
}

/** Names and versions are shown, and written into files: control characters are no part of any. */
function packageOf(
  ecosystem: Ecosystem,
  name: string | undefined,
  version: string | undefined,
  license?: string,
): readonly InstalledPackage[] {
  if (name === undefined || version === undefined) return [];
  if (!isPlain(name, 300) || !isPlain(version, 300)) return [];
  const stated = license !== undefined && isPlain(license, 500) ? license : null;
  return [installedPackageSchema.parse({ ecosystem, name, version, license: stated })];
}

function isPlain(text: string, maxLength: number): boolean {
  return text.length > 0 && text.length <= maxLength && !/\p{Cc}/u.test(text);
}

function paragraphsOf(text: string): readonly string[] {
  return text.split(/\r?\n\r?\n+/).map((paragraph) => paragraph.replaceAll('\r\n', '\n'));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
