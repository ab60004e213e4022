import { readFileSync, statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { ContainerId } from '@ds01/contracts';
import type { ActivityMeter, ActivityReading, ActivityTarget, SteadyClock } from '@ds01/ports';
import { containerFolder } from '../cgroups/container-folder.ts';
import type { CgroupFacts } from '../cgroups/user-cgroups.ts';
import {
  networkNamespaceOf,
  watchContainer,
  type ContainerWatch,
  type WatchedReading,
} from './container-watch.ts';
import { findContainerFolders } from './find-folders.ts';

/** Where to read. */
export interface ActivityMeterOptions {
  readonly detect: () => Promise<CgroupFacts>;
  readonly clock: Pick<SteadyClock, 'bootMs'>;
  /** Where the cgroup file systems are mounted; `/sys/fs/cgroup` unless given. */
  readonly mount?: string;
  /** Where the process file system is mounted; `/proc` unless given. */
  readonly processes?: string;
}

/** Descriptors that a watched container takes at most. */
const descriptorsEach = 8;

interface Watched {
  readonly watch: ContainerWatch;
  readonly folder: string;
}

interface Found {
  readonly id: ContainerId;
  readonly atMs: number;
  readonly reading: WatchedReading;
}

/**
 * Measures by files of the kernel (kernel documentation: cgroup-v1 cpuacct, memory, pids; cgroup-v2;
 * proc(5)), read one after the other without a wait: that takes a third of the time of a pool of
 * threads. Files of containers that are asked for again stay open.
 */
export function createActivityMeter(
  options: ActivityMeterOptions,
): ActivityMeter & { close(): void } {
  const { detect, clock, mount = '/sys/fs/cgroup', processes = '/proc' } = options;
  const watched = new Map<ContainerId, Watched>();
  const room = Math.floor(openFilesLimit() / 2 / descriptorsEach);
  const drop = (id: ContainerId): void => {
    watched.get(id)?.watch.close();
    watched.delete(id);
  };
  const watchAt = (facts: CgroupFacts, folder: string): ContainerWatch =>
    watchContainer({
      mount,
      processes,
      version: facts.version,
      folder,
      keepOpen: watched.size < room,
      hostTerminals: deviceOf('/dev/pts'),
    });
  const look = (id: ContainerId, folder: string, facts: CgroupFacts): WatchedReading | null => {
    if (watched.get(id)?.folder !== folder) drop(id);
    const watch = watched.get(id)?.watch ?? watchAt(facts, folder);
    const reading = watch.read();
    if (reading === null || watched.size >= room) {
      if (watched.has(id)) drop(id);
      else watch.close();
    } else watched.set(id, { watch, folder });
    return reading;
  };
  return {
    async read(targets) {
      const facts = await detect();
      const wanted = new Set(targets.map(({ id }) => id));
      for (const id of watched.keys()) if (!wanted.has(id)) drop(id);
      const startMs = clock.bootMs();
      const began = performance.now();
      const nowMs = (): number => startMs + Math.round(performance.now() - began);
      const tree = facts.version === 2 ? mount : `${mount}/pids`;
      let elsewhere: ReadonlyMap<string, string> | null = null;
      const lookForIt = (target: ActivityTarget): WatchedReading | null => {
        const known = watched.get(target.id)?.folder ?? expectedFolder(target, facts);
        const reading = known === null ? null : look(target.id, known, facts);
        if (reading !== null) return reading;
        elsewhere ??= findContainerFolders(tree);
        const folder = elsewhere.get(target.id);
        return folder === undefined || folder === known ? null : look(target.id, folder, facts);
      };
      const found = targets.flatMap((target): Found[] => {
        const reading = lookForIt(target);
        return reading === null ? [] : [{ id: target.id, atMs: nowMs(), reading }];
      });
      return readingsOf(found, hostNetworks(processes));
    },
    close() {
      for (const id of watched.keys()) drop(id);
    },
  };
}

/** `null` where the parent is no plain path. */
function expectedFolder(target: ActivityTarget, { driver }: CgroupFacts): string | null {
  const folder = containerFolder(driver, target);
  return folder.startsWith('/') && !folder.split('/').includes('..') ? folder : null;
}

/** Networks that are no container's own: the first process's and this one's. */
function hostNetworks(processes: string): ReadonlySet<number | null> {
  return new Set([
    null,
    networkNamespaceOf(`${processes}/1`),
    networkNamespaceOf(`${processes}/self`),
  ]);
}

/** What passes in a network that several share is its owner's: who was there first. */
function readingsOf(
  found: readonly Found[],
  hosts: ReadonlySet<number | null>,
): ReadonlyMap<ContainerId, ActivityReading> {
  const owners = new Map<number, Found>();
  for (const candidate of found) {
    const { network } = candidate.reading;
    if (network === null || hosts.has(network)) continue;
    const other = owners.get(network);
    if (other === undefined || candidate.reading.startTicks < other.reading.startTicks)
      owners.set(network, candidate);
  }
  return new Map(
    found.map((each) => {
      const { network, startTicks: _, networkBytes, ...reading } = each.reading;
      const isOwn = network !== null && owners.get(network) === each;
      return [each.id, { ...reading, atMs: each.atMs, networkBytes: isOwn ? networkBytes : null }];
    }),
  );
}

function deviceOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.dev ?? null;
}

/** How many files this process may have open (proc(5): `limits`); a careful guess when it can't be told. */
function openFilesLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  return soft === 'unlimited' ? 65_536 : Math.min(65_536, Number(soft ?? 1024));
}
