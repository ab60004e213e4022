import { containerIdSchema } from '@ds01/contracts';
import type { HostProcesses, SteadyClock } from '@ds01/ports';
import { identifyProcess } from './gate/process-identity.ts';
import { textOf } from './kernel-files.ts';
import { createLeftBehind } from './left-behind.ts';

/**
 * Processes by their cgroups (`/proc/<pid>/cgroup`, cgroups(7)): the engine's folder is called
 * `<container id>` under the cgroupfs driver, `docker-<container id>.scope` under systemd's. Programs
 * are called as the kernel calls them (`/proc/<pid>/comm`, 15 characters), which shows no arguments.
 */
export function createHostProcesses(
  clock: Pick<SteadyClock, 'nowMs' | 'bootMs'>,
  processes = '/proc',
): HostProcesses {
  const containerOf: HostProcesses['containerOf'] = (pid) => {
    const text = textOf(`${processes}/${pid}/cgroup`);
    const id = text === null ? undefined : containerIdIn(text);
    return id === undefined ? null : containerIdSchema.parse(id);
  };
  return {
    containerOf,
    ...createLeftBehind({
      containerOf,
      ownerOf: (pid) => ownerOf(`${processes}/${pid}`),
      processes,
      patienceMs: 5000,
      letGoMs: 2000,
    }),
    describe(pid) {
      const folder = `${processes}/${pid}`;
      const program = textOf(`${folder}/comm`)?.replace(/\n$/, '');
      const uid = ownerOf(folder);
      const identity = identifyProcess(pid, processes);
      if (program === undefined || uid === null || identity === null) return null;
      const sinceBootMs = (Number(identity.startTicks) / ticksPerSecond) * 1000;
      return {
        pid,
        uid,
        program,
        // Both clocks tick at different moments: to the second the sum is the same every time.
        startedAtMs: Math.round((clock.nowMs() - clock.bootMs() + sinceBootMs) / 1000) * 1000,
      };
    },
  };
}

/**
 * The outermost container in the text of `/proc/<pid>/cgroup`; `undefined` when there is none. Below
 * `/user.slice` people make folders of any name themselves (systemd.resource-control(5), `Delegate`),
 * also of the name of a container.
 */
export function containerIdIn(text: string): string | undefined {
  return /^(?!\d+:[^:]*:\/user\.slice\/).*?[/-]([0-9a-f]{64})(?:\.scope)?(?:\/|$)/m.exec(text)?.[1];
}

/** `USER_HZ`, which is 100 on every machine that GPUs are in (time(7)). */
const ticksPerSecond = 100;

/** Effective uid of a process (proc(5): `status`). */
function ownerOf(folder: string): number | null {
  const digits = /^Uid:\s+\d+\s+(\d+)/m.exec(textOf(`${folder}/status`) ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
