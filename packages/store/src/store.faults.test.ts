import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import type { Store } from '@ds01/ports';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applicationId, migrations } from './schema.ts';
import { createStore } from './store.ts';
import { leaseOn } from './store.contract.ts';

let folder = '';
let path = '';
const opened: Store[] = [];

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ds01-store-`);
  path = `${folder}/ds01.db`;
});
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(directory = folder): Store {
  const store = createStore({ directory });
  opened.push(store);
  return store;
}

/** What a caller does: rebuild when the ledger is new, then go on. */
function count(store: Store): number {
  return store.transaction(({ meta }) => {
    if (meta.get('ready') === null) meta.set('ready', 'yes');
    const next = Number(meta.get('count') ?? 0) + 1;
    meta.set('count', String(next));
    return next;
  });
}

const isReady = (store: Store) => store.transaction(({ meta }) => meta.get('ready') !== null);
const damagedFiles = () =>
  readdirSync(folder).filter((name) => /^ds01\.db\.damaged-[\dTZ-]+$/.test(name));

/** Runs `count` calls in a process of its own and resolves to its exit code and last result. */
async function countInProcess(calls: number): Promise<{ code: unknown; text: string }> {
  const source = `
    import { createStore } from ${JSON.stringify(new URL('./store.ts', import.meta.url).href)};
    const store = createStore({ directory: ${JSON.stringify(folder)} });
    ${count.toString()}
    let last = 0;
    for (let call = 0; call < ${calls}; call += 1) last = count(store);
    store.close();
    process.stdout.write(String(last));`;
  const child = spawn(
    process.execPath,
    ['--conditions=@ds01/source', '--input-type=module-typescript', '-e', source],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = await once(child, 'close');
  return { code, text };
}

test('20 processes that read, change and write lose nothing', async () => {
  const calls = 50;
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => countInProcess(calls)));
  expect(outcomes.map(({ code }) => code)).toEqual(outcomes.map(() => 0));
  expect(count(open())).toBe(20 * calls + 1);
  expect(damagedFiles()).toEqual([]);
});

describe('under a running process', () => {
  const spoil: readonly (readonly [string, () => void])[] = [
    ['deleted', () => rmSync(path)],
    [
      'deleted with its companions',
      () => ['', '-wal', '-shm'].forEach((end) => rmSync(path + end)),
    ],
    ['deleted with its folder', () => rmSync(folder, { recursive: true })],
    ['replaced by an empty file', () => replaceBy(() => writeFileSync(`${path}.x`, ''))],
    ['replaced by garbage', () => replaceBy(() => writeFileSync(`${path}.x`, 'x'.repeat(99_999)))],
    ['replaced by another database', () => replaceBy(makeOtherDatabase)],
    ['replaced by a directory', () => (rmSync(path), renameSync(mkdtempSync(`${folder}/d`), path))],
    ['without its write-ahead log', () => rmSync(`${path}-wal`)],
    ['truncated to nothing', () => truncateSync(path, 0)],
    ['truncated to half', () => truncateSync(path, statSync(path).size / 2)],
  ];

  function replaceBy(make: () => void): void {
    make();
    renameSync(`${path}.x`, path);
  }

  function makeOtherDatabase(): void {
    const other = new DatabaseSync(`${path}.x`);
    other.exec('CREATE TABLE other (x)');
    other.close();
  }

  test.each(spoil)('a ledger that is %s is made anew, and says so', (_, damage) => {
    const [first, second] = [open(), open()];
    expect([count(first), count(second)]).toEqual([1, 2]);
    damage();
    expect(isReady(first)).toBe(false);
    expect(count(first)).toBe(1);
    const later = open();
    expect(count(later)).toBe(2);
    // Who notices last leaves the others' new ledger alone, but wants it rebuilt.
    expect(isReady(second)).toBe(false);
    expect(count(second)).toBe(3);
    expect(count(first)).toBe(4);
    expect(damagedFiles().length).toBeLessThanOrEqual(1);
  });

  test('a ledger replaced by an old copy of itself is not taken to be ready', () => {
    const store = open();
    count(store);
    store.close();
    copyFileSync(path, `${path}.x`);
    count(store);
    renameSync(`${path}.x`, path);
    expect(isReady(store)).toBe(false);
  });

  test('work runs again when the file goes away in the middle of it', () => {
    const store = open();
    count(store);
    let runs = 0;
    const found = store.transaction(({ meta }) => {
      runs += 1;
      if (runs === 1) rmSync(path);
      meta.set('written', 'yes');
      return meta.get('count');
    });
    expect([runs, found]).toEqual([2, null]);
    expect(open().transaction(({ meta }) => meta.get('written'))).toBe('yes');
  });

  test('a refusal that rests on a vanished ledger is decided again on the new one', () => {
    const store = open();
    store.transaction(({ leases }) => leases.insert(leaseOn(1, 'GPU-1', [0])));
    let runs = 0;
    store.transaction(({ leases }) => {
      runs += 1;
      if (runs === 1) rmSync(path);
      leases.insert(leaseOn(2, 'GPU-1', [0]));
    });
    expect(store.transaction(({ leases }) => leases.live())).toHaveLength(1);
  });

  test.each(['leases', 'slots', 'claims', 'containers', 'meta'])(
    'a ledger whose table %s was dropped is set aside',
    (table) => {
      const store = open();
      count(store);
      const other = new DatabaseSync(path);
      other.exec(`PRAGMA foreign_keys = OFF; DROP TABLE ${table}`);
      other.close();
      expect(count(open())).toBe(1);
      expect(count(store)).toBe(2);
      expect(damagedFiles()).toHaveLength(1);
    },
  );

  test('a lease that can not be understood is damage', () => {
    const store = open();
    store.transaction(({ leases }) => leases.insert(leaseOn(1, 'GPU-1', [0])));
    const other = new DatabaseSync(path);
    other.exec("UPDATE leases SET slots = '[]'");
    other.close();
    expect(store.transaction(({ leases }) => leases.live())).toEqual([]);
    expect(damagedFiles()).toHaveLength(1);
  });
});

test('processes that notice damage at the same time end up on one ledger', async () => {
  count(open());
  opened.splice(0).forEach((store) => store.close());
  writeFileSync(path, 'garbage '.repeat(10_000));
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => countInProcess(10)));
  expect(outcomes.map(({ code }) => code)).toEqual(outcomes.map(() => 0));
  expect(count(open())).toBe(81);
  expect(damagedFiles()).toHaveLength(1);
});

test('processes survive a ledger that is destroyed again and again, and agree in the end', async () => {
  const running = Promise.all(Array.from({ length: 4 }, () => countInProcess(300)));
  const store = open();
  for (let round = 0; round < 12; round += 1) {
    count(store);
    if (round % 3 === 0) rmSync(path, { force: true });
    else if (round % 3 === 1) truncateSync(path, 0);
    else rmSync(`${path}-wal`, { force: true });
    count(store);
  }
  expect((await running).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  const [last, next] = [count(store), count(open())];
  expect(next).toBe(last + 1);
  expect(damagedFiles().length).toBeLessThanOrEqual(3);
});

test('at most three damaged ledgers are kept, the newest ones', () => {
  let time = 0;
  const store = createStore({ directory: folder, nowMs: () => (time += 1000) });
  opened.push(store);
  for (let round = 0; round < 5; round += 1) {
    count(store);
    truncateSync(path, 0);
  }
  count(store);
  expect(damagedFiles()).toHaveLength(3);
});

test('a ledger of before there were builds keeps what it has, and gets them', () => {
  const before = new DatabaseSync(path);
  before.exec(migrations[0] ?? '');
  before.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1`);
  before.exec("INSERT INTO meta (key, value) VALUES ('ready', '1')");
  before.close();
  const found = open().transaction(({ meta, builds }) => [
    meta.get('ready'),
    builds.list({ uid: null, name: null }),
  ]);
  expect(found).toEqual(['1', []]);
  expect(damagedFiles()).toEqual([]);
});

