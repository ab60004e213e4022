import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answer, change, isChange } from '../answer.ts';
import { memorySlices, migProfiles } from '../mig-profiles.ts';
import type { MigFamily } from '../models.ts';
import { moment } from '../test-support.ts';
import { parseTopology, type Topology } from '../topology.ts';

const models: Readonly<Record<MigFamily, string>> = {
  'a100-40gb': 'NVIDIA A100-SXM4-40GB',
  'a100-80gb': 'NVIDIA A100-SXM4-80GB',
  a30: 'NVIDIA A30',
  h100: 'NVIDIA H100 80GB HBM3',
  'h100-pcie': 'NVIDIA H100 PCIe',
  h200: 'NVIDIA H200',
  b200: 'NVIDIA B200',
};

const empty = (model = models['a100-40gb'], count = 1): Topology =>
  parseTopology({
    devices: Array.from({ length: count }, (_, index) => ({ index, model, migMode: 'enabled' })),
  });

/** A host on which calls of the tool are made one after the other. */
const host = (topology = empty(), { privileged = true } = {}) => ({
  topology,
  smi: (line: string) => {
    const words = line.split(' ');
    return isChange(words)
      ? change(topology, words, { privileged })
      : answer(topology, words, moment, { privileged });
  },
});

const created = (id: number, profile: string, profileId: number): string =>
  `Successfully created GPU instance ID ${String(id).padStart(2)} on GPU  0 using profile MIG ${profile} (ID ${String(
    profileId,
  ).padStart(2)})\n`;

const placements = (topology: Topology): string[] =>
  topology.devices.flatMap((device) =>
    device.migInstances.map(
      ({ gpuInstanceId, placement }) => `${gpuInstanceId}@${placement.start}:${placement.size}`,
    ),
  );

