import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { presets } from '../presets.ts';
import { containerScript } from '../script/container-script.ts';
import { run, temporaryDirectory } from '../test-support.ts';
import { parseTopology } from '../topology.ts';
import { isUnderMount, mountsBelow } from './mount-info.ts';
import { openDirectoryInside, openMountPoint } from './mount-point.ts';
import { parseConfig, parseState } from './oci.ts';
import { requestedDevices } from './request.ts';
import { visibleTopology } from './visible-topology.ts';

const host = parseTopology(presets['a100x4-mig']);
const uuid = (index: number): string => host.devices[index]?.uuid ?? '';
const migUuid = (index: number): string => host.devices[3]?.migInstances[index]?.uuid ?? '';

const insideOf = (value: string, ...argumentList: readonly string[]) => {
  const result = visibleTopology(host, requestedDevices([`NVIDIA_VISIBLE_DEVICES=${value}`]));
  if (!result.ok) throw new Error(`unknown: ${result.unknownDevice}`);
  using directory = temporaryDirectory();
  const script = join(directory.path, 'nvidia-smi');
  writeFileSync(script, containerScript(result.topology), { mode: 0o755 });
  return run(script, argumentList);
};

describe('the request of a container', () => {
  it('is the last NVIDIA_VISIBLE_DEVICES of its environment', () => {
    expect(
      requestedDevices([
        'NVIDIA_VISIBLE_DEVICES=all',
        'X=NVIDIA_VISIBLE_DEVICES=3',
        'NVIDIA_VISIBLE_DEVICES=0, 0:1',
      ]),
    ).toEqual({ kind: 'list', ids: ['0', '0:1'] });
    expect(requestedDevices(['NVIDIA_VISIBLE_DEVICES=all'])).toEqual({ kind: 'all' });
  });

  it('is nothing if the variable is missing, empty, void or none', () => {
    for (const environment of [
      [],
      ...['', 'void', 'none'].map((v) => [`NVIDIA_VISIBLE_DEVICES=${v}`]),
    ]) {
      expect(requestedDevices(environment)).toEqual({ kind: 'none' });
    }
  });
});

describe('what a container sees', () => {
  it('is only its GPUs, numbered from 0 in the order of the host', () => {
    const { stdout } = insideOf(`${uuid(2)},${uuid(1)}`, '-L');
    expect(stdout).toBe(
      `GPU 0: NVIDIA A100-SXM4-40GB (UUID: ${uuid(1)})\nGPU 1: NVIDIA A100-SXM4-40GB (UUID: ${uuid(2)})\n`,
    );
    expect(insideOf('1,2', '-L').stdout).toBe(stdout);
  });

  it('is of a partitioned GPU only the leased MIG device, as device 0', () => {
    const { stdout } = insideOf(migUuid(2), '-L');
    expect(stdout).toBe(
      `GPU 0: NVIDIA A100-SXM4-40GB (UUID: ${uuid(3)})\n  MIG 1g.5gb      Device  0: (UUID: ${migUuid(2)})\n`,
    );
    expect(insideOf('3:2', '-L').stdout).toBe(stdout);
  });

  it('is everything for all, and all MIG devices of a GPU that is given whole', () => {
    expect(insideOf('all', '-L').stdout.split('\n')).toHaveLength(9);
    expect(insideOf('3', '-L').stdout.match(/Device/gu)).toHaveLength(4);
  });

  it('has table, document and queries about these devices, and says what it does not answer', () => {
    const fields = 'index,uuid,name,memory.total,mig.mode.current';
    expect(insideOf(uuid(1), `--query-gpu=${fields}`, '--format=csv,noheader').stdout).toBe(
      `0, ${uuid(1)}, NVIDIA A100-SXM4-40GB, 40960 MiB, Disabled\n`,
    );
    expect(insideOf(uuid(1), '--query-gpu=timestamp,index', '--format=csv').stdout).toMatch(
      /^timestamp, index\n\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{3}, 0\n$/u,
    );
    expect(insideOf(uuid(1)).stdout).toContain('|   0  NVIDIA A100-SXM4-40GB');
    expect(insideOf(migUuid(1), '-q', '-x').stdout).toContain(
      '<gpu_instance_id>3</gpu_instance_id>',
    );
    expect(insideOf(uuid(1), '--query-gpu=bogus', '--format=csv')).toMatchObject({
      stdout: 'Field "bogus" is not a valid field to query.\n\n',
      exitCode: 2,
    });
    expect(insideOf(uuid(1), 'dmon').exitCode).toBe(2);
  });

  it('holds no name of a device that somebody else has', () => {
    const result = visibleTopology(host, { kind: 'list', ids: [migUuid(2)] });
    const script = result.ok ? containerScript(result.topology) : '';
    const foreign = [uuid(0), uuid(1), uuid(2), migUuid(0), migUuid(1), migUuid(3)];
    expect(foreign.filter((id) => script.includes(id))).toEqual([]);
    expect(script).toContain(migUuid(2));
  });

  it('is refused for a device that the host does not have or has lost', () => {
    const ids = ['GPU-11111111-2222-3333-4444-555555555555', '9', '0:0', 'MIG-x'];
    for (const id of ids) {
      expect(visibleTopology(host, { kind: 'list', ids: [uuid(0), id] })).toEqual({
        ok: false,
        unknownDevice: id,
      });
    }
    const lost = structuredClone(host);
    if (lost.devices[0] !== undefined) lost.devices[0].health.lost = true;
    expect(visibleTopology(lost, { kind: 'list', ids: ['0'] }).ok).toBe(false);
  });
});

