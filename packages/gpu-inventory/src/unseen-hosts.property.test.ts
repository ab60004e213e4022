import { gpuEquivalentsOf, isDs01Error, slotsOf, type GpuInventory } from '@ds01/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from './fixtures/clocks.ts';
import { randomHost, type TrueDevice, type TrueHost } from './fixtures/random-host.ts';
import * as render from './fixtures/render-host.ts';
import { createNvidiaSmiProbe } from './nvidia-smi-probe.ts';
import type { CommandOutcome, CommandRunner } from './run-command.ts';

type Calls = '-L' | '-q -x' | 'mig -lgi' | 'mig -lgip' | 'topo -m';
type Change = (call: string, stdout: string) => string;
type ChangeNodes = (nodes: readonly render.Node[]) => readonly render.Node[];

const seed = 20261122;
const times = process.env['DS01_TEST_LONG'] === '1' ? 10 : 1;
const calls: readonly Calls[] = ['-L', '-q -x', 'mig -lgi', 'mig -lgip', 'topo -m'];
const asItIs: Change = (_call, stdout) => stdout;
const allNodes: ChangeNodes = (nodes) => nodes;

/** The tool on a host, with each output changed on its way. */
function toolOf(host: TrueHost, change: Change, changeNodes: ChangeNodes): CommandRunner {
  const reachable = host.devices.filter(({ isLost }) => !isLost);
  const lost = host.devices.filter(({ isLost }) => isLost).map(render.lostLine);
  const xmlOf = (devices: readonly TrueDevice[]): string =>
    render.renderXml(
      host,
      devices.map((device) => {
        const nodes = changeNodes(render.deviceNodes(device, host.driverVersion));
        return { busId: device.busId, nodes };
      }),
    );
  const outputs: Readonly<Record<Calls, () => string>> = {
    '-L': () => render.renderList(host),
    '-q -x': () => xmlOf(reachable),
    'mig -lgi': () => render.renderGpuInstances(host),
    'mig -lgip': () => render.renderProfiles(host),
    'topo -m': () => render.renderTopology(host),
  };
  const oneOf = (id: string): string | null => {
    const device = reachable.find(({ uuid, index }) => id === uuid || id === String(index));
    return device === undefined ? null : xmlOf([device]);
  };
  return async (args): Promise<CommandOutcome> => {
    const call = args.join(' ');
    const known = calls.find((candidate) => candidate === call);
    const id = args.at(-1) ?? '';
    const isIndex = call.startsWith('-L -i ');
    const listed = isIndex ? host.devices.find(({ index }) => String(index) === id) : undefined;
    const stdout =
      known !== undefined
        ? outputs[known]()
        : isIndex
          ? listed === undefined
            ? 'No devices were found\n'
            : render.renderList({ ...host, devices: [listed] })
          : oneOf(id);
    if (stdout === null) return { kind: 'exited', code: 6, stdout: '', stderr: '' };
    const stderr = call === '-q -x' ? lost.join('') : '';
    const code = lost.length > 0 && (call === '-L' || call === '-q -x') ? 255 : 0;
    return { kind: 'exited', code, stdout: change(call, stdout), stderr };
  };
}

/** The inventory that is read of a host; `null` when the probe says that it can't be. */
async function readingOf(
  host: TrueHost,
  change: Change = asItIs,
  changeNodes: ChangeNodes = allNodes,
): Promise<GpuInventory | null> {
  const run = toolOf(host, change, changeNodes);
  const path = '/usr/bin/nvidia-smi';
  const probe = createNvidiaSmiProbe({
    path,
    timeoutMs: 1000,
    cacheMs: 0,
    clock: systemClock,
    run,
  });
  return probe.read().catch((error: unknown) => {
    if (isDs01Error(error) && error.code === 'gpu.probe-failed') return null;
    throw error;
  });
}

const bytes = (mebibytes: number | null): number | null =>
  mebibytes === null ? null : mebibytes * 1024 * 1024;