test('a ledger of a newer version is refused and kept', () => {
  const store = open();
  count(store);
  store.close();
  const other = new DatabaseSync(path);
  other.exec('PRAGMA user_version = 99');
  other.close();
  const before = readFileSync(path);
  expect(() => count(store)).toThrow(expect.objectContaining({ code: 'ledger.unavailable' }));
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('a writer that never ends makes the others fail as busy, and then they go on', () => {
  count(open());
  const blocker = new DatabaseSync(path);
  blocker.exec('BEGIN IMMEDIATE');
  const store = createStore({ directory: folder, busyTimeoutMs: 50 });
  opened.push(store);
  expect(() => count(store)).toThrow(expect.objectContaining({ code: 'ledger.busy' }));
  blocker.close();
  expect(count(store)).toBe(2);
});

test('what was committed is there after kill -9 at any moment', async () => {
  const source = `
    import { createStore } from ${JSON.stringify(new URL('./store.ts', import.meta.url).href)};
    import { writeSync } from 'node:fs';
    const store = createStore({ directory: ${JSON.stringify(folder)} });
    ${count.toString()}
    for (;;) writeSync(1, count(store) + '\\n');`;
  for (let round = 0; round < 3; round += 1) {
    const child = spawn(
      process.execPath,
      ['--conditions=@ds01/source', '--input-type=module-typescript', '-e', source],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.length > 500 * (round + 1)) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const committed = Number(text.trimEnd().split('\n').at(-1));
    expect(committed).toBeGreaterThan(50);
    expect(count(open())).toBeGreaterThan(committed);
    opened.splice(0).forEach((store) => store.close());
  }
  expect(damagedFiles()).toEqual([]);
});