describe('nvidia-smi mig -cgi', () => {
  it('chooses the placements that were recorded on real boards', () => {
    const lineOf = (id: number): string => created(id, '1g.5gb', 19);
    const first = host();
    expect(first.smi('mig -cgi 9,19,14,19').stdout).toBe(
      created(2, '3g.20gb', 9) + lineOf(7) + created(4, '2g.10gb', 14) + lineOf(8),
    );
    expect(placements(first.topology)).toEqual(['2@4:4', '4@2:2', '7@0:1', '8@1:1']);
    const second = host();
    second.smi('mig -cgi 14,19,19,19,19,19');
    expect(placements(second.topology)).toEqual([
      '5@4:2',
      '7@0:1',
      '8@1:1',
      '9@2:1',
      '10@3:1',
      '13@6:1',
    ]);
    const third = host();
    expect(third.smi('mig -cgi 19,19,19,19,19,19,19').stdout).toBe(
      [13, 11, 12, 7, 8, 9, 10].map(lineOf).join(''),
    );
  });

  it('keeps what it made before the profile that does not fit', () => {
    const { smi, topology } = host();
    expect(smi('mig -cgi 19,19,14,9')).toEqual({
      stdout: `${created(13, '1g.5gb', 19)}${created(11, '1g.5gb', 19)}${created(3, '2g.10gb', 14)}Unable to create a GPU instance on GPU  0 using profile 9: Insufficient Resources
Failed to create GPU instances: Insufficient Resources
`,
      exitCode: 23,
    });
    expect(topology.devices[0]?.migInstances).toHaveLength(3);
  });

  it('takes ids, names, full names and placements, and makes compute instances with -C', () => {
    const { smi } = host();
    const words = ['mig', '-cgi', '3g.20gb:0,MIG 2g.10gb', '-C'];
    const topology = empty();
    expect(change(topology, words, { privileged: true }).stdout).toBe(
      `${created(1, '3g.20gb', 9)}Successfully created compute instance ID  0 on GPU  0 GPU instance ID  1 using profile MIG 3g.20gb (ID  2)
${created(5, '2g.10gb', 14)}Successfully created compute instance ID  0 on GPU  0 GPU instance ID  5 using profile MIG 2g.10gb (ID  1)
`,
    );
    expect(answer(topology, ['-L'], moment).stdout.match(/MIG \S+/gu)).toEqual([
      'MIG 3g.20gb',
      'MIG 2g.10gb',
    ]);
    expect(smi('mig -cgi 1g.5gb').exitCode).toBe(0);
    expect(smi('-L').stdout).not.toContain('MIG');
    expect(smi('mig -lgi').stdout).toContain('|   0  MIG 1g.5gb          19       13          6:1');
  });

  it.each([
    ['mig -cgi 1', 'profile 1: Invalid Argument', 2],
    ['mig -cgi 3g.40gb', 'profile 3g.40gb: Invalid Argument', 2],
    ['mig -cgi 9:2', 'profile 9:2: Invalid Argument', 2],
    ['mig -cgi 20,20', 'profile 20: Insufficient Resources', 23],
    ['mig -cgi 9:0,5', 'profile 5: Insufficient Resources', 23],
  ])('%s fails: %s', (line, text, exitCode) => {
    const printed = host().smi(line);
    expect(printed.stdout).toContain(`Unable to create a GPU instance on GPU  0 using ${text}\n`);
    expect(printed.exitCode).toBe(exitCode);
  });

  it('creates on every GPU in MIG mode, or on those that -i names', () => {
    const both = host(empty(models.a30, 2));
    expect(both.smi('mig -cgi 5 -C').stdout.match(/on GPU {2}\d/gu)).toHaveLength(4);
    const one = host(empty(models.a30, 2));
    one.smi('mig -i 1 -cgi 2g.12gb');
    expect(one.topology.devices.map(({ migInstances }) => migInstances.length)).toEqual([0, 1]);
  });

  it('is refused while a process uses the GPU as a whole', () => {
    const { smi, topology } = host();
    topology.devices[0]?.processes.push({
      pid: 1,
      name: 'Xorg',
      usedMemoryMiB: 5,
      type: 'G',
      gpuInstanceId: null,
      computeInstanceId: null,
    });
    expect(smi('mig -cgi 14')).toMatchObject({ exitCode: 19 });
  });

  it('never overlaps, and always fits what -lgip says is free', () => {
    const families = Object.keys(migProfiles).filter((name): name is MigFamily => name in models);
    fc.assert(
      fc.property(
        fc.constantFrom(...families),
        fc.array(fc.nat(), { maxLength: 8 }),
        (family, picks) => {
          const { smi, topology } = host(empty(models[family]));
          const profiles = migProfiles[family];
          for (const pick of picks) {
            const profile = profiles[pick % profiles.length];
            if (profile === undefined) continue;
            const pattern = new RegExp(
              `MIG ${profile.name.replace('+', '\\+')} +\\d+ +(\\d)/`,
              'u',
            );
            const free = Number(pattern.exec(smi('mig -lgip').stdout)?.[1]);
            expect(smi(`mig -cgi ${profile.id} -C`).exitCode === 0).toBe(free > 0);
          }
          expect(parseTopology(topology)).toEqual(topology);
          const ids = topology.devices[0]?.migInstances.map(({ gpuInstanceId }) => gpuInstanceId);
          expect(new Set(ids).size).toBe(ids?.length);
          expect(memorySlices(family)).toBeGreaterThanOrEqual(ids?.length ?? 0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('nvidia-smi mig -lgip', () => {
  it.each([
    ['a100-40gb', '4.75 4.75 9.62 9.62 19.50 19.50 39.25'],
    ['a100-80gb', '9.50 9.50 19.50 19.50 39.25 39.25 79.00'],
    ['a30', '5.81 5.81 11.69 11.69 23.44'],
    ['h100', '9.75 9.75 19.62 19.62 39.50 39.50 79.25'],
    ['h200', '16.00 16.00 32.25 32.25 69.50 69.50 140.00'],
  ] as const)('prints the recorded memory of %s', (family, expected) => {
    const { stdout } = host(empty(models[family])).smi('mig -lgip');
    expect(stdout.match(/\d+\.\d\d(?= )/gu)?.join(' ')).toBe(expected);
  });
});

describe('nvidia-smi mig -cci and -lcip', () => {
  it('divide a GPU instance, and say what is left of it', () => {
    const { smi } = host();
    smi('mig -cgi 9:0');
    expect(smi('mig -cci 0,1 -gi 1').stdout).toBe(
      `Successfully created compute instance ID  0 on GPU  0 GPU instance ID  1 using profile MIG 1c.3g.20gb (ID  0)
Successfully created compute instance ID  1 on GPU  0 GPU instance ID  1 using profile MIG 2c.3g.20gb (ID  1)
`,
    );
    expect(smi('mig -cci -gi 1')).toMatchObject({ exitCode: 23 });
    expect(smi('mig -lci').stdout).toContain(
      '|   0      1       MIG 2c.3g.20gb       1         1          1:2     |',
    );
    const lines = smi('mig -lcip -gi 1').stdout.split('\n');
    expect(lines[6]).toBe(
      '|   0      1       MIG 1c.3g.20gb       0      0/3           14        2     0     0   |',
    );
    expect(lines[12]).toContain('MIG 3g.20gb          2*     0/1           42');
    expect(new Set(lines.slice(0, -1).map((line) => line.length))).toEqual(new Set([88]));
    expect(smi('-L').stdout).toContain('MIG 2c.3g.20gb  Device  1');
  });
});

describe('nvidia-smi mig -dci and -dgi', () => {
  it('take instances away, compute instances first', () => {
    const { smi, topology } = host();
    smi('mig -cgi 9,9 -C');
    expect(smi('mig -dgi')).toEqual({
      stdout: `Unable to destroy GPU instance ID  1 from GPU  0: In use by another client
Failed to destroy GPU instances: In use by another client
`,
      exitCode: 19,
    });
    expect(smi('mig -i 0 -dci -ci 0 -gi 2').stdout).toBe(
      'Successfully destroyed compute instance ID  0 from GPU  0 GPU instance ID  2\n',
    );
    expect(smi('mig -dgi -gi 2').stdout).toBe(
      'Successfully destroyed GPU instance ID  2 from GPU  0\n',
    );
    expect(smi('mig -dgi -gi 2')).toMatchObject({ exitCode: 6 });
    expect(smi('mig -dci').exitCode + smi('mig -dgi').exitCode).toBe(0);
    expect(topology.devices[0]?.migInstances).toEqual([]);
    expect(smi('mig -lgi')).toEqual({ stdout: 'No GPU instances found: Not Found\n', exitCode: 6 });
  });

  it('are refused while a process runs there', () => {
    const { smi, topology } = host();
    smi('mig -cgi 19 -C');
    topology.devices[0]?.processes.push({
      pid: 7,
      name: 'python3',
      usedMemoryMiB: 100,
      type: 'C',
      gpuInstanceId: 13,
      computeInstanceId: 0,
    });
    expect(smi('mig -dci').stdout).toContain('Failed to destroy compute instances: In use by');
    expect(smi('--gpu-reset -i 0')).toMatchObject({ exitCode: 255 });
  });
});

describe('MIG mode', () => {
  it('is switched on and off, and a board without MIG is passed over', () => {
    const { smi, topology } = host(parseTopology({ devices: [{ index: 0, model: models.a30 }] }));
    const busId = topology.devices[0]?.pciBusId;
    expect(smi('mig -lgip').stdout).toBe('No MIG-enabled devices found.\n');
    expect(smi('-i 0 -mig 1').stdout).toBe(`Enabled MIG Mode for GPU ${busId}\nAll done.\n`);
    smi('mig -cgi 0');
    expect(smi('-mig 0')).toEqual({
      stdout: `Unable to disable MIG Mode for GPU ${busId}: In use by another client
Terminating early due to previous errors.
`,
      exitCode: 19,
    });
    smi('mig -dgi');
    expect(smi('-mig 0').stdout).toBe(`Disabled MIG Mode for GPU ${busId}\nAll done.\n`);
    const other = host(parseTopology({ devices: [{ index: 0, model: 'NVIDIA L40S' }] }));
    expect(other.smi('-mig 1')).toMatchObject({ exitCode: 0 });
    expect(other.smi('-mig 1').stdout).toContain(': Not Supported\nTreating as warning');
    expect(other.smi('mig -lgip').stdout).toBe('No MIG-supported devices found.\n');
  });

  it('waits for a reset while a process runs', () => {
    const { smi, topology } = host(parseTopology({ devices: [{ index: 0, model: models.h100 }] }));
    const [device] = topology.devices;
    if (device === undefined) throw new Error('no device');
    const process = { pid: 7, name: 'x', usedMemoryMiB: 1, type: 'C' as const };
    device.processes = [{ ...process, gpuInstanceId: null, computeInstanceId: null }];
    expect(smi('-mig 1').stdout).toContain('MIG mode is in pending enable state for GPU');
    const modes = () =>
      smi('--query-gpu=mig.mode.current,mig.mode.pending --format=csv,noheader').stdout;
    expect(modes()).toBe('Disabled, Enabled\n');
    device.processes = [];
    expect(smi('--gpu-reset').stdout).toContain('was successfully reset.');
    expect(modes()).toBe('Enabled, Enabled\n');
  });
});

describe('a user without privileges', () => {
  it('may list profiles, but neither list nor change instances', () => {
    const topology = empty();
    change(topology, ['mig', '-cgi', '9', '-C'], { privileged: true });
    const before = structuredClone(topology);
    const { smi } = host(topology, { privileged: false });
    expect(smi('mig -lgip').exitCode).toBe(0);
    for (const line of ['mig -lgi', 'mig -lci', 'mig -cgi 9', 'mig -dci', 'mig -dgi', '-mig 0']) {
      const printed = smi(line);
      expect(printed.exitCode, line).toBe(4);
      expect(printed.stdout, line).toContain('Insufficient Permissions');
    }
    expect(topology).toEqual(before);
  });
});

it.each(['mig', 'mig -cgi', 'mig -lgi -lci', 'mig -dgi -gi x', 'mig -lgi -C', 'mig 9', '-mig 2'])(
  'nvidia-smi %s is refused with code 2',
  (line) => {
    expect(host().smi(line).exitCode).toBe(2);
  },
);