const migModes = { Enabled: 'enabled', Disabled: 'disabled', 'N/A': 'unsupported' } as const;

const linkOf = (word: string) => {
  const nvlinkCount = Number(/^NV(\d+)$/u.exec(word)?.[1] ?? 0);
  return { kind: nvlinkCount > 0 ? 'nvlink' : word.toLowerCase(), nvlinkCount };
};

type Said = string | number | null | undefined;

/** Everything that a reading says of a host but should not. */
function lies(host: TrueHost, inventory: GpuInventory): readonly string[] {
  const found: string[] = [];
  const check = (what: string, said: Said, truth: Said): void => {
    const isUnknown = said === null || said === undefined || said === 'unknown';
    if (!isUnknown && said !== truth) found.push(`${what}: ${String(said)}, not ${String(truth)}`);
  };
  for (const device of inventory.devices) {
    const truth = host.devices.find(({ uuid }) => uuid === device.uuid);
    const name = `GPU ${device.index}`;
    if (truth === undefined || truth.isLost) {
      found.push(`${name} isn't there`);
      continue;
    }
    check(`${name} index`, device.index, truth.index);
    check(`${name} model`, device.model, truth.model);
    check(`${name} bus`, device.pciBusId, truth.busId);
    check(`${name} numa`, device.numaNode, truth.numaNode);
    check(`${name} slices`, device.migComputeSlices, truth.division?.computeSlices);
    // What is doubted is given to nobody, whatever else is said of it.
    if (device.health.state !== 'healthy') continue;
    check(`${name} memory`, device.memoryBytes, bytes(truth.memoryMiB));
    check(`${name} used`, device.memoryUsedBytes, bytes(truth.usedMiB));
    check(`${name} load`, device.utilizationPercent, truth.utilization);
    check(`${name} mig`, device.migMode, migModes[truth.migMode]);
    const pids = truth.processes.map(({ pid }) => pid);
    for (const { pid } of device.processes) {
      if (!pids.includes(pid)) found.push(`${name} process ${pid} isn't there`);
    }
    const instances = truth.division?.instances ?? [];
    check(`${name} slots`, slotsOf(device).length, slotCount(truth));
    for (const slot of slotsOf(device)) {
      const own = instances.find(({ uuid }) => uuid === slot.uuid);
      if (slot.migIndex === null) continue;
      const total = truth.division?.computeSlices ?? 0;
      if (own === undefined) found.push(`${slot.slot} isn't there`);
      else {
        check(`${slot.slot} index`, slot.migIndex, own.index);
        check(`${slot.slot} profile`, slot.profile, own.profile);
        check(`${slot.slot} memory`, slot.memoryBytes, bytes(own.memoryMiB));
        check(`${slot.slot} first slice`, slot.memorySlices?.[0], own.placement.start);
        check(`${slot.slot} slices`, slot.memorySlices?.length, own.placement.size);
        if (device.migComputeSlices !== undefined) {
          check(`${slot.slot} weight`, slot.gpuEquivalents, own.computeSlices / total);
        }
      }
    }
  }
  for (const { from, to, ...said } of inventory.links) {
    const [left, right] = [from, to].map((uuid) =>
      host.devices.findIndex((it) => it.uuid === uuid),
    );
    const truth = linkOf(host.links.get(`${left ?? ''}-${right ?? ''}`) ?? '');
    check(`link ${left ?? ''}-${right ?? ''}`, JSON.stringify(said), JSON.stringify(truth));
  }
  return found;
}

function slotCount({ migMode, division }: TrueDevice): number {
  return migMode === 'Enabled' ? (division?.instances.length ?? 0) : 1;
}

