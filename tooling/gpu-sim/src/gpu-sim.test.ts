import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answer } from './answer.ts';
import { gpuSimCommand } from './control/command.ts';
import { prepareGpuSim, type PreparedGpuSim, type PrepareOptions } from './prepare.ts';
import { presets } from './presets.ts';
import { updateTopology } from './state.ts';
import { moment, run, temporaryDirectory } from './test-support.ts';
import { parseTopology, parseTopologyText, type Topology } from './topology.ts';

/** Answered by the script itself. */
const commandLines: readonly (readonly string[])[] = [
  ['-L'],
  ['-q', '-x'],
  ['mig', '-lgi'],
  ['mig', '-lci'],
  ['mig', '-lgip'],
  ['mig', '-lgipp'],
  ['topo', '-m'],
  ['nvlink', '-s'],
  ['--version'],
  [],
  ['--query-gpu=index,uuid,name,memory.total,utilization.gpu,fan.speed', '--format=csv'],
  ['--format=csv,noheader,nounits', '--query-gpu=gpu_uuid, memory.used,power.draw'],
  ['--query-compute-apps=pid,name,used_memory,gpu_uuid', '--format=csv'],
  ['--query-compute-apps=gpu_uuid,pid,used_memory', '--format=csv,noheader,nounits'],
];

/** Left to node, which takes longer. */
const rareCommandLines: readonly (readonly string[])[] = [
  ['--query-gpu=index,nonsense', '--format=csv'],
  ['--query-gpu=index,*', '--format=csv'],
  ['mig', '-lcip'],
];

const withoutClock = (text: string): string =>
  text.replaceAll(/\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\b/gu, 'NOW');

const busy = (topology: Topology): void => {
  const device = topology.devices[1];
  if (device === undefined) return;
  device.usedMemoryMiB = 1234;
  device.processes = ["/opt/it's here/train $HOME `x`", 'a b'].map((name, index) => ({
    pid: 400 + index,
    name,
    usedMemoryMiB: 600,
    type: 'C',
    gpuInstanceId: null,
    computeInstanceId: null,
  }));
};

/** What differs between the script's answers and what is rendered from the same file. */
const differences = (prepared: PreparedGpuSim, lines: readonly (readonly string[])[]): object[] => {
  const topology = parseTopologyText(readFileSync(prepared.topologyPath, 'utf8'));
  return lines.flatMap((argumentList) => {
    const expected = answer(topology, argumentList, moment);
    const { stdout, exitCode } = run(prepared.nvidiaSmiPath, argumentList);
    const same =
      withoutClock(stdout) === withoutClock(expected.stdout) && exitCode === expected.exitCode;
    return same ? [] : [{ argumentList, stdout, exitCode, expected }];
  });
};

/** No test here starts a container. */
const prepare = async (topology: PrepareOptions['topology'], directory: string) =>
  prepareGpuSim({ topology, directory, warmUp: false });

