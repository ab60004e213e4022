import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { readGrantText } from './grant-text.ts';
import { isProcessAlive } from './process-identity.ts';
import type { GateFiles, Mark, MarkKind } from './protocol.ts';

/** Folders inside an engine's folder. */
export type GateFolder = MarkKind | 'grants' | 'observed' | 'temporary';

/** The gate's folder of one engine, as files. Missing folders are made, for their owner only. */
export function createGateFolder(engineDirectory: string): GateFiles {
  const fileOf = (folder: GateFolder, name: string) => `${engineDirectory}/${folder}/${name}`;
  return {
    place(kind, mark) {
      // Empty: the name holds everything, so that there is no half-written mark.
      inFolder(engineDirectory, kind, () => writeFileSync(fileOf(kind, nameOf(mark)), ''));
    },
    remove(kind, mark) {
      removeFile(fileOf(kind, nameOf(mark)));
    },
    marks: (kind) => readMarks(engineDirectory, kind),
    isAlive: isProcessAlive,
    readGrant(containerId) {
      const text = unlessAbsent(() => readFileSync(fileOf('grants', containerId), 'utf8'));
      return text === null ? { state: 'absent' } : readGrantText(text, containerId);
    },
    removeGrant: (containerId) => removeFile(fileOf('grants', containerId)),
    areFree(devices) {
      const text = unlessAbsent(() => readFileSync(`${engineDirectory}/free-devices`, 'utf8'));
      const free = new Set((text ?? '').split('\n'));
      return devices.length > 0 && devices.every((device) => free.has(device));
    },
    recordObserved(containerId, devices) {
      const text = `${devices.join('\n')}\n`;
      writeWhole({ engineDirectory, folder: 'observed', name: containerId, text });
    },
  };
}

function readMarks(engineDirectory: string, kind: MarkKind): readonly Mark[] {
  const names = unlessAbsent(() => readdirSync(`${engineDirectory}/${kind}`)) ?? [];
  return names.flatMap((name) => {
    const [, containerId, pid, startTicks] = /^([0-9a-f]{64})\.(\d+)\.(\d+)$/.exec(name) ?? [];
    if (containerId === undefined || pid === undefined || startTicks === undefined) return [];
    return [{ containerId, process: { pid: Number(pid), startTicks } }];
  });
}

/** A file to write whole or not at all. */
export interface WholeFile {
  readonly engineDirectory: string;
  readonly folder: 'grants' | 'observed' | null;
  readonly name: string;
  readonly text: string;
}

/** Writes under a temporary name and renames, so that a reader never sees half a file. */
export function writeWhole(file: WholeFile): void {
  const { engineDirectory, folder, name, text } = file;
  const temporary = `${engineDirectory}/temporary/${name}.${process.pid}`;
  inFolder(engineDirectory, 'temporary', () => writeFileSync(temporary, text, { mode: 0o600 }));
  const target = folder === null ? name : `${folder}/${name}`;
  const rename = () => renameSync(temporary, `${engineDirectory}/${target}`);
  if (folder === null) rename();
  else inFolder(engineDirectory, folder, rename);
}

/** Runs `read`; `null` when what it reads isn't there. */
export function unlessAbsent<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/** Removes a file; false when it wasn't there. */
export function removeFile(path: string): boolean {
  return (
    unlessAbsent(() => {
      unlinkSync(path);
      return true;
    }) ?? false
  );
}

function inFolder(engineDirectory: string, folder: GateFolder, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isAbsence(error)) throw error;
    makeFolder(`${engineDirectory}/${folder}`);
    write();
  }
}

function makeFolder(path: string): void {
  try {
    // Not recursive: an engine's folder that doesn't exist is nobody's to make here.
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function nameOf(mark: Mark): string {
  return `${mark.containerId}.${mark.process.pid}.${mark.process.startTicks}`;
}

function isAbsence(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined;
}
