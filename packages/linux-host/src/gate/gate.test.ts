import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { containerIdSchema, leaseIdSchema, slotUuidSchema } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGrants } from '../grants.ts';
import { identifyProcess } from './process-identity.ts';

const program = new URL('./main.ts', import.meta.url).pathname;
const containerId = containerIdSchema.parse('ab'.repeat(32));
const leaseId = leaseIdSchema.parse(`l${'0'.repeat(20)}`);
const [first, second] = [slotUuidSchema.parse('GPU-1'), slotUuidSchema.parse('GPU-2')];

let folder = '';
let engineDirectory = '';
let container: ChildProcess;

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ds01-gate-`);
  engineDirectory = `${folder}/engine`;
  mkdirSync(engineDirectory);
  mkdirSync(`${folder}/bundle`);
  container = spawn('sleep', ['1000'], { stdio: 'ignore' });
  writeSettings({ mode: 'enforce', next: null });
  writeBundle(['PATH=/bin', 'NVIDIA_VISIBLE_DEVICES=all', 'NVIDIA_VISIBLE_DEVICES=GPU-1,GPU-2']);
});

afterEach(async () => {
  await endContainer();
  rmSync(folder, { recursive: true, force: true });
});

async function endContainer(): Promise<void> {
  if (container.exitCode !== null || container.signalCode !== null) return;
  const ended = once(container, 'exit');
  container.kill('SIGKILL');
  await ended;
}

function writeSettings(settings: object): void {
  writeFileSync(`${engineDirectory}/gate.json`, JSON.stringify(settings));
}

function writeBundle(env: readonly string[], dockerName = '/thesis._.alice'): void {
  writeFileSync(`${folder}/config.v2.json`, JSON.stringify({ Name: dockerName }));
  const mounts = [{ destination: '/etc/hostname', source: `${folder}/hostname` }];
  writeFileSync(`${folder}/bundle/config.json`, JSON.stringify({ process: { env }, mounts }));
}

function start(change: object = {}): { readonly status: number | null; readonly stderr: string } {
  const state = { id: containerId, pid: container.pid, bundle: `${folder}/bundle`, ...change };
  return spawnSync(process.execPath, [program, '--engine-dir', engineDirectory, 'prestart'], {
    input: JSON.stringify(state),
    encoding: 'utf8',
  });
}

const grants = () => createGrants({ engineDirectory, ledger: 'ours' });
const grant = (devices = [first, second]) =>
  grants().write({ containerId, leaseId, token: 1, devices });
const free = (devices = [first, second]) => grants().publishFreeDevices(devices);

describe('the gate', () => {
  test('refuses a container without a grant in one line that names the command to type', () => {
    expect(start()).toMatchObject({
      status: 1,
      stderr: 'ds01: this container has no GPU lease; start it with: ds01 container start thesis\n',
    });
    expect(readdirSync(`${engineDirectory}/passes`)).toEqual([]);
  });

  test('says of a container with a foreign name that ds01 did not make it', () => {
    writeBundle(['NVIDIA_VISIBLE_DEVICES=GPU-1'], '/jupyter');
    expect(start().stderr).toMatch(/^ds01: this container has no GPU lease and was not made by/);
  });

  test('lets a granted container pass whatever the order of its devices', () => {
    grant([second, first]);
    expect(start()).toMatchObject({ status: 0, stderr: '' });
  });

  test('refuses devices other than the granted ones', () => {
    grant([first]);
    expect(start()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^ds01: .*\(GPU-1\)/),
    });
  });

  test('goes by the last NVIDIA_VISIBLE_DEVICES, as the next hook does', () => {
    grant();
    writeBundle(['NVIDIA_VISIBLE_DEVICES=GPU-1,GPU-2', 'NVIDIA_VISIBLE_DEVICES=all']);
    expect(start().status).toBe(1);
  });

  test('runs the next hook with the same arguments and input and hands on its outcome', () => {
    grant();
    const next = `${folder}/next`;
    writeFileSync(next, '#!/bin/sh\nprintf "%s:" "$@" >&2; cat >&2; exit 7\n');
    chmodSync(next, 0o755);
    writeSettings({ mode: 'enforce', next });
    const { status, stderr } = start({ annotations: { kept: 'as it is' } });
    expect(status).toBe(7);
    expect(stderr).toMatch(/^prestart:\{"id":"abab.*"kept":"as it is"\}\}$/);
  });

  test.each([
    ['settings that are missing', () => rmSync(`${engineDirectory}/gate.json`)],
    ['settings that are no JSON', () => writeFileSync(`${engineDirectory}/gate.json`, '{"mode"')],
    ['an unknown mode', () => writeSettings({ mode: 'open', next: null })],
    ['a next hook that is missing', () => writeSettings({ mode: 'enforce', next: '/no/such' })],
    ['a damaged grant', () => writeFileSync(`${engineDirectory}/grants/${containerId}`, '{"dev')],
    ['an empty grant', () => writeFileSync(`${engineDirectory}/grants/${containerId}`, '')],
    ['a bundle without configuration', () => rmSync(`${folder}/bundle/config.json`)],
    ['no devices named', () => writeBundle(['PATH=/bin'])],
    ['passes that can not be marked', () => writeFileSync(`${engineDirectory}/passes`, '')],
  ])('stays shut with %s', (_, spoil) => {
    grant();
    spoil();
    expect(start()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^ds01: [^\n]+\n$/) });
  });

  test.each([{ id: '../../etc' }, { pid: '1' }, { pid: 2 ** 22 + 1 }, { bundle: null }])(
    'stays shut for the state %o',
    (change) => {
      grant();
      expect(start(change).status).toBe(1);
    },
  );

  test('lets a container through that gets no GPU', () => {
    writeBundle(['NVIDIA_VISIBLE_DEVICES=void']);
    expect(start().status).toBe(0);
  });

  test('in observe mode passes free devices and records it, and refuses the others', () => {
    writeSettings({ mode: 'observe', next: null });
    expect(start().status).toBe(1);
    free([first]);
    expect(start().status).toBe(1);
    free();
    expect(start().status).toBe(0);
    expect(existsSync(`${engineDirectory}/observed/${containerId}`)).toBe(true);
    expect(grants().withdraw(containerId)).toBe('in-use');
  });
});

describe('a grant', () => {
  test('is listed as written, and damaged ones are not', () => {
    grant();
    writeFileSync(`${engineDirectory}/grants/${'cd'.repeat(32)}`, '{');
    expect(grants().list()).toEqual([{ containerId, leaseId, token: 1, devices: [first, second] }]);
  });

  test('stays while the container that it let through is alive, and goes afterwards', async () => {
    grant();
    expect(start().status).toBe(0);
    expect(grants().withdraw(containerId)).toBe('in-use');
    expect(start().status).toBe(0);
    await endContainer();
    expect(grants().withdraw(containerId)).toBe('withdrawn');
    expect(grants().withdraw(containerId)).toBe('absent');
    expect(readdirSync(`${engineDirectory}/passes`)).toEqual([]);
    expect(readdirSync(`${engineDirectory}/vetoes`)).toEqual([]);
  });

  test('is of no use while somebody alive withdraws it', () => {
    grant();
    mkdirSync(`${engineDirectory}/vetoes`);
    const self = identifyProcess(process.pid);
    writeFileSync(`${engineDirectory}/vetoes/${containerId}.${self?.pid}.${self?.startTicks}`, '');
    expect(start().stderr).toMatch(/being taken back/);
    writeFileSync(`${engineDirectory}/vetoes/${containerId}.${self?.pid}.1`, '');
    rmSync(`${engineDirectory}/vetoes/${containerId}.${self?.pid}.${self?.startTicks}`);
    expect(start().status).toBe(0);
  });

  test('is not needed once the gate is set to observe and the devices are free', () => {
    free();
    expect(start().status).toBe(1);
    grants().setGateMode('observe');
    expect(start().status).toBe(0);
    grants().setGateMode('enforce');
    expect(start().status).toBe(1);
  });

  test('is written by the ledger that took the folder over last, and by no other', () => {
    const other = createGrants({ engineDirectory, ledger: 'other' });
    expect(grants().ledger()).toBe('none');
    grants().takeOver();
    expect([grants().ledger(), other.ledger()]).toEqual(['ours', 'other']);
    other.takeOver();
    expect(() => grant()).toThrow(expect.objectContaining({ code: 'ledger.other-engine' }));
  });

  test('that can not be written is an error with a code', () => {
    writeFileSync(`${folder}/file`, '');
    const broken = createGrants({ engineDirectory: `${folder}/file`, ledger: 'ours' });
    expect(() => broken.publishFreeDevices([])).toThrow(
      expect.objectContaining({ code: 'internal.state-unwritable' }),
    );
  });
});

/** Root's right to mount is what the test of a full disk needs. */
function canMount(): boolean {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && process.env['CI'] === 'true') throw new Error('CI must run these tests as root');
  if (!isRoot) process.stderr.write('skipped: a full disk can only be made by root\n');
  return isRoot;
}

describe.skipIf(!canMount())('on a full disk', () => {
  beforeEach(() => {
    spawnSync('mount', ['-n', '-t', 'tmpfs', '-o', 'nr_inodes=8', 'tmpfs', engineDirectory]);
    writeSettings({ mode: 'enforce', next: null });
  });
  afterEach(() => {
    spawnSync('umount', ['-n', '-l', engineDirectory]);
  });

  test('the gate stays shut and a grant that can not be written says why', () => {
    grant();
    let isFull = false;
    for (let number = 0; !isFull; number += 1) {
      try {
        writeFileSync(`${engineDirectory}/filler-${number}`, '');
      } catch {
        isFull = true;
      }
    }
    expect(start()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^ds01: .*ENOSPC/) });
    expect(() => free()).toThrow(expect.objectContaining({ code: 'internal.storage-full' }));
  });
});
