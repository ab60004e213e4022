import { describe, expect, it } from 'vitest';
import { answer } from './answer.ts';
import { setDriver } from './control/driver.ts';
import { presets } from './presets.ts';
import { moment } from './test-support.ts';
import { parseTopology, type Topology } from './topology.ts';

const hostWith = (driver: string, alter: (topology: Topology) => void = () => undefined) => {
  const topology = parseTopology(presets['a100x4-mig']);
  setDriver(topology, driver);
  alter(topology);
  return topology;
};

const ask = (topology: Topology, ...argumentList: readonly string[]) =>
  answer(topology, argumentList, moment);

const lose = (topology: Topology): void => {
  const [, second] = topology.devices;
  if (second !== undefined) second.health.lost = true;
};

const needReset = (topology: Topology): void => {
  const [first] = topology.devices;
  if (first !== undefined) first.health.recoveryAction = 'Reset';
};

describe('a driver generation', () => {
  it.each([
    ['v11', 'nvsmi_device_v11.dtd', '<power_readings>', '<clocks_throttle_reasons>'],
    ['v12', 'nvsmi_device_v12.dtd', '<gpu_power_readings>', '<reset_required>No<'],
    ['v13', 'nvsmi_device_v13.dtd', '<gpu_recovery_action>None<', '<instant_power_draw>'],
  ])('%s has its document type and its elements', (driver, ...expected) => {
    const { stdout } = ask(hostWith(driver), '-q', '-x');
    for (const text of expected) expect(stdout).toContain(text);
  });

  it('has no elements of later ones', () => {
    const document = (driver: string) => ask(hostWith(driver), '-q', '-x', '-i', '0').stdout;
    expect(document('v11')).not.toMatch(/addressing_mode|jpeg_util|reset_required|gpu_power_/u);
    expect(document('v12')).not.toMatch(/gpu_recovery_action|clocks_throttle|average_power_draw/u);
    expect(document('v13')).not.toMatch(/gpu_reset_status|<sram_uncorrectable>/u);
  });

  it('before R470 has no brand in names, and MIG UUIDs made of the GPU’s', () => {
    const lines = ask(hostWith('legacy'), '-L').stdout.split('\n');
    const uuid = lines[3]?.match(/GPU-[\da-f-]+/u)?.[0];
    expect(lines[3]).toBe(`GPU 3: A100-SXM4-40GB (UUID: ${uuid})`);
    expect(lines[4]).toBe(`  MIG 3g.20gb Device 0: (UUID: MIG-${uuid}/2/0)`);
    const back = hostWith('legacy', (topology) => setDriver(topology, 'v12'));
    expect(back).toEqual(hostWith('v12'));
  });

  it('says what it can’t tell in its own word', () => {
    const speed = (driver: string) =>
      ask(hostWith(driver), '--query-gpu=fan.speed', '--format=csv,noheader', '-i', '0').stdout;
    expect([speed('418.226.00'), speed('v11'), speed('v13')]).toEqual([
      '[Not Supported]\n',
      '[N/A]\n',
      '[N/A]\n',
    ]);
  });

  it('knows only the properties of its time', () => {
    const codes = (field: string) =>
      ['v11', 'v12', 'v13'].map(
        (driver) => ask(hostWith(driver), `--query-gpu=${field}`, '--format=csv').exitCode,
      );
    expect(codes('gpu_recovery_action')).toEqual([2, 2, 0]);
    expect(codes('reset_status.reset_required')).toEqual([2, 0, 2]);
    expect(codes('clocks_throttle_reasons.active')).toEqual([0, 0, 0]);
    const head = (driver: string) =>
      ask(hostWith(driver), '--query-gpu=clocks_event_reasons.active', '--format=csv').stdout;
    expect(head('v11')).toMatch(/^clocks_throttle_reasons\.active\n/u);
    expect(head('v12')).toMatch(/^clocks_event_reasons\.active\n/u);
  });

  it('asks for a reset in its own field', () => {
    const document = (driver: string) => ask(hostWith(driver, needReset), '-q', '-x').stdout;
    expect(document('v12')).toContain('<reset_required>Yes</reset_required>');
    expect(document('575.51.02')).toContain('<gpu_recovery_action>Reset</gpu_recovery_action>');
    expect(document('575.51.02')).toContain('<reset_required>Requested functionality has been');
    expect(document('v13')).toContain('<gpu_recovery_action>Reset</gpu_recovery_action>');
  });

  it.each([
    ['v11', 'GPU 0000:0F:00.0: GPU is lost.  Reboot the system to recover this GPU', 15, false],
    ['535.129.03', 'GPU0000:0F:00.0: Unknown Error', 255, false],
    ['v12', 'GPU1: 0000:0F:00.0: Unknown Error', 255, true],
  ] as const)('%s tells of a lost GPU in its own words', (driver, subject, exitCode, goesOn) => {
    const host = hostWith(driver, lose);
    const line = `Unable to determine the device handle for ${subject}\n`;
    for (const words of [['-L'], ['-q', '-x'], [], ['--query-gpu=index', '--format=csv']]) {
      const printed = ask(host, ...words);
      expect(printed.exitCode).toBe(exitCode);
      expect(printed.stdout).toContain(line);
      expect(printed.stdout.replace(line, '')).not.toContain('0F:00.0');
    }
    expect(ask(host, '-L').stdout.includes('GPU 3:')).toBe(goesOn);
    expect(ask(host, '-q', '-x').stdout.includes('</nvidia_smi_log>')).toBe(goesOn);
    expect(ask(host, '-L', '-i', '3')).toMatchObject({ exitCode: 0 });
  });

  it('prints each figure of a lost GPU as lost while it still has a handle', () => {
    const host = hostWith('v12', (topology) => {
      lose(topology);
      const [, second] = topology.devices;
      if (second !== undefined) second.health.lostForm = 'values';
    });
    const query = ask(host, '--query-gpu=index,uuid,memory.used', '--format=csv,noheader');
    expect(query.stdout.split('\n')[1]).toBe('1, [GPU is lost], [GPU is lost]');
    expect(ask(host, '-q', '-x', '-i', '1').stdout).toContain('<uuid>GPU is lost</uuid>');
  });

  it('refuses words that are no driver', () => {
    expect(() => hostWith('v14')).toThrow('not a driver: v14');
  });
});
