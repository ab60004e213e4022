import { ds01Error } from '@ds01/contracts';
import { parseDeviceList } from './device-list.ts';
import { createInMemoryProbe } from './in-memory-probe.ts';
import { joinInventory } from './join-inventory.ts';
import { describeProbeContract } from './probe.contract.ts';
import { migHost } from './fixtures/mig-host.ts';
import { parseGpuInstances } from './gpu-instances.ts';
import { parseQueryXml } from './query-xml.ts';

const two = joinInventory({
  list: parseDeviceList(migHost.list),
  host: parseQueryXml(migHost.xml),
  gpuInstances: parseGpuInstances(migHost.gpuInstances),
  topology: null,
});

describeProbeContract('the probe in memory', async () => {
  const probe = createInMemoryProbe(two);
  return {
    probe,
    showTwo: async () => probe.set(two),
    showNone: async () => probe.set({ driverVersion: null, devices: [], links: [] }),
    breakDown: async () =>
      probe.fail(ds01Error('gpu.probe-failed', { message: 'The GPUs could not be read.' })),
    dispose: async () => undefined,
  };
});