describe('a prepared simulator', () => {
  it.each(['a100x4-mig', 'h100x8', 'none'] as const)(
    'answers from its script exactly as it renders (%s)',
    async (name) => {
      using directory = temporaryDirectory();
      const prepared = await prepare(name, directory.path);
      await updateTopology(directory.path, busy);
      const rare = name === 'a100x4-mig' ? rareCommandLines : [];
      expect(differences(prepared, [...commandLines, ...rare])).toEqual([]);
    },
  );

  it('takes a topology as an object and as a file', async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'host.json');
    writeFileSync(file, JSON.stringify({ devices: [{ index: 0, model: 'NVIDIA A30' }] }));
    const fromFile = await prepare(file, join(directory.path, 'a'));
    const fromObject = await prepare(
      { devices: [{ index: 0, model: 'NVIDIA A30' }] },
      join(directory.path, 'b'),
    );
    const [first, second] = [fromFile, fromObject].map(
      ({ nvidiaSmiPath }) => run(nvidiaSmiPath, ['-L']).stdout,
    );
    expect(first).toMatch(/^GPU 0: NVIDIA A30 \(UUID: GPU-/u);
    expect(second).toBe(first);
  });

  it('prints the new state after an update, and after the file was edited by hand', async () => {
    using directory = temporaryDirectory();
    const { nvidiaSmiPath, topologyPath } = await prepare('l40sx2', directory.path);
    const used = () =>
      run(nvidiaSmiPath, ['--query-gpu=memory.used', '--format=csv,noheader,nounits']).stdout;
    expect(used()).toBe('0\n0\n');
    await updateTopology(directory.path, busy);
    expect(used()).toBe('0\n1234\n');
    const edited = readFileSync(topologyPath, 'utf8').replace('1234', '4321');
    writeFileSync(topologyPath, edited);
    expect(used()).toBe('0\n4321\n');
    expect(used()).toBe('0\n4321\n');
  });

  it('applies concurrent updates one after the other', async () => {
    using directory = temporaryDirectory();
    await prepare('l40sx2', directory.path);
    await Promise.all(
      Array.from({ length: 12 }, async () =>
        updateTopology(directory.path, (topology) => {
          const [device] = topology.devices;
          if (device !== undefined) device.usedMemoryMiB += 1;
        }),
      ),
    );
    const final = await updateTopology(directory.path, () => undefined);
    expect(final.devices[0]?.usedMemoryMiB).toBe(12);
  });

  it('keeps the old state when an update does not hold', async () => {
    using directory = temporaryDirectory();
    const { nvidiaSmiPath } = await prepare('a100x4-mig', directory.path);
    const before = run(nvidiaSmiPath, ['-L']).stdout;
    await expect(
      updateTopology(directory.path, (topology) => {
        for (const instance of topology.devices[3]?.migInstances ?? [])
          instance.placement.start = 0;
      }),
    ).rejects.toThrow('overlap');
    expect(run(nvidiaSmiPath, ['-L']).stdout).toBe(before);
  });

  it('fails like a host without a driver when told so', async () => {
    using directory = temporaryDirectory();
    const { nvidiaSmiPath } = await prepare({ ...presets.l40sx2, mode: 'failing' }, directory.path);
    expect(run(nvidiaSmiPath, ['-L'])).toEqual({
      ...answer(parseTopology({ mode: 'failing', devices: [] }), ['-L'], moment),
      stderr: '',
    });
  });

  it('never answers when told to hang, and dies of a signal', async () => {
    using directory = temporaryDirectory();
    const { nvidiaSmiPath } = await prepare({ ...presets.l40sx2, mode: 'hanging' }, directory.path);
    const child = spawn(nvidiaSmiPath, ['-L'], { stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await once(child, 'spawn');
    child.kill('SIGTERM');
    const [, signal] = await once(child, 'exit');
    expect({ signal, printed }).toEqual({ signal: 'SIGTERM', printed: '' });
  });

  it('is changed from the command line', async () => {
    using directory = temporaryDirectory();
    const { nvidiaSmiPath } = await prepare('l40sx2', directory.path);
    const main = join(import.meta.dirname, 'main.ts');
    const control = (command: string, ...words: readonly string[]) =>
      run(process.execPath, [main, command, '--directory', directory.path, ...words]);
    expect(control('set', '--gpu', '1', 'utilization=73', 'temperature=70').exitCode).toBe(0);
    expect(
      run(nvidiaSmiPath, ['--query-gpu=utilization.gpu', '--format=csv,noheader']).stdout,
    ).toBe('0 %\n73 %\n');
  });

  it('has commands for processes, Xids and drivers', async () => {
    using directory = temporaryDirectory();
    const { nvidiaSmiPath, kernelLogPath } = await prepare('l40sx2', directory.path);
    const control = async (line: string) => {
      const [command = '', ...words] = line.split(' ');
      return gpuSimCommand(command, ['--directory', directory.path, ...words]);
    };
    await control('xid --gpu 0 31 --pid 12 --name x');
    expect(readFileSync(kernelLogPath, 'utf8')).toContain('31, pid=12, name=x, ');
    await control('process --gpu 1 --pid 7 --memory-mib 20 --type G');
    expect(run(nvidiaSmiPath).stdout).toMatch(/1 {3}N\/A {2}N\/A +7 +G {3}python3 +20MiB/u);
    await control('process --pid 7 --end');
    await control('set --driver v13 --gpu 0 recovery-action=Reset lost=values');
    expect(run(nvidiaSmiPath, ['-q', '-x']).stdout).toMatch(/device_v13[\s\S]*GPU is lost/u);
    await control('set --gpu 0 lost=false --mode failing');
    expect(run(nvidiaSmiPath).exitCode).toBe(9);
    await expect(control('set --gpu 7 utilization=1')).rejects.toThrow('no GPU 7; there are 2');
    await expect(control('set --gpu 0 colour=red')).rejects.toThrow('unknown key: colour');
    await expect(control('paint')).rejects.toThrow('unknown command: paint');
  });

  it('carries out two calls that change it at once, one after the other', async () => {
    using directory = temporaryDirectory();
    const { nvidiaSmiPath } = await prepare(
      { devices: [{ index: 0, model: 'NVIDIA A100-SXM4-40GB', migMode: 'enabled' }] },
      directory.path,
    );
    const calls = ['9', '3g.20gb', '4g.20gb'].map(async (profile) => {
      const child = spawn(nvidiaSmiPath, ['mig', '-cgi', profile, '-C'], { stdio: 'ignore' });
      const [code] = await once(child, 'exit');
      return code;
    });
    // Each takes half of the GPU: one of the three comes too late, whichever it is.
    expect((await Promise.all(calls)).filter((code) => code === 23)).toHaveLength(1);
    expect(run(nvidiaSmiPath, ['-L']).stdout.match(/Device {2}\d/gu)).toEqual([
      'Device  0',
      'Device  1',
    ]);
  });
});