describe('the documents of the OCI runtime', () => {
  it('give pid, root and environment, the root also relative to the bundle', () => {
    expect(parseState('{"id":"x","pid":12,"bundle":"/run/b"}')).toEqual({
      pid: 12,
      bundle: '/run/b',
    });
    const config = { root: { path: 'rootfs' }, process: { env: ['A=1', 2] } };
    expect(parseConfig(JSON.stringify(config), '/run/b')).toEqual({
      rootPath: '/run/b/rootfs',
      environment: ['A=1'],
    });
  });

  it('are refused without pid, bundle or root', () => {
    expect(() => parseState('{"pid":0,"bundle":"/b"}')).toThrow('no pid');
    expect(() => parseState('{"pid":1}')).toThrow('no bundle');
    expect(() => parseConfig('{}', '/b')).toThrow('no root path');
    expect(() => parseConfig('null', '/b')).toThrow('not an object');
  });
});

describe('the place of the tool in an image', () => {
  const inRoot = <Result>(
    build: (root: string) => void,
    use: (descriptor: number, root: string) => Result,
  ): Result => {
    using directory = temporaryDirectory();
    const root = join(directory.path, 'root');
    mkdirSync(root);
    mkdirSync(join(directory.path, 'outside/bin'), { recursive: true });
    build(root);
    const descriptor = openSync(root, 'r');
    try {
      return use(descriptor, root);
    } finally {
      closeSync(descriptor);
    }
  };

  const pathOf = (descriptor: number, mounts: readonly string[] = []): string | undefined => {
    const point = openMountPoint(descriptor, mounts);
    if (point !== undefined) closeSync(point.descriptor);
    return point?.path;
  };

  it('follows the links of merged systems inside the root', () => {
    const found = inRoot(
      (root) => {
        mkdirSync(join(root, 'bin'));
        symlinkSync('.', join(root, 'usr'));
      },
      (descriptor) => pathOf(descriptor),
    );
    expect(found).toBe('/bin/nvidia-smi');
  });

  it('is never outside the root, whatever the links of the image say', () => {
    const hostile = ['../../outside', '/../../outside', '/proc/self/root', '/usr', 'usr/../usr'];
    for (const target of hostile) {
      inRoot(
        (root) => {
          symlinkSync(target, join(root, 'usr'));
          symlinkSync('/usr/bin', join(root, 'bin'));
        },
        (descriptor, root) => {
          expect(pathOf(descriptor), target).toBeUndefined();
          expect(readdirSync(join(root, '../outside/bin'))).toEqual([]);
        },
      );
    }
    inRoot(
      (root) => {
        mkdirSync(join(root, 'bin'));
        symlinkSync('../../outside', join(root, 'usr'));
      },
      (descriptor, root) => {
        expect(pathOf(descriptor)).toBe('/bin/nvidia-smi');
        expect(readdirSync(join(root, '../outside/bin'))).toEqual([]);
      },
    );
  });

  it('is the file that the image has already, before one is made', () => {
    inRoot(
      (root) => {
        mkdirSync(join(root, 'usr/bin'), { recursive: true });
        mkdirSync(join(root, 'bin'));
        writeFileSync(join(root, 'bin/nvidia-smi'), '');
      },
      (descriptor, root) => {
        expect(pathOf(descriptor)).toBe('/bin/nvidia-smi');
        expect(existsSync(join(root, 'usr/bin/nvidia-smi'))).toBe(false);
      },
    );
  });

  it('is not made in a folder that is mounted from elsewhere, nor over a link or a folder', () => {
    inRoot(
      (root) => {
        for (const path of ['usr/bin', 'usr/local/bin', 'bin/nvidia-smi']) {
          mkdirSync(join(root, path), { recursive: true });
        }
      },
      (descriptor, root) => {
        expect(pathOf(descriptor, ['/usr/bin'])).toBe('/usr/local/bin/nvidia-smi');
        expect(readdirSync(join(root, 'usr/bin'))).toEqual([]);
        expect(pathOf(descriptor, ['/usr'])).toBe('/usr/local/bin/nvidia-smi');
      },
    );
  });

  it('resolves .. at the root to the root, and gives up on loops', () => {
    inRoot(
      (root) => {
        mkdirSync(join(root, 'a/b'), { recursive: true });
        symlinkSync('loop', join(root, 'loop'));
      },
      (descriptor) => {
        const found = openDirectoryInside(descriptor, '/../a/../../a/b');
        expect(found?.path).toBe('/a/b');
        if (found !== undefined) closeSync(found.descriptor);
        expect(openDirectoryInside(descriptor, '/loop/x')).toBeUndefined();
      },
    );
  });

  it('reads the mounts below a root, blanks in their names included', () => {
    const info = [
      '36 35 98:0 / /d/merged rw,noatime master:1 - overlay overlay rw',
      String.raw`37 36 98:0 /x /d/merged/my\040data rw - ext4 /dev/sda rw`,
      '38 36 98:0 / /d/merged2/usr rw - ext4 /dev/sda rw',
    ].join('\n');
    expect(mountsBelow(info, '/d/merged')).toEqual(['/my data']);
    expect(isUnderMount('/my data/bin', ['/my data'])).toBe(true);
    expect(isUnderMount('/my database', ['/my data'])).toBe(false);
  });
});
