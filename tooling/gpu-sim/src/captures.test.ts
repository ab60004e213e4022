import { describe, expect, it } from 'vitest';
import { answer } from './answer.ts';
import { generationDrivers } from './render/generation.ts';
import { gpuFieldsOf, headCell } from './render/gpu-fields.ts';
import { presets } from './presets.ts';
import { captureSections, hasCaptures, moment, readCapture } from './test-support.ts';
import { parseTopology, type TopologyInput } from './topology.ts';

const h100: TopologyInput = {
  driverVersion: '590.48.01',
  cudaVersion: '13.1',
  devices: [
    {
      index: 0,
      model: 'NVIDIA H100 80GB HBM3',
      uuid: 'GPU-00000000-0000-0000-0000-000000000000',
      pciBusId: '00000000:00:09.0',
      temperatureC: 41,
      powerDrawW: 69.4,
      cpuAffinity: '0-19',
    },
  ],
};

const partitioned: TopologyInput = {
  ...h100,
  devices: h100.devices.map((device) => ({
    ...device,
    temperatureC: 42,
    powerDrawW: 98.2,
    migMode: 'enabled',
    usedMemoryMiB: 59,
    migInstances: [
      { profile: '3g.40gb', gpuInstanceId: 2, placement: { start: 4, size: 4 }, usedMemoryMiB: 26 },
      { profile: '2g.20gb', gpuInstanceId: 3, placement: { start: 0, size: 2 }, usedMemoryMiB: 17 },
      { profile: '1g.10gb', gpuInstanceId: 9, placement: { start: 2, size: 1 }, usedMemoryMiB: 9 },
      { profile: '1g.10gb', gpuInstanceId: 10, placement: { start: 3, size: 1 }, usedMemoryMiB: 9 },
    ].map((instance, index) => ({
      ...instance,
      uuid: `MIG-0000000${index}-0000-0000-0000-00000000000${index}`,
    })),
  })),
};

/** All links lead to a switch. */
const nvlinks = [{ peerIndex: 1, links: 18 }];

const withProcess = (
  input: TopologyInput,
  process: NonNullable<TopologyInput['devices'][number]['processes']>[number],
): TopologyInput => ({
  ...input,
  devices: input.devices.map((device) => ({ ...device, processes: [process] })),
});

const ask = (input: TopologyInput, ...argumentList: readonly string[]): string =>
  answer(parseTopology(input), argumentList, moment).stdout;

const elementPaths = (document: string): Set<string> => {
  const paths = new Set<string>();
  const open: string[] = [];
  for (const [, close, name = ''] of document.matchAll(/<(\/?)([a-z_\d]+)[^>]*>/gu)) {
    if (close === '/') {
      open.pop();
      continue;
    }
    open.push(name);
    paths.add(open.join('/'));
  }
  return paths;
};

const sections = (word: string): ReadonlyMap<string, string> => captureSections(readCapture(word));

