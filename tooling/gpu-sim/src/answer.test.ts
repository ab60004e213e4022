import { describe, expect, it } from 'vitest';
import { answer } from './answer.ts';
import { presets } from './presets.ts';
import { moment } from './test-support.ts';
import { parseTopology, type TopologyInput } from './topology.ts';

const ask = (input: TopologyInput, ...argumentList: readonly string[]) =>
  answer(parseTopology(input), argumentList, moment);
const mig = presets['a100x4-mig'];

describe('nvidia-smi', () => {
  it('lists GPU instances in the layout of the real tool', () => {
    expect(ask(mig, 'mig', '-lgi').stdout).toBe(
      `+-------------------------------------------------------+
| GPU instances:                                        |
| GPU   Name             Profile  Instance   Placement  |
|                          ID       ID       Start:Size |
|=======================================================|
|   3  MIG 1g.5gb          19        9          2:1     |
+-------------------------------------------------------+
|   3  MIG 1g.5gb          19       10          3:1     |
+-------------------------------------------------------+
|   3  MIG 2g.10gb         14        3          0:2     |
+-------------------------------------------------------+
|   3  MIG 3g.20gb          9        2          4:4     |
+-------------------------------------------------------+
`,
    );
  });

  it('widens the name column of that list as newer drivers do', () => {
    const { stdout } = ask({ ...mig, driverVersion: '590.48.01' }, 'mig', '-lgi');
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(`+${'-'.repeat(57)}+`);
    expect(lines[2]).toBe('| GPU   Name               Profile  Instance   Placement  |');
    expect(new Set(lines.slice(0, -1).map((line) => line.length))).toEqual(new Set([59]));
  });

  it('keeps every line of its tables equally wide', () => {
    for (const command of ['-lgi', '-lci', '-lgip']) {
      const widths = ask(mig, 'mig', command)
        .stdout.trimEnd()
        .split('\n')
        .map((line) => line.length);
      expect(new Set(widths).size, command).toBe(1);
    }
    for (const preset of Object.values(presets)) {
      const lines = ask(preset).stdout.split('\n');
      const framed = lines.filter((line) => /^[+|]/u.test(line));
      expect(framed.every((line) => line.length === 91)).toBe(true);
    }
  });

  it('says how many more instances of each profile fit', () => {
    const free = ask(
      {
        devices: [
          {
            index: 0,
            model: 'NVIDIA H100 80GB HBM3',
            migMode: 'enabled',
            migInstances: [
              { profile: '3g.40gb', gpuInstanceId: 2, placement: { start: 4, size: 4 } },
            ],
          },
        ],
      },
      'mig',
      '-lgip',
    ).stdout.matchAll(/MIG (\S+)\s+\d+\s+(\d\/\d)\s+(\d+\.\d\d)/gu);
    expect(Array.from(free, ([, name, count, memory]) => [name, count, memory])).toEqual([
      ['1g.10gb', '4/7', '9.75'],
      ['1g.10gb+me', '1/1', '9.75'],
      ['1g.20gb', '2/4', '19.62'],
      ['2g.20gb', '2/3', '19.62'],
      ['3g.40gb', '1/2', '39.50'],
      ['4g.40gb', '1/1', '39.50'],
      ['7g.80gb', '0/1', '79.25'],
    ]);
  });

  it('answers with the real texts and codes when there is nothing to show', () => {
    expect(ask(presets.none, '-L')).toEqual({ stdout: 'No devices were found\n', exitCode: 6 });
    expect(ask(presets.h100x8, 'mig', '-lgi')).toEqual({
      stdout: 'No MIG-enabled devices found.\n',
      exitCode: 6,
    });
    expect(ask(mig, '-L', '-i', '9')).toEqual({ stdout: 'No devices were found\n', exitCode: 6 });
    const failing = ask({ ...mig, mode: 'failing' }, '-L');
    expect(failing.exitCode).toBe(9);
    expect(failing.stdout).toContain("couldn't communicate with the NVIDIA driver");
  });

  it('refuses unknown properties, formats and arguments with code 2', () => {
    expect(ask(mig, '--query-gpu=index,cuda_version', '--format=csv')).toEqual({
      stdout: 'Field "cuda_version" is not a valid field to query.\n\n',
      exitCode: 2,
    });
    expect(ask(mig, '--query-gpu=index', '--format=json').exitCode).toBe(2);
    expect(ask(mig, '--query-gpu=index').exitCode).toBe(2);
    expect(ask(mig, '--frobnicate').exitCode).toBe(2);
  });

  it('prints unknown figures of a partitioned GPU as not available, never as zero', () => {
    const fields =
      'index,utilization.gpu,utilization.memory,remapped_rows.pending,mig.mode.current';
    expect(ask(mig, `--query-gpu=${fields}`, '--format=csv,noheader', '-i', '2,3').stdout).toBe(
      '2, 0 %, 0 %, No, Disabled\n3, [N/A], [N/A], [N/A], Enabled\n',
    );
    expect(ask(mig, '-q', '-x', '-i', '3').stdout).toContain('<gpu_util>N/A</gpu_util>');
  });

  it('selects devices by index, UUID and bus id, and still counts all of them', () => {
    const [, second] = parseTopology(mig).devices;
    for (const id of ['1', second?.uuid ?? '', second?.pciBusId ?? '', '0F:00.0']) {
      const { stdout } = ask(mig, '-q', '-x', '--id', id);
      expect(stdout.match(/<gpu id/gu)).toHaveLength(1);
      expect(stdout).toContain('<attached_gpus>4</attached_gpus>');
      expect(stdout).toContain(`<uuid>${second?.uuid}</uuid>`);
    }
  });

  it('connects the eight H100 by NVLink and their halves to two NUMA nodes', () => {
    const lines = ask(presets.h100x8, 'topo', '-m').stdout.split('\n');
    expect(lines[1]).toBe(
      'GPU0\t X \tNV18\tNV18\tNV18\tNV18\tNV18\tNV18\tNV18\t0-55,112-167\t0\t\tN/A',
    );
    expect(lines[5]?.split('\t').at(-3)).toBe('1');
  });

  it('tells switches, root ports, host bridges and NUMA nodes apart', () => {
    const row = (preset: TopologyInput, gpu: number): string =>
      ask(preset, 'topo', '-m').stdout.split('\n')[gpu + 1] ?? '';
    expect(row(presets.l40sx8, 0)).toBe(
      'GPU0\t X \tPIX\tPXB\tPXB\tSYS\tSYS\tSYS\tSYS\t0-31,64-95\t0\t\tN/A',
    );
    expect(row(presets.l40sx8, 5)).toContain('SYS\tPIX\t X \tNODE\tNODE');
    expect(row(presets['h100-pcie-x2'], 0)).toContain(' X \tNODE\t');
    expect(row(presets.a100x8, 0)).toContain(' X \tNV12\tNV12');
    expect(row(presets.a100x1, 0)).toBe('GPU0\t X \t0-31\t0\t\tN/A');
    expect(
      row({ devices: [0, 1].map((index) => ({ index, model: 'x', pcie: { hostBridge: 0 } })) }, 0),
    ).toContain(' X \tPHB\t');
  });

  it('lists NVLinks with their speed, without those that lead nowhere', () => {
    const links = (preset: TopologyInput, ...words: readonly string[]): string[] =>
      ask(preset, 'nvlink', ...words).stdout.split('\n');
    expect(links(presets.h100x8, '-s', '-i', '7').slice(1, -1)).toEqual(
      Array.from({ length: 18 }, (_, link) => `\t Link ${link}: 26.562 GB/s`),
    );
    expect(links(mig, '-s').filter((line) => line.includes('inactive'))).toEqual([]);
    expect(links(mig, '-s', '-i', '3')[1]).toBe(
      'Nvlink queries are not supported for Devices in MIG mode',
    );
    expect(links(presets.a100x1, '-s')[12]).toBe('\t Link 11: <inactive>');
    expect(links(presets.l40sx2, '-s')[1]).toBe('Device does not have or support Nvlink');
    expect(links(presets.a100x8, '-c')[1]).toBe('\t Link 0, P2P is supported: true');
  });
});
