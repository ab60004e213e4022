import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readRpmDatabase } from './rpm.ts';
import { readTable } from './sqlite-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'ds01-rpm-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A database file with the table that rpm makes, written by SQLite itself. */
function databaseOf(blobs: readonly Uint8Array[], pageBytes = 4096): Buffer {
  const path = join(folder, 'rpmdb.sqlite');
  rmSync(path, { force: true });
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA page_size = ${String(pageBytes)}`);
  database.exec(
    "CREATE TABLE 'Sigmd5' (key BLOB NOT NULL, hnum INTEGER NOT NULL);" +
      "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL);" +
      "CREATE TABLE 'Name' (key TEXT NOT NULL, hnum INTEGER NOT NULL)",
  );
  const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
  for (const blob of blobs) insert.run(blob);
  database.close();
  return readFileSync(path);
}

type Value = readonly [tag: number, type: 4 | 6 | 9, value: string | number];

/** A header as rpm writes it: index, then data. */
function headerOf(values: readonly Value[]): Buffer {
  const index: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [tag, type, value] of values) {
    const entry = Buffer.alloc(16);
    for (const [at, field] of [tag, type, offset, 1].entries()) entry.writeUInt32BE(field, at * 4);
    const bytes = typeof value === 'string' ? Buffer.from(`${value}\0`) : Buffer.alloc(4);
    if (typeof value === 'number') bytes.writeUInt32BE(value);
    index.push(entry);
    data.push(bytes);
    offset += bytes.length;
  }
  const head = Buffer.alloc(8);
  head.writeUInt32BE(index.length, 0);
  head.writeUInt32BE(offset, 4);
  return Buffer.concat([head, ...index, ...data]);
}

const bash = headerOf([
  [1000, 6, 'bash'],
  [1001, 6, '5.2.26'],
  [1002, 6, '3.fc40'],
  [1005, 9, 'A description in one language'],
  [1014, 6, 'GPL-3.0-or-later'],
]);

test('name, epoch, version, release and licence are those of the headers; keys are no packages', () => {
  const shadow = headerOf([
    [1000, 6, 'shadow-utils'],
    [1001, 6, '4.15.1'],
    [1002, 6, '3.fc40'],
    [1003, 4, 2],
  ]);
  const key = headerOf([
    [1000, 6, 'gpg-pubkey'],
    [1001, 6, 'a15b79cc'],
    [1002, 6, '63d04c2c'],
  ]);
  expect(readRpmDatabase(databaseOf([bash, key, shadow]))).toEqual([
    { name: 'bash', version: '5.2.26-3.fc40', license: 'GPL-3.0-or-later' },
    { name: 'shadow-utils', version: '2:4.15.1-3.fc40', license: undefined },
  ]);
  expect(readRpmDatabase(databaseOf([]))).toEqual([]);
});

test('what isn’t understood is no empty list', () => {
  for (const blob of [Buffer.alloc(4), headerOf([[1000, 6, 'bash']]), bash.subarray(0, 60)]) {
    expect(readRpmDatabase(databaseOf([bash, blob]))).toBeNull();
  }
  expect(readRpmDatabase(Buffer.from('x'))).toBeNull();
  expect(readTable(databaseOf([bash]), 'Elsewhere')).toBeNull();
});

test('rows of any number and length are what SQLite wrote, for any size of its pages', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(512, 1024, 4096, 65_536),
      fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 120 }),
      (pageBytes, lengths) => {
        const blobs = lengths.map((length, index) => Buffer.alloc(length, index));
        const rows = readTable(databaseOf(blobs, pageBytes), 'Packages');
        expect(rows?.map(([, blob]) => blob)).toEqual(blobs);
      },
    ),
    { numRuns: 20 },
  );
});

test('cells that lie over each other are no more than the file has', () => {
  const file = databaseOf([Buffer.alloc(3000, 1)]);
  const page = Array.from({ length: file.length / 4096 }, (_, index) => index * 4096).find(
    (start) =>
      start > 0 &&
      file[start] === 0x0d &&
      file.readUInt16BE(start + 3) === 1 &&
      file.readUInt16BE(start + 5) < 2000,
  );
  const start = page ?? 0;
  const cell = file.readUInt16BE(start + 8);
  file.writeUInt16BE(400, start + 3);
  for (let index = 0; index < 400; index += 1) file.writeUInt16BE(cell, start + 8 + index * 2);
  expect(readTable(file, 'Packages')).toBeNull();
});

test('a damaged file is refused or read, never an endless loop and never another error', () => {
  const whole = databaseOf(
    Array.from({ length: 60 }, () => Buffer.concat([bash, Buffer.alloc(900)])),
    512,
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.nat(whole.length),
      (changes, length) => {
        const damaged = Buffer.from(whole);
        for (const [at, byte] of changes) damaged[at] = byte;
        for (const file of [damaged, whole.subarray(0, length)]) {
          const packages = readRpmDatabase(file);
          expect((packages ?? []).length).toBeLessThanOrEqual(whole.length);
        }
      },
    ),
    { numRuns: 300 },
  );
});