describe.runIf(hasCaptures)('beside recorded outputs of real drivers', () => {
  it('-L prints the recorded lines, MIG devices included', () => {
    expect(ask(partitioned, '-L').trimEnd()).toBe(
      sections('h100-mig').get('capabilities :: list (-L)'),
    );
    expect(ask(h100, '-L').trimEnd()).toBe(sections('h100-80gb').get('capabilities :: list (-L)'));
  });

  it('--version and topo -m print the recorded text', () => {
    const recorded = sections('h100-80gb');
    expect(ask(h100, '--version').trimEnd()).toBe(recorded.get('capabilities :: version'));
    expect(ask(h100, 'topo', '-m').trimEnd()).toBe(recorded.get('capabilities :: topo -m'));
  });

  it('nvlink -s prints the recorded text, with and without MIG', () => {
    for (const [word, input] of [
      ['h100-80gb', h100],
      ['h100-mig', partitioned],
    ] as const) {
      const alone = { ...input, devices: input.devices.map((device) => ({ ...device, nvlinks })) };
      expect(ask(alone, 'nvlink', '-s').trimEnd()).toBe(
        sections(word).get('capabilities :: nvlink -s'),
      );
    }
  });

  it('-q has only labels of the recorded text, in the same order and depth', () => {
    const labels = (text: string): string[] =>
      text.split('\n').map((line) => line.replace(/ *: .*$/u, ''));
    for (const [word, input] of [
      ['h100-80gb', h100],
      ['h100-mig', partitioned],
    ] as const) {
      const recorded = labels(sections(word).get('idle :: query (-q)') ?? '');
      const ours = labels(ask(input, '-q').trimEnd());
      const unknown = ours.filter((line) => {
        // The recorded board tells its limits as distances to them.
        if (/GPU (?:Shutdown|Slowdown|Max Operating) Temp|Memory Max Operating Temp/u.test(line)) {
          return false;
        }
        const at = recorded.indexOf(line);
        recorded.splice(0, at + 1);
        return at === -1;
      });
      expect(unknown, word).toEqual([]);
    }
  });

  it('the table of an unpartitioned GPU is the recorded one', () => {
    const recorded = sections('h100-80gb').get('idle :: nvidia-smi (default table)') ?? '';
    expect(ask(h100).trimEnd().split('\n').slice(1)).toEqual(recorded.split('\n').slice(1));
  });

  it('the table of a partitioned GPU is the recorded one but for the BAR1 windows', () => {
    const recorded = sections('h100-mig').get('idle :: nvidia-smi (default table)') ?? '';
    const comparable = (text: string): string[] =>
      text
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/ 0MiB \/ ?[ \d]{5}MiB/u, ' 0MiB / BAR1'));
    expect(comparable(ask(partitioned))).toEqual(comparable(recorded));
  });

  it('process lines have the recorded columns, with and without MIG ids', () => {
    const process = { pid: 21180, name: '/root/tools/memhog', usedMemoryMiB: 2296 };
    const load = 'load :: nvidia-smi (default table)';
    const inMig = ask(
      withProcess(partitioned, { ...process, gpuInstanceId: 2, computeInstanceId: 0 }),
    );
    const recordedMig = sections('h100-mig').get(load)?.split('\n') ?? [];
    expect(recordedMig).toContain(inMig.split('\n').find((line) => line.includes('memhog')));
    const whole = ask(withProcess(h100, { ...process, pid: 11327, usedMemoryMiB: 2566 }));
    const recorded = sections('h100-80gb').get(load)?.split('\n') ?? [];
    expect(recorded).toContain(whole.split('\n').find((line) => line.includes('memhog')));
  });

  it('every property of --query-gpu has the recorded head, unit and kind of value', () => {
    for (const [word, input] of [
      ['h100-80gb', h100],
      ['h100-mig', partitioned],
    ] as const) {
      const recorded =
        sections(word).get('idle :: query-gpu (csv, what the exporter parses)') ?? '';
      const [head = [], values = []] = recorded.split('\n').map((line) => line.split(', '));
      const topology = parseTopology(input);
      for (const field of gpuFieldsOf(topology)) {
        const name = headCell(field, topology);
        const column = head.indexOf(name);
        expect(column, `${word} ${name}`).toBeGreaterThanOrEqual(0);
        const [, ours = ''] = ask(input, `--query-gpu=${field.name}`, '--format=csv').split('\n');
        const theirs = values[column] ?? '';
        expect(ours.startsWith('['), `${word} ${field.name}: ${ours} / ${theirs}`).toBe(
          theirs.startsWith('[') || theirs === 'N/A',
        );
        expect(ours.replace(/^[\d.]+(?= |$)/u, '1')).toSatisfy(
          (text: string) =>
            !/^[\d.]+( |$)/u.test(theirs) || text === theirs.replace(/^[\d.]+(?= |$)/u, '1'),
        );
      }
    }
  });

  it('--query-compute-apps prints the recorded head and cells', () => {
    const recorded = sections('h100-80gb').get('load :: query-compute-apps (per-process)') ?? '';
    const process = { pid: 11327, name: '/root/tools/memhog', usedMemoryMiB: 2566 };
    const fields = 'gpu_name,gpu_bus_id,gpu_uuid,pid,process_name,used_gpu_memory';
    const ours = ask(withProcess(h100, process), `--query-compute-apps=${fields}`, '--format=csv');
    const picked = recorded
      .split('\n')
      .slice(0, 2)
      .map((line) => line.split(', ').filter((_, column) => column !== 0 && column !== 3));
    expect(ours.trimEnd().split('\n')).toEqual(picked.map((cells) => cells.join(', ')));
  });

  it.each([
    ['v11', ['a10g', 'tesla-t4']],
    ['v12', ['rtx-3080', 'a10g']],
  ] as const)('-q -x has only elements of recorded documents (%s)', (name, words) => {
    const real = new Set(words.flatMap((word) => [...elementPaths(readCapture(word))]));
    for (const preset of [presets.h100x8, presets.l40sx2]) {
      const ours = elementPaths(ask({ ...preset, ...generationDrivers[name] }, '-q', '-x'));
      expect([...ours].filter((path) => !real.has(path))).toEqual([]);
      for (const needed of [
        'uuid',
        'minor_number',
        'product_name',
        'mig_mode/current_mig',
        'mig_devices',
        'pci/pci_bus_id',
        'fb_memory_usage/total',
        'fb_memory_usage/used',
        'fb_memory_usage/free',
        'utilization/gpu_util',
        'utilization/memory_util',
        'temperature/gpu_temp',
        'remapped_rows/remapped_row_failure',
        'processes',
      ]) {
        expect(ours).toContain(`nvidia_smi_log/gpu/${needed}`);
      }
    }
  });
});
