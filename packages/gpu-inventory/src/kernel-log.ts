import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { noKernelEvents, withKernelLine, type KernelEvents } from './kernel-events.ts';

/** What of the kernel's log concerns GPUs. */
export interface KernelLog {
  /** All events so far; `null` when the log can't be read. Never waits, never fails. */
  read(): KernelEvents | null;
  close(): void;
}

/** The longest record of /dev/kmsg (`CONSOLE_EXT_LOG_MAX`); a shorter buffer is refused with EINVAL. */
const recordBytes = 8192;
const fileChunkBytes = 64 * 1024;
/** How much of a file is read at most, from its end; /dev/kmsg is bounded by the kernel's buffer. */
const maxFileBytes = 4 * 1024 * 1024;
/** More records than any buffer of the kernel holds. */
const maxRecords = 1 << 18;

function errorCodeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}

interface Opened {
  readonly descriptor: number;
  readonly isDevice: boolean;
  readonly inode: number;
}

function openLog(path: string): Opened {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const found = fstatSync(descriptor);
  return { descriptor, isDevice: found.isCharacterDevice(), inode: found.ino };
}

/** New records of /dev/kmsg, each of which is one `read`, from the oldest at the first call. */
function* newRecords(descriptor: number): Generator<string> {
  const buffer = Buffer.alloc(recordBytes);
  for (let count = 0; count < maxRecords; count += 1) {
    let length: number;
    try {
      length = readSync(descriptor, buffer, 0, buffer.length, null);
    } catch (error) {
      // EPIPE: records were overwritten before they were read; the next one is the oldest there is.
      if (errorCodeOf(error) === 'EPIPE') continue;
      if (errorCodeOf(error) === 'EAGAIN') return;
      throw error;
    }
    if (length === 0) return;
    yield buffer.toString('utf8', 0, length);
  }
}

/** What a file has got since an offset, in whole lines. */
function newText(
  descriptor: number,
  offset: number,
): { readonly text: string; readonly end: number } {
  const size = fstatSync(descriptor).size;
  let position = Math.max(offset, size - maxFileBytes);
  const parts: Buffer[] = [];
  while (position < size) {
    const chunk = Buffer.alloc(Math.min(fileChunkBytes, size - position));
    const length = readSync(descriptor, chunk, 0, chunk.length, position);
    if (length === 0) break;
    parts.push(chunk.subarray(0, length));
    position += length;
  }
  const bytes = Buffer.concat(parts);
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  return { text: whole.toString('utf8'), end: position - (bytes.length - whole.length) };
}

/**
 * Follows a kernel log: /dev/kmsg, or a file of such records. Each call reads what is new since the
 * last one, without waiting; a file that was replaced or cut is read from its beginning again.
 */
export function createKernelLog(path: string): KernelLog {
  let opened: Opened | null = null;
  let offset = 0;
  let events = noKernelEvents;

  const forget = (): void => {
    if (opened !== null) closeSync(opened.descriptor);
    opened = null;
    offset = 0;
    events = noKernelEvents;
  };
  const take = (lines: Iterable<string>): void => {
    // Lines that begin with a space are a record's further properties.
    for (const line of lines) if (!line.startsWith(' ')) events = withKernelLine(events, line);
  };
  const readNew = (): void => {
    if (opened !== null && !opened.isDevice) {
      const now = statSync(path);
      if (now.ino !== opened.inode || now.size < offset) forget();
    }
    opened ??= openLog(path);
    if (opened.isDevice) {
      for (const text of newRecords(opened.descriptor)) take(text.split('\n').slice(0, 1));
      return;
    }
    const { text, end } = newText(opened.descriptor, offset);
    offset = end;
    take(text.split('\n'));
  };
  return {
    read: () => {
      try {
        readNew();
        return events;
      } catch {
        forget();
        return null;
      }
    },
    close: forget,
  };
}
