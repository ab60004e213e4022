import { createScreen, localTime, plainScreen, textWidth } from '@ds01/command-line';
import { describe, expect, test } from 'vitest';
import { entryOf } from '../queue/testing/fake-queue.ts';
import { container, gpusOf, limits } from '../wizard/testing/scripted.ts';
import { motdOf, motdText } from './motd.ts';

const nowMs = Date.parse('2026-11-22T08:00:00Z');
const usage = {
  gpuEquivalents: 1,
  gpuSlots: 1,
  containers: 2,
  runningContainers: 1,
  memoryBytes: 0,
  cpus: null,
  pids: 0,
  workspaceBytes: null,
  dataBytes: null,
  largestLayerBytes: null,
  storageMeasuredAt: null,
};
const base = {
  containers: [
    { ...container('thesis'), gpuEquivalents: 1 },
    { ...container('night', 'stopped'), stopsAt: '2026-11-22T08:12:00Z', stopReason: 'held GPU' },
  ],
  gpus: gpusOf([{ slot: '0', profile: null, state: 'bound' }]),
  limits: limits({ max_gpu_equivalents: 2 }, usage),
  events: [],
  queue: null,
};
const free = { ...base.gpus, totals: { gpuEquivalents: 4, leased: 1, free: 3 } };

describe('the lines at login', () => {
  test('what runs, what one holds, and what ends soon', () => {
    expect(motdText(motdOf({ ...base, gpus: free }), plainScreen, nowMs)).toBe(
      [
        'DS01: 2 containers (1 running), 1 of 2 GPUs yours, 3 GPUs free',
        '  night: 12m left (held GPU)',
      ].join('\n'),
    );
  });

  test('what one waits for, and first of all what is kept for one now', () => {
    const waiting = entryOf({ estimatedStartAt: '2026-11-22T08:35:00Z' });
    const granted = entryOf({
      state: 'granted',
      position: null,
      container: 'poster',
      slots: ['0'],
      claimUntil: '2026-11-22T08:01:30Z',
    });
    const others = entryOf({ own: false, container: null });
    const queue = {
      entries: [granted, waiting, others],
      draining: null,
      held: null,
      nextCursor: null,
    };
    const clock = localTime('2026-11-22T08:35:00Z').slice(11, 16);
    expect(
      motdText(motdOf({ ...base, containers: [], gpus: free, queue }), plainScreen, nowMs),
    ).toBe(
      [
        'DS01: 3 GPUs free, 2 waiting, begin with: ds01',
        '! your turn: GPU 0 is kept for poster for 1m 30s: ds01 container deploy poster --wait, with the options it had',
        `  thesis waits for 1 GPU: place 2 of 5, within about 35m (by ${clock})`,
      ].join('\n'),
    );
  });

  test('with nothing there it says how to begin', () => {
    const none = motdOf({ ...base, containers: [], gpus: free });
    expect(motdText(none, plainScreen, nowMs)).toBe('DS01: 3 GPUs free, begin with: ds01');
  });

  test('a lost GPU and memory that runs out are alerts', () => {
    const [device] = gpusOf([{ slot: '1:0', profile: '1g.10gb', state: 'lost' }]).devices;
    const lost = device?.slots.map((slot) => ({ ...slot, container: 'thesis' })) ?? [];
    const { alerts } = motdOf({
      ...base,
      gpus: { ...free, devices: device === undefined ? [] : [{ ...device, slots: lost }] },
      limits: limits({ 'aggregate.memory_max': '10g' }, { ...usage, memoryBytes: 9 * 2 ** 30 }),
    });
    expect(alerts).toEqual([
      'GPU 1:0 of thesis is lost: ds01 container start thesis --recreate',
      'Memory nearly all used, 9 GiB of 10 GiB: ds01 check-limits',
    ]);
  });

  test('what a rule stopped meanwhile is an alert, until it is started again', () => {
    const stop = (name: string) => ({
      id: 1,
      at: '2026-11-22T03:04:05.000Z',
      type: 'lifecycle.idle-stopped',
      user: 'alice',
      container: container(name).dockerName,
      containerId: null,
      message: 'An idle container was stopped.',
      details: {},
    });
    expect(motdOf({ ...base, events: [stop('night'), stop('thesis')] }).alerts).toEqual([
      'night was stopped 2026-11-22 03:04 UTC (idle): ds01 container start night',
    ]);
  });

  test('a day with many endings takes six lines, and 40 columns are enough', () => {
    const containers = Array.from({ length: 9 }, (_, index) => ({
      ...container(`a-rather-long-name-${index}`),
      stopsAt: '2026-11-23T08:00:00Z',
      stopReason: 'the longest runtime that is allowed',
    }));
    const screen = createScreen({ stream: { isTTY: true, columns: 40 }, env: {}, colors: true });
    const lines = motdText(motdOf({ ...base, containers }), screen, nowMs).split('\n');
    expect(lines).toHaveLength(6);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(40);
  });

  test('GPUs that can’t be read take nothing else away', () => {
    const text = motdText(motdOf({ ...base, gpus: null }), plainScreen, nowMs);
    expect(text).toMatch(/^DS01: 2 containers[^]*! the GPUs can’t be read: ds01 doctor/);
    expect(text).not.toContain('free');
  });
});
