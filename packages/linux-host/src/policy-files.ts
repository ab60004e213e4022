import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { ds01Error } from '@ds01/contracts';
import type { PolicyFile, PolicyFiles } from '@ds01/ports';
import { z } from 'zod';
import { parseJson } from './gate/grant-text.ts';
import { rememberFiles } from './remember-files.ts';
import { storageError, systemCodeOf } from './storage-errors.ts';
import { writePolicyFile } from './write-policy-file.ts';

const fileNames = [
  'ds01.yaml',
  'resource-limits.yaml',
  'user-overrides.yaml',
  'temporary-overrides.yaml',
  'lifecycle-exemptions.yaml',
  'reservations.yaml',
  'group-overrides.txt',
] as const;
const groupsFolder = 'groups';
const memberFile = /^[^.].*\.members$/;
const writableMembersFile = /^groups\/[a-z0-9_]{1,64}\.members$/;
const largestFileBytes = 4 * 2 ** 20;

const copySchema = z.array(
  z.strictObject({ path: z.string(), text: z.string().nullable(), error: z.string().nullable() }),
);

/** Where the policy is, and where its last good copy is kept. */
export interface PolicyFilesOptions {
  readonly configDirectory: string;
  readonly stateDirectory: string;
}

/**
 * The configuration folder: `ds01.yaml`, `resource-limits.yaml`, `user-overrides.yaml`,
 * `temporary-overrides.yaml`, `lifecycle-exemptions.yaml`, `reservations.yaml`, `group-overrides.txt` and
 * `groups/*.members`; one that isn't UTF-8, isn't a file or is larger than 4 MiB can't be read. The
 * last good copy is one file in the state folder, replaced as a whole; a damaged one counts as none.
 * Errors of `saveLastGood`: `internal.storage-full`, `internal.state-unwritable`. `write` takes only
 * files that are named here (`internal.unexpected`), and fails as {@link writePolicyFile} does.
 */
export function createPolicyFiles(options: PolicyFilesOptions): PolicyFiles {
  const { configDirectory, stateDirectory } = options;
  const copyPath = `${stateDirectory}/last-good-policy.json`;
  const readCopy = () => {
    const file = readPolicyFile(copyPath);
    const copy = copySchema.safeParse(parseJson(file?.text ?? ''));
    return copy.success ? copy.data : null;
  };
  const paths = fileNames.map((name) => `${configDirectory}/${name}`);
  const groupsPath = `${configDirectory}/${groupsFolder}`;
  // Every request asks for the policy.
  const fileAt = rememberFiles(readPolicyFile);
  const groupsAt = rememberFiles(listGroups);
  return {
    read() {
      const found = paths.map(fileAt);
      for (const entry of groupsAt(groupsPath) ?? []) {
        found.push(typeof entry === 'string' ? fileAt(entry) : entry);
      }
      return found.filter((file) => file !== null);
    },
    readNamed,
    readLastGood: readCopy,
    saveLastGood(files) {
      const text = JSON.stringify(copySchema.parse(files));
      if (JSON.stringify(readCopy()) === text) return;
      try {
        mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
        const temporary = `${copyPath}.${process.pid}`;
        writeFileSync(temporary, text, { mode: 0o600 });
        renameSync(temporary, copyPath);
      } catch (error) {
        throw storageError(stateDirectory, error);
      }
    },
    write({ name, expected, text }) {
      if (!fileNames.some((known) => known === name) && !writableMembersFile.test(name)) {
        throw ds01Error('internal.unexpected', {
          message: `${name} is no file of the configuration.`,
        });
      }
      writePolicyFile({ path: `${configDirectory}/${name}`, expected, text });
    },
  };
}

/** Paths of the groups' files, or why they can't be listed. */
function listGroups(folder: string): readonly (string | PolicyFile)[] {
  try {
    const names = readdirSync(folder).filter((name) => memberFile.test(name));
    return names.toSorted().map((name) => `${folder}/${name}`);
  } catch (error) {
    return unreadable(folder, error);
  }
}

function readPolicyFile(path: string): PolicyFile | null {
  let descriptor: number | null = null;
  try {
    // A pipe would wait for somebody who writes.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { mode, size } = fstatSync(descriptor);
    const refused = shapeRefusalOf({ mode, size });
    if (refused !== null) return { path, text: null, error: refused };
    const bytes = readFileSync(descriptor);
    if (!isUtf8(bytes)) return { path, text: null, error: 'it is not UTF-8' };
    return { path, text: bytes.toString('utf8'), error: null };
  } catch (error) {
    return unreadable(path, error)[0] ?? null;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function readNamed(path: string): PolicyFile | null {
  let descriptor: number | null = null;
  try {
    // A pipe would wait for somebody who writes.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { uid, mode, size } = fstatSync(descriptor);
    const refused = refusalOf({ uid, mode, size });
    if (refused !== null) return { path, text: null, error: refused };
    return { path, text: readFileSync(descriptor, 'utf8'), error: null };
  } catch (error) {
    return unreadable(path, error)[0] ?? null;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function refusalOf(file: {
  readonly uid: number;
  readonly mode: number;
  readonly size: number;
}): string | null {
  const shape = shapeRefusalOf(file);
  if (shape !== null) return shape;
  if (file.uid !== 0 && file.uid !== process.getuid?.()) return 'it is not an administrator’s own';
  return (file.mode & 0o022) === 0 ? null : 'others than its owner may write to it';
}

function shapeRefusalOf(file: { readonly mode: number; readonly size: number }): string | null {
  if ((file.mode & constants.S_IFMT) !== constants.S_IFREG) return 'it is no file';
  return file.size > largestFileBytes ? 'it is larger than 4 MiB' : null;
}

/** Nothing for what isn't there, else a file that says why it can't be read. */
function unreadable(path: string, error: unknown): readonly PolicyFile[] {
  if (systemCodeOf(error) === 'ENOENT') return [];
  return [{ path, text: null, error: error instanceof Error ? error.message : String(error) }];
}
