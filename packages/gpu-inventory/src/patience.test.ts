import { describe, expect, test } from 'vitest';
import { createManualClock } from './fixtures/clocks.ts';
import { answeringWith, migHost } from './fixtures/mig-host.ts';
import { createNvidiaSmiProbe } from './nvidia-smi-probe.ts';
import type { CommandRunner } from './run-command.ts';

const path = '/usr/bin/nvidia-smi';

function probeOf(run: CommandRunner) {
  const clock = createManualClock();
  const probe = createNvidiaSmiProbe({ path, timeoutMs: 1000, cacheMs: 500, clock, run });
  return { clock, probe };
}

describe('a caller with little patience', () => {
  const slow = { code: 'gpu.probe-failed', message: 'nvidia-smi did not answer within 100 ms.' };

  function slowHost() {
    const answer = answeringWith(() => migHost);
    const gate = Promise.withResolvers<void>();
    const { probe, clock } = probeOf(async (args) => {
      await gate.promise;
      return answer(args);
    });
    return { probe, clock, recover: (): void => gate.resolve() };
  }

  test('gets the reading when it comes in time', async () => {
    const { probe, recover } = slowHost();
    const reading = probe.read({ patienceMs: 100 });
    recover();
    expect((await reading).devices).toHaveLength(2);
  });

  test('is not kept waiting longer, and the reading goes on for others', async () => {
    const { probe, clock, recover } = slowHost();
    const patient = probe.read();
    const hasty = probe.read({ patienceMs: 100 });
    clock.advance(100);
    await expect(hasty).rejects.toMatchObject(slow);
    recover();
    expect((await patient).devices).toHaveLength(2);
  });

  test('does not wait at all for a reading that took too long already', async () => {
    const { probe, clock, recover } = slowHost();
    const patient = probe.read();
    clock.advance(101);
    const hasty = probe.read({ patienceMs: 100 });
    clock.advance(0);
    await expect(hasty).rejects.toMatchObject(slow);
    recover();
    await patient;
  });

  test('gets at once what a slow reading failed of before, until one succeeds', async () => {
    const clock = createManualClock();
    let isHung = true;
    const answer = answeringWith(() => migHost);
    const run: CommandRunner = async (args) => {
      if (!isHung) return answer(args);
      clock.advance(200);
      return { kind: 'timed-out' };
    };
    const probe = createNvidiaSmiProbe({ path, timeoutMs: 200, cacheMs: 0, clock, run });
    await expect(probe.read()).rejects.toMatchObject({ details: { outcome: 'timed-out' } });
    isHung = false;
    await expect(probe.read({ patienceMs: 100 })).rejects.toMatchObject({
      details: { outcome: 'timed-out' },
    });
    await probe.read();
    expect((await probe.read({ patienceMs: 100 })).devices).toHaveLength(2);
  });
});