test('a host of any model, driver and division is read as it is', async () => {
  await fc.assert(
    fc.asyncProperty(randomHost, async (host) => {
      const inventory = await readingOf(host);
      expect(inventory?.devices.map(({ uuid, health }) => [uuid, health.state])).toEqual(
        host.devices.filter(({ isLost }) => !isLost).map(({ uuid }) => [uuid, 'healthy']),
      );
      if (inventory === null) return;
      expect(lies(host, inventory)).toEqual([]);
      const lost = host.devices.filter(({ isLost }) => isLost);
      expect(inventory.notices?.filter(({ kind }) => kind === 'lost') ?? []).toHaveLength(
        lost.length,
      );
      for (const device of inventory.devices) {
        const truth = host.devices[device.index];
        expect(device.memoryBytes).toBe(bytes(truth?.memoryMiB ?? null));
        for (const instance of device.instances) {
          const own = truth?.division?.instances[instance.index];
          expect(instance.placement).toEqual(own?.placement);
          const share = (own?.computeSlices ?? 0) / (truth?.division?.computeSlices ?? 1);
          expect(gpuEquivalentsOf(instance.profile, device)).toBe(share);
        }
      }
    }),
    { seed, numRuns: 150 * times },
  );
});

test('an output that is cut, or loses, repeats or swaps lines, makes no reading lie', async () => {
  const harm = fc.constantFrom('cut', 'drop', 'twice', 'swap', 'empty');
  await fc.assert(
    fc.asyncProperty(
      randomHost,
      fc.constantFrom(...calls),
      harm,
      fc.nat(),
      async (host, call, how, at) => {
        const change: Change = (asked, stdout) => {
          if (asked !== call) return stdout;
          if (how === 'empty') return '';
          if (how === 'cut') return stdout.slice(0, at % stdout.length);
          const lines = stdout.split('\n');
          const line = at % lines.length;
          const [here = '', next = ''] = lines.slice(line, line + 2);
          if (how === 'drop') return lines.toSpliced(line, 1).join('\n');
          if (how === 'twice') return lines.toSpliced(line, 0, here).join('\n');
          return lines.toSpliced(line, 2, next, here).join('\n');
        };
        const inventory = await readingOf(host, change);
        if (inventory !== null) expect(lies(host, inventory)).toEqual([]);
      },
    ),
    { seed, numRuns: 300 * times },
  );
});

/** Changes the element at a place among all elements, children included. */
function changeAt(
  nodes: readonly render.Node[],
  place: { left: number },
  alter: (node: render.Node) => readonly render.Node[],
): readonly render.Node[] {
  return nodes.flatMap((node): readonly render.Node[] => {
    place.left -= 1;
    if (place.left === -1) return alter(node);
    const [name, content] = node;
    return typeof content === 'string' ? [node] : [[name, changeAt(content, place, alter)]];
  });
}

const unknownTexts = [
  'N/A',
  '[N/A]',
  '[Not Supported]',
  'Insufficient Permissions',
  '[Unknown Error]',
  'ERR!',
  'GPU is lost',
  '[GPU requires reset]',
  'Unlimited',
  '',
];

test('fields that are missing, moved, unknown, broken or new make no reading lie', async () => {
  const harm = fc.oneof(
    fc.constantFrom('drop', 'twice', 'reverse', 'new'),
    fc.constantFrom(...unknownTexts).map((text) => ({ text })),
  );
  await fc.assert(
    fc.asyncProperty(randomHost, harm, fc.integer({ min: 0, max: 60 }), async (host, how, at) => {
      const changeNodes: ChangeNodes = (nodes) => {
        if (how === 'reverse') return nodes.toReversed();
        return changeAt(nodes, { left: at }, (node) => {
          if (how === 'drop') return [];
          if (how === 'twice') return [node, node];
          if (how === 'new')
            return [
              [
                'brand_new',
                [
                  ['total', '1 MiB'],
                  ['uuid', 'GPU-1'],
                ],
              ],
              node,
            ];
          const [name, content] = node;
          // Names of processes are free text: there, N/A is a name.
          const isText = typeof content === 'string' && name !== 'process_name';
          return isText && typeof how === 'object' ? [[name, how.text]] : [node];
        });
      };
      const inventory = await readingOf(host, asItIs, changeNodes);
      if (inventory !== null) expect(lies(host, inventory)).toEqual([]);
    }),
    { seed, numRuns: 400 * times },
  );
});
