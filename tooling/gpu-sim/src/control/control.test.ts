import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { visibleTopology } from '../hook/visible-topology.ts';
import { prepareGpuSim } from '../prepare.ts';
import { run, temporaryDirectory } from '../test-support.ts';
import { momentsFrom, parseTimeline, topologyAt } from '../timeline.ts';
import { parseTopology, parseTopologyText } from '../topology.ts';
import { createGpuSimControl, type GpuSimControl } from './control.ts';
import { xidLines } from './kernel-log.ts';

interface Host {
  readonly control: GpuSimControl;
  /** Standard output of the tool. */
  readonly smi: (...argumentList: readonly string[]) => string;
  readonly prepared: Awaited<ReturnType<typeof prepareGpuSim>>;
}

const onHost = async (use: (host: Host) => Promise<void>): Promise<void> => {
  using directory = temporaryDirectory();
  const prepared = await prepareGpuSim({
    topology: 'a100x4-mig',
    directory: directory.path,
    warmUp: false,
  });
  await use({
    control: createGpuSimControl(directory.path),
    smi: (...argumentList) => run(prepared.nvidiaSmiPath, argumentList).stdout,
    prepared,
  });
};

const cells = (smi: Host['smi'], fields: string): string[] =>
  smi(`--query-gpu=${fields}`, '--format=csv,noheader').trimEnd().split('\n');

describe('a controlled host', () => {
  it('shows utilisation, memory and processes of GPUs and MIG devices', async () =>
    onHost(async ({ control, smi }) => {
      await control.setUtilization(0, 90);
      await control.addProcess('1', { pid: 41, usedMemoryMiB: 300 });
      await control.addProcess('3:1', { pid: 42, name: 'train', usedMemoryMiB: 100, type: 'C+G' });
      await control.addProcess(2, { pid: 43, name: 'Xorg', type: 'G' });
      expect(cells(smi, 'utilization.gpu,memory.used')).toEqual([
        '90 %, 0 MiB',
        '0 %, 300 MiB',
        '0 %, 0 MiB',
        '[N/A], 150 MiB',
      ]);
      const document = smi('-q', '-x');
      expect(document).toContain('<used>113 MiB</used>');
      expect(document).toMatch(
        /<gpu_instance_id>3<\/gpu_instance_id>\s+<compute_instance_id>0<\/compute_instance_id>\s+<pid>42<\/pid>\s+<type>C\+G</u,
      );
      const apps = () => smi('--query-compute-apps=pid', '--format=csv,noheader');
      expect(apps()).toBe('41\n42\n');
      await control.removeProcess(42);
      expect(apps()).toBe('41\n');
      expect(cells(smi, 'memory.used').at(-1)).toBe('50 MiB');
      await expect(control.setUtilization('3:0', 5)).rejects.toThrow('no utilization of a MIG');
      await expect(control.addProcess('3:4', { pid: 1 })).rejects.toThrow('GPU 3 has 4');
    }));

  it('changes its instances for the next call of the tool and the next container', async () =>
    onHost(async ({ control, smi, prepared }) => {
      expect(await control.nvidiaSmi(['mig', '-i', '3', '-dci', '-gi', '9'])).toMatchObject({
        exitCode: 0,
      });
      expect(smi('-L').match(/MIG \S+/gu)).toEqual(['MIG 3g.20gb', 'MIG 2g.10gb', 'MIG 1g.5gb']);
      expect(smi('mig', '-lgi').match(/MIG 1g.5gb/gu)).toHaveLength(2);
      expect(smi('-q', '-x').match(/<mig_device>/gu)).toHaveLength(3);
      const topology = parseTopologyText(readFileSync(prepared.topologyPath, 'utf8'));
      const seen = visibleTopology(topology, { kind: 'list', ids: ['3:2'] });
      expect(seen.ok && seen.topology.devices[0]?.migInstances[0]?.gpuInstanceId).toBe(10);
      expect(visibleTopology(topology, { kind: 'list', ids: ['3:3'] }).ok).toBe(false);
    }));

  it('loses a GPU and gets it back', async () =>
    onHost(async ({ control, smi, prepared }) => {
      await control.addProcess(1, { pid: 5 });
      await control.loseDevice(1);
      expect(smi('-L').split('\n')[1]).toBe(
        'Unable to determine the device handle for GPU1: 0000:0F:00.0: Unknown Error',
      );
      expect(cells(smi, 'index')).toHaveLength(4);
      await control.restoreDevice(1);
      expect(cells(smi, 'index')).toEqual(['0', '1', '2', '3']);
      expect(smi('-q', '-x')).not.toContain('<pid>');
      const texts = readFileSync(prepared.kernelLogPath, 'utf8').replaceAll(/^3,\d+,\d+,-;/gmu, '');
      const serial = /Serial Number: (\d{13})$/mu.exec(texts)?.[1];
      const uuid = /GPU-[\da-f-]{36}/u.exec(smi('-L', '-i', '1'))?.[0];
      expect(texts.split('\n').slice(1)).toEqual([
        `NVRM: GPU at PCI:0000:0f:00: ${uuid}`,
        `NVRM: GPU Board Serial Number: ${serial}`,
        "NVRM: Xid (PCI:0000:0f:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.",
        'NVRM: GPU 0000:0f:00.0: GPU has fallen off the bus.',
        'pci 0000:0f:00.0: [10de:20b0] type 00 class 0x030200',
        '',
      ]);
    }));

  it('numbers the records of its kernel log, also after it was prepared again', async () =>
    onHost(async ({ control, prepared }) => {
      await Promise.all([31, 48, 94].map(async (code) => control.injectXid(0, code, { pid: 3 })));
      await prepareGpuSim({
        topology: 'l40sx2',
        directory: dirname(prepared.topologyPath),
        warmUp: false,
      });
      await control.injectXid(0, 119);
      const lines = readFileSync(prepared.kernelLogPath, 'utf8').trimEnd().split('\n');
      expect(lines.map((line) => Number(line.split(',')[1]))).toEqual(lines.map((_, at) => at));
      expect(lines.filter((line) => line.includes('loading NVIDIA'))).toHaveLength(2);
      // Each host names the GPU once before its first Xid, however many there are.
      expect(lines.filter((line) => line.includes('NVRM: GPU at PCI'))).toHaveLength(2);
    }));

  it('fails in the ways in which a driver fails, and recovers', async () =>
    onHost(async ({ control, smi, prepared }) => {
      await control.fail('version-mismatch');
      expect(run(prepared.nvidiaSmiPath, ['-L'])).toMatchObject({
        stdout:
          'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.163\n',
        exitCode: 18,
      });
      await control.recover();
      await control.setHealth(0, {
        recoveryAction: 'Reset',
        ecc: { volatileUncorrected: 2 },
        remappedRows: { failure: true },
      });
      expect(
        cells(
          smi,
          'reset_status.reset_required,ecc.errors.uncorrected.volatile.total,remapped_rows.failure',
        )[0],
      ).toBe('Yes, 2, Yes');
      await control.setHealth(1, { brokenFigures: 'GPU requires reset' });
      expect(cells(smi, 'uuid,temperature.gpu')[1]).toMatch(/^GPU-\S+, \[GPU requires reset\]$/u);
      expect(smi('-q', '-x', '-i', '1')).toMatch(/<gpu_temp>GPU requires reset</u);
      await control.setDriver('v13');
      expect(cells(smi, 'driver_version,gpu_recovery_action')[0]).toBe('580.105.08, Reset');
    }));

  it('follows a timeline, and shows the step of the present moment', async () =>
    onHost(async ({ control, smi }) => {
      await control.setUtilization(0, '0s: 90/40, 3600s: 0');
      await control.setUtilization(1, '3600s: 50');
      expect(cells(smi, 'utilization.gpu,utilization.memory').slice(0, 2)).toEqual([
        '90 %, 40 %',
        '0 %, 0 %',
      ]);
      const many = Array.from({ length: 20 }, (_, step) => `${step * 3600}s: ${step}`).join(',');
      await control.setUtilization(2, many);
      expect(cells(smi, 'utilization.gpu')[2]).toBe('0 %');
      await control.setUtilization(0, null);
      expect(cells(smi, 'utilization.gpu')[0]).toBe('[N/A]');
    }));
});

