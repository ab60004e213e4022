import type { ContainerEngine } from '@ds01/ports';
import { z } from 'zod';
import type { EngineApi } from './api.ts';

const infoSchema = z.object({
  ID: z.string(),
  DockerRootDir: z.string(),
  ServerVersion: z.string(),
  NCPU: z.number(),
  MemTotal: z.number(),
  CgroupVersion: z.enum(['1', '2']).default('1'),
  CgroupDriver: z.enum(['cgroupfs', 'systemd']).catch('cgroupfs'),
  SwapLimit: z.boolean().default(false),
  DefaultRuntime: z.string().default(''),
  SecurityOptions: z.array(z.string()).nullish(),
  DefaultAddressPools: z.array(z.object({ Base: z.string(), Size: z.number() })).nullish(),
});

/** What the engine says about itself. */
export function createInfoCalls(api: EngineApi): Pick<ContainerEngine, 'info'> {
  return {
    async info(options) {
      const signal = options?.signal;
      const info = await api.read(infoSchema, { method: 'GET', path: '/info', signal });
      const { apiVersion } = await api.version(signal);
      return {
        id: info.ID,
        dataRoot: info.DockerRootDir,
        version: info.ServerVersion,
        apiVersion,
        cpus: info.NCPU,
        memoryBytes: info.MemTotal,
        cgroupVersion: info.CgroupVersion === '2' ? 2 : 1,
        cgroupDriver: info.CgroupDriver,
        limitsSwap: info.SwapLimit,
        defaultRuntime: info.DefaultRuntime,
        hasUserNamespaces: (info.SecurityOptions ?? []).includes('name=userns'),
        addressPools: (info.DefaultAddressPools ?? []).map(({ Base: base, Size: size }) => ({
          base,
          size,
        })),
      };
    },
  };
}
