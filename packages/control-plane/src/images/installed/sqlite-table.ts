/** A value of a row. Numbers beyond 2^53 and fractions are not told apart from nothing. */
export type Cell = string | number | Buffer | null;

/** What reading goes by. */
interface Database {
  readonly file: Buffer;
  readonly pageBytes: number;
  /** Without what extensions keep for themselves. */
  readonly usableBytes: number;
  /** Each page is read once: what is written in circles ends. */
  readonly seen: Set<number>;
  /** What rows may still have together; cells that lie over each other could have any amount. */
  bytesLeft: number;
  rowsLeft: number;
}

const maxRows = 200_000;

const magic = 'SQLite format 3\0';

/**
 * The rows of a table of a SQLite 3 database file (https://www.sqlite.org/fileformat2.html), as they are
 * stored: an `INTEGER PRIMARY KEY` is `null`. Reads nothing but pages of tables, in bounded time, and runs
 * nothing that the file says: it is of whoever made the image. `null` for what it doesn't understand.
 */
export function readTable(file: Buffer, name: string): readonly (readonly Cell[])[] | null {
  if (file.length < 512 || file.toString('latin1', 0, 16) !== magic) return null;
  const stated = file.readUInt16BE(16);
  const pageBytes = stated === 1 ? 65_536 : stated;
  const usableBytes = pageBytes - file.readUInt8(20);
  const isUtf8 = file.readUInt32BE(56) <= 1;
  if (pageBytes < 512 || usableBytes < 480 || !isUtf8) return null;
  const database = {
    file,
    pageBytes,
    usableBytes,
    seen: new Set<number>(),
    bytesLeft: file.length,
    rowsLeft: maxRows,
  };
  try {
    for (const [type, table, , root] of rowsOf(database, 1)) {
      if (type === 'table' && table === name && typeof root === 'number') {
        return [...rowsOf(database, root)];
      }
    }
    return null;
  } catch (error) {
    // A number in the file leads out of it.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function* rowsOf(database: Database, root: number): Generator<readonly Cell[]> {
  const waiting = [root];
  for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
    const page = pageAt(database, number);
    // The first page begins with the header of the file.
    const start = number === 1 ? 100 : 0;
    const isLeaf = page.readUInt8(start) === 0x0d;
    if (!isLeaf && page.readUInt8(start) !== 0x05) throw new RangeError('no page of a table');
    const count = page.readUInt16BE(start + 3);
    const cells = start + (isLeaf ? 8 : 12);
    const children: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const at = page.readUInt16BE(cells + index * 2);
      if (isLeaf) yield recordOf(payloadAt(database, page, at));
      else children.push(page.readUInt32BE(at));
    }
    if (!isLeaf) waiting.push(page.readUInt32BE(start + 8), ...children.toReversed());
  }
}

function pageAt({ file, pageBytes, seen }: Database, number: number): Buffer {
  const start = (number - 1) * pageBytes;
  if (number < 1 || start + pageBytes > file.length || seen.has(number)) {
    throw new RangeError('no such page');
  }
  seen.add(number);
  return file.subarray(start, start + pageBytes);
}

/** What a cell holds: in its page as much as fits, the rest in a chain of pages. */
function payloadAt(database: Database, page: Buffer, at: number): Buffer {
  const { usableBytes } = database;
  const size = varintAt(page, at);
  const key = varintAt(page, size.end);
  database.bytesLeft -= size.value;
  database.rowsLeft -= 1;
  if (database.bytesLeft < 0 || database.rowsLeft < 0) throw new RangeError('more than there is');
  const most = usableBytes - 35;
  const least = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
  const wanted = least + ((size.value - least) % (usableBytes - 4));
  const here = size.value <= most ? size.value : wanted <= most ? wanted : least;
  const parts = [sliceOf(page, key.end, here)];
  let missing = size.value - here;
  let next = missing > 0 ? page.readUInt32BE(key.end + here) : 0;
  while (missing > 0) {
    const more = pageAt(database, next);
    next = more.readUInt32BE(0);
    const part = sliceOf(more, 4, Math.min(missing, usableBytes - 4));
    parts.push(part);
    missing -= part.length;
  }
  return Buffer.concat(parts);
}

function recordOf(payload: Buffer): readonly Cell[] {
  const header = varintAt(payload, 0);
  const cells: Cell[] = [];
  let at = header.value;
  for (let next = header.end; next < header.value;) {
    const type = varintAt(payload, next);
    next = type.end;
    const bytes = sliceOf(payload, at, bytesOf(type.value));
    at += bytes.length;
    cells.push(cellOf(type.value, bytes));
  }
  return cells;
}

/** Of serial types 0 to 9; above, twice the length and 12 for bytes, 13 for text. */
const fixedBytes: readonly number[] = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function bytesOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  const bytes = fixedBytes[type];
  if (bytes === undefined) throw new RangeError('no type of a value');
  return bytes;
}

function cellOf(type: number, bytes: Buffer): Cell {
  if (type >= 12) return type % 2 === 0 ? bytes : bytes.toString('utf8');
  if (type === 8 || type === 9) return type - 8;
  return type >= 1 && type <= 5 ? bytes.readIntBE(0, bytes.length) : null;
}

function sliceOf(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw new RangeError('beyond the end');
  return bytes.subarray(at, at + length);
}

/** Big-endian, seven bits a byte, the ninth byte in full. */
function varintAt(bytes: Buffer, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let index = 0; index < 9; index += 1) {
    const byte = bytes.readUInt8(at + index);
    value = index === 8 ? value * 256 + byte : value * 128 + (byte & 0x7f);
    if (index === 8 || byte < 0x80) {
      if (!Number.isSafeInteger(value)) throw new RangeError('too large a number');
      return { value, end: at + index + 1 };
    }
  }
  throw new RangeError('no number');
}