it('a driver with recovery actions logs that a lost GPU needs a reboot', async () =>
  onHost(async ({ control, prepared }) => {
    await control.setDriver('v13');
    await control.loseDevice(0);
    expect(readFileSync(prepared.kernelLogPath, 'utf8')).toContain(
      'Xid (PCI:0000:07:00): 154, GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot',
    );
  }));

describe('a timeline', () => {
  const host = (text: string, startedAtMs: number) =>
    parseTopology({
      devices: [
        { index: 0, model: 'NVIDIA L40S', timeline: parseTimeline(text, startedAtMs) },
        { index: 1, model: 'NVIDIA L40S' },
      ],
    });
  const percents = (text: string, ...timesMs: readonly number[]) =>
    timesMs.map((time) => topologyAt(host(text, 1000), time).devices[0]?.utilization?.gpuPercent);

  it('holds each step until the next one, and the first value before the first step', () => {
    expect(percents('60s: 5, 10: 90', 999, 10_999, 11_000, 60_999, 61_000, 1e9)).toEqual([
      0, 0, 90, 90, 5, 5,
    ]);
  });

  it('is a list of moments without gaps', () => {
    const moments = momentsFrom(host('0s: 1, 5s: 2, 9s: 3', 1000), 7_500);
    expect(
      moments.map(({ untilSeconds, topology }) => [
        untilSeconds,
        topology.devices[0]?.utilization?.gpuPercent,
        topology.devices[0]?.timeline,
      ]),
    ).toEqual([
      [10, 2, null],
      [null, 3, null],
    ]);
  });

  it.each(['', '0s', '0s: 101', '0s: 1, 0s: 2', '-1s: 4', '0s: 90;60s: 0'])(
    'is refused: "%s"',
    (text) => {
      expect(() => parseTimeline(text, 0)).toThrow('timeline');
    },
  );
});

describe('the kernel’s line about an Xid', () => {
  const device = { pciBusId: '00000000:3B:00.0' };

  it('names bus, code, process and what happened', () => {
    expect(xidLines(device, 31, { pid: 79749, name: 'python3', text: 'MMU Fault' })).toEqual([
      'NVRM: Xid (PCI:0000:3b:00): 31, pid=79749, name=python3, MMU Fault',
    ]);
    expect(xidLines(device, 63)[0]).toMatch(/^NVRM: Xid \(PCI:0000:3b:00\): 63, Row Remapper: /u);
    expect(xidLines(device, 9999)[0]).toContain("9999, pid='<unknown>', name=<unknown>, Unknown");
  });
});
