import type { GpuProbe } from '@ds01/ports';
import { describe, expect, onTestFinished, test } from 'vitest';

/** A probe under test with the means to change what it should see. */
export interface ProbeHarness {
  readonly probe: GpuProbe;
  /** From now on the host has two GPUs without MIG. */
  showTwo(): Promise<void>;
  /** From now on the host has no GPU. */
  showNone(): Promise<void>;
  /** From now on the GPUs can't be read. */
  breakDown(): Promise<void>;
  dispose(): Promise<void>;
}

/** What every `GpuProbe` does, on a harness that starts with two GPUs. */
export function describeProbeContract(name: string, make: () => Promise<ProbeHarness>): void {
  const start = async (): Promise<ProbeHarness> => {
    const harness = await make();
    onTestFinished(() => harness.dispose());
    return harness;
  };

  describe(`the GPU probe contract holds for ${name}`, () => {
    test('devices are in order of index, each with an identity of its own', async () => {
      const { probe } = await start();
      const { devices } = await probe.read();
      expect(devices.map((device) => device.index)).toEqual([0, 1]);
      expect(new Set(devices.map((device) => device.uuid)).size).toBe(2);
    });

    test('readers at the same time get the same reading', async () => {
      const { probe } = await start();
      const [one, two] = await Promise.all([probe.read(), probe.read()]);
      expect(one).toEqual(two);
    });

    test('a fresh reading sees what has changed', async () => {
      const harness = await start();
      await harness.probe.read();
      await harness.showNone();
      expect((await harness.probe.read({ fresh: true })).devices).toEqual([]);
      await harness.showTwo();
      expect((await harness.probe.read({ fresh: true })).devices).toHaveLength(2);
    });

    test('GPUs that can’t be read are gpu.probe-failed until they can', async () => {
      const harness = await start();
      await harness.probe.read();
      await harness.breakDown();
      await expect(harness.probe.read({ fresh: true })).rejects.toMatchObject({
        code: 'gpu.probe-failed',
      });
      await harness.showTwo();
      expect((await harness.probe.read()).devices).toHaveLength(2);
    });

    test('an aborted reader gets operation.interrupted and harms nobody', async () => {
      const { probe } = await start();
      const interrupted = probe.read({ signal: AbortSignal.abort() });
      const patient = probe.read();
      await expect(interrupted).rejects.toMatchObject({ code: 'operation.interrupted' });
      expect((await patient).devices).toHaveLength(2);
    });
  });
}
