import { isDs01Error, slotsOf, type GpuInventory } from '@ds01/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answeringWith, migHost, type HostTexts } from './fixtures/mig-host.ts';
import { systemClock } from './fixtures/clocks.ts';
import { createNvidiaSmiProbe } from './nvidia-smi-probe.ts';
import { parseQueryCsv, type QueryTable } from './query-csv.ts';

const seed = 20261122;

const isRefusal = (error: unknown): boolean =>
  isDs01Error(error) && error.code === 'gpu.probe-failed';

/** The inventory of these texts; `null` when the probe refuses them as it should. */
async function readingOf(texts: HostTexts): Promise<GpuInventory | null> {
  const probe = createNvidiaSmiProbe({
    path: '/usr/bin/nvidia-smi',
    timeoutMs: 1000,
    cacheMs: 0,
    clock: systemClock,
    run: answeringWith(() => texts),
  });
  try {
    return await probe.read();
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** What of an inventory could be leased. */
function usable(inventory: GpuInventory | null): readonly string[] {
  return (inventory?.devices ?? [])
    .filter((device) => device.health.state === 'healthy')
    .flatMap((device) => slotsOf(device).map((slot) => slot.uuid));
}

const key = fc.constantFrom('list', 'xml', 'gpuInstances', 'topology');

async function cut(name: keyof HostTexts, share: number): Promise<GpuInventory | null> {
  const text = migHost[name];
  return readingOf({ ...migHost, [name]: text.slice(0, Math.floor(share * text.length)) });
}

const shareBelow = (max: number) => fc.double({ min: 0, max, noNaN: true });

test('an output that is cut anywhere makes nothing usable that was not', async () => {
  const whole = usable(await readingOf(migHost));
  await fc.assert(
    fc.asyncProperty(key, shareBelow(1), async (name, share) => {
      expect(whole).toEqual(expect.arrayContaining([...usable(await cut(name, share))]));
    }),
    { seed, numRuns: 300 },
  );
});

test('XML that is cut anywhere is refused', async () => {
  await fc.assert(
    fc.asyncProperty(shareBelow(0.99), async (share) => {
      expect(await cut('xml', share)).toBeNull();
    }),
    { seed, numRuns: 100 },
  );
});

test('a line that is lost or printed twice makes nothing usable that was not', async () => {
  const whole = usable(await readingOf(migHost));
  await fc.assert(
    fc.asyncProperty(key, fc.nat(), fc.boolean(), async (name, at, twice) => {
      const lines = migHost[name].split('\n');
      const line = at % lines.length;
      const changed = lines.toSpliced(
        line,
        1,
        ...(twice ? [lines[line] ?? '', lines[line] ?? ''] : []),
      );
      const reading = await readingOf({ ...migHost, [name]: changed.join('\n') });
      expect(whole).toEqual(expect.arrayContaining([...usable(reading)]));
    }),
    { seed, numRuns: 300 },
  );
});

/** Every field of a value with its path; what is unknown is left out. */
function knownFields(value: unknown, path = ''): readonly string[] {
  if (value === null) return [];
  if (typeof value !== 'object') return [`${path}=${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([name, part]) => knownFields(part, `${path}/${name}`));
}

// Names of processes are free text: there, N/A is a name.
const leaves = [...migHost.xml.matchAll(/(?<!process_name)>([^<>\s][^<>]*)<\//gu)].map(
  (match) => match.index + 1,
);
const unknownWords = ['N/A', '[N/A]', '[Not Supported]', 'Insufficient Permissions'];

test('a field that becomes unknown turns into null, and never into another value', async () => {
  const before = (await readingOf(migHost))?.devices ?? [];
  expect(leaves.length).toBeGreaterThan(70);
  for (const at of leaves) {
    for (const word of unknownWords) {
      const xml = migHost.xml.slice(0, at) + word + migHost.xml.slice(at).replace(/^[^<]+/u, '');
      const after = (await readingOf({ ...migHost, xml }))?.devices ?? [];
      const trusted = after.filter((device) => device.health.state === 'healthy');
      for (const device of trusted) {
        const old = knownFields({ ...before[device.index], migMode: null });
        expect(old).toEqual(expect.arrayContaining([...knownFields({ ...device, migMode: null })]));
      }
    }
  }
});

test('garbage in place of any essential output is refused', async () => {
  const essential = fc.constantFrom('list', 'xml');
  const garbage = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.lorem());
  await fc.assert(
    fc.asyncProperty(essential, garbage, async (name, text) => {
      expect(await readingOf({ ...migHost, [name]: text })).toBeNull();
    }),
    { seed, numRuns: 200 },
  );
});

test('garbage in place of placements or topology leaves the GPUs, without what it would have said', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (text) => {
      const inventory = await readingOf({ ...migHost, gpuInstances: text, topology: text });
      expect(inventory?.devices.map((device) => device.numaNode)).toEqual([null, null]);
      expect(inventory?.links).toEqual([]);
      const instances = inventory?.devices.flatMap((device) => device.instances);
      expect(instances?.map((instance) => instance.placement)).toEqual([null, null]);
    }),
    { seed, numRuns: 100 },
  );
});

test('no process name changes anything but itself', async () => {
  const [before] = (await readingOf(migHost))?.devices ?? [];
  const pieces = fc.constantFrom(
    '</process_name>',
    '</process_info>',
    '<used_memory>',
    '</gpu>',
    '<gpu>',
    '&amp;',
    '&#0;',
    ']]>',
    '<![CDATA[',
    '<!--',
    'ERR!',
    ' ',
    'x',
    '"',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { maxLength: 6 }), async (name) => {
      const xml = migHost.xml.replace('python train.py', () => name.join(''));
      const [device] = (await readingOf({ ...migHost, xml }))?.devices ?? [];
      expect(device).toEqual({
        ...before,
        processes: before?.processes.map((process) => ({ ...process, name: expect.any(String) })),
      });
    }),
    { seed, numRuns: 200 },
  );
});

test('a CSV of any text is a table or refused', () => {
  const tableOf = (text: string): QueryTable => {
    try {
      return parseQueryCsv(text);
    } catch (error) {
      if (isRefusal(error)) return { fields: [], rows: [] };
      throw error;
    }
  };
  fc.assert(
    fc.property(fc.string(), fc.string(), (head, body) => {
      const table = tableOf(`${head}\n${body}`);
      for (const row of table.rows) expect([...row.values.keys()]).toEqual(table.fields);
    }),
    { seed, numRuns: 300 },
  );
});
