import { chmodSync, closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import {
  createAdapters,
  daemonLockName,
  gateState,
  refuseOpenFolder,
  type Environment,
} from '@ds01/composition';
import { ds01Error } from '@ds01/contracts';
import {
  createLifecycle,
  createOperations,
  createSharedLooks,
  createTurns,
  giveUpBuilds,
  mirrorListing,
  watchLedger,
} from '@ds01/control-plane';
import { createApp } from './app.ts';
import { checkUp } from './watch/check-up.ts';
import { createAudit } from './audit/audit.ts';
import { createLiveSessions } from './sessions/connect-session.ts';
import { createNetworkConnections } from './doors/doors.ts';
import { doorSettings } from './doors/door-settings.ts';
import { createGateKeepers } from './doors/gate-keepers.ts';
import { backlog, createDoorServer } from './doors/http-server.ts';
import { localGreeter } from './doors/local-greeter.ts';
import { listenOnNetwork } from './doors/listen-network.ts';
import { restarting } from './exchange.ts';
import { keepHistory } from './watch/history.ts';
import type { ServerLog } from './log.ts';
import type { Answered } from './metrics/count-requests.ts';
import { createMetrics, timePass } from './metrics/create-metrics.ts';
import { timeEngine } from './metrics/timed-engine.ts';
import { leaveConnections } from './sessions/held-sessions/leave-connections.ts';
import { loadNative, type Native } from './native.ts';
import { createPeers } from './peers.ts';
import { createPeople } from './people.ts';
import { createRequests } from './requests.ts';
import { createSessionKeeper } from './sessions/held-sessions/session-keeper.ts';
import { createSessionNotes } from './sessions/held-sessions/session-notes.ts';
import { createSessionHandler, endingProblem } from './sessions/sessions.ts';
import { startCourier } from './watch/courier.ts';
import { keepWork } from './work/keep-work.ts';
import { watchEngine } from './watch/watch-engine.ts';
import { watchQueue } from './watch/watch-queue.ts';
import { watchStalls } from './watch/watch-stalls.ts';
import { watchStorage } from './watch/watch-storage.ts';

/** A daemon that serves. */
export interface Daemon {
  readonly socketPath: string;
  /**
   * Ends it: no new requests, those under way get time to finish and are undone after that, sessions
   * are told. Containers and the processes in them are never touched.
   */
  stop(): Promise<void>;
}

/** How long requests that are under way may go on when the daemon ends. */
const graceMs = 20_000;
/** How long undoing them may take after that. */
const undoMs = 20_000;
/** How long stops that rules have begun may still take. */
const settleMs = 5000;

/**
 * Opens the ledger and serves at `<run folder>/ds01.sock`. Fails with `access.denied` for anybody but
 * root, and with `daemon.busy` while another daemon has the run or the state folder.
 */
export async function startDaemon(
  environment: Environment,
  options: { readonly version: string; readonly log: ServerLog },
): Promise<Daemon> {
  const { version, log } = options;
  if (environment.uid !== 0) {
    throw ds01Error('access.denied', {
      message: 'The daemon needs root: it opens people’s folders as them.',
      hint: 'sudo ds01d',
    });
  }
  refuseOpenFolder(environment);
  const native = loadNative();
  mkdirSync(environment.runDirectory, { recursive: true, mode: 0o755 });
  mkdirSync(environment.stateDirectory, { recursive: true, mode: 0o700 });
  const unlock = lockFolders(native, [environment.stateDirectory, environment.runDirectory]);
  const adapters = createAdapters(environment, { dryRun: false, logger: log });
  const metrics = createMetrics();
  const own = await adapters.dependencies();
  const engine = timeEngine(own.engine, (call) => metrics.engineCalled(call));
  const mirror = mirrorListing(engine, own.clock);
  const ledger = watchLedger({ ...own, engine: mirror.engine });
  const { dependencies } = ledger;
  // Who holds the folder is the only one: what was being built before is over.
  await giveUpBuilds(dependencies).catch((error: unknown) => {
    log.warn('builds of before are looked at later', { error: String(error) });
  });
  const ending = new AbortController();
  const requests = createRequests();
  const turns = createTurns();
  const looks = createSharedLooks(dependencies.clock, {
    mirror,
    onLook: (look) => metrics.compared({ for: 'reads', ...look }),
  });
  const { signal } = ending;
  const courier = startCourier(dependencies, { log, signal });
  const queue = watchQueue(ledger, { courier, looks, signal });
  const lifecycle = createLifecycle(dependencies, { turns, onWake: () => watch.lookAgain() });
  const watch = watchEngine(dependencies, {
    log,
    signal,
    idle: () => requests.quiet(),
    looks,
    started: (id) => lifecycle.noteStart(id),
    look: async () => {
      const pass = await timePass(metrics, () => lifecycle.pass({ signal }));
      looks.forget();
      courier.wake();
      queue.wake();
      return pass;
    },
  });
  const stalls = watchStalls(dependencies, { lifecycle, courier, signal });
  const gate = () => gateState(environment.engineDirectory);
  const history = keepHistory(dependencies, { version, log, signal: ending.signal });
  const checks = checkUp(dependencies, { gate, log, signal: ending.signal });
  const storage = watchStorage(dependencies, { turns, courier, log, signal });
  const live = createLiveSessions();
  const keeper = createSessionKeeper({
    nowMs: () => dependencies.clock.nowMs(),
    notes: createSessionNotes(environment.stateDirectory, log),
    leaveTo: (descriptors) => leaveConnections(descriptors, log),
  });
  const work = keepWork(dependencies, { ...environment, log, signal });
  const accepting = (): boolean => !ending.signal.aborted;
  const operations = createOperations({
    ...adapters,
    dependencies: async () => dependencies,
    gate,
    version: () => ({ version, node: process.version, mode: 'daemon' }),
    ready: async () => watch.readiness(),
    keeper,
    lifecycle: {
      ...lifecycle,
      status: () => ({ ...lifecycle.status(), stalledSince: stalls.since() }),
      wake: () => {
        courier.wake();
        lifecycle.wake();
      },
    },
    queue,
    work: work.keeper,
    metrics: () =>
      metrics.text({
        deps: dependencies,
        looks,
        lifecycle,
        version,
        isReady: () => watch.readiness().ready,
        requests: () => requests.count,
        sessions: () => live.count,
      }),
    turns,
    looks,
    cancel: (id, person, { dryRun }) => requests.cancel(id, person.owner.uid, { dryRun }),
  });
  const peers = createPeers(native, dependencies.processes);
  const people = createPeople({ ...adapters, clock: dependencies.clock });
  const network = createNetworkConnections();
  const keepers = createGateKeepers(dependencies, { peers, people, network, log, signal });
  const shared = {
    version,
    operations,
    requests,
    accepting,
    log,
    ...keepers,
    onUndone: () => watch.lookAgain(),
    onAnswered: (answered: Answered) => metrics.answered(answered),
    audit: createAudit(environment.stateDirectory, log),
  };
  const app = createApp({ ...shared, live, ...work.forApp });
  const target = {
    fetch: app.fetch,
    onUpgrade: createSessionHandler({ ...shared, live, network }),
  };
  work.takeUp({ ...shared, people });
  const local = createDoorServer(
    { ...target, ...localGreeter(peers) },
    { tls: null, mostConnections: null },
  );
  const socketPath = join(environment.runDirectory, 'ds01.sock');
  await listen(local.server, socketPath);
  log.info('listening', { socket: socketPath, version, pid: process.pid });
  const remote = await listenOnNetwork(doorSettings(dependencies), {
    target,
    network,
    log,
    signal,
  });
  return {
    socketPath,
    async stop() {
      log.info('ending', { requests: requests.count, sessions: live.count });
      ending.abort();
      live.endAll(endingProblem());
      work.keeper.endAtOnce(restarting());
      const tooLong = setTimeout(() => requests.abortAll(restarting()), graceMs);
      const muchTooLong = Promise.withResolvers<void>();
      const last = setTimeout(() => muchTooLong.resolve(), graceMs + undoMs);
      // Still listening: who comes now is told to come again.
      await Promise.race([requests.idle(), muchTooLong.promise]);
      clearTimeout(tooLong);
      clearTimeout(last);
      await Promise.all([local.close(), remote?.close()]);
      await Promise.all([
        watch.ended,
        checks,
        courier.ended,
        stalls.ended,
        keeper.close(),
        queue.ended,
      ]);
      // A stop that takes longer is finished by the next daemon.
      const stops = Promise.all([lifecycle.settled(), storage]);
      const settled = new AbortController();
      const longest = dependencies.clock.sleep(settleMs, settled.signal).catch(() => undefined);
      await Promise.race([stops, longest]);
      // A timer that still runs would keep the process.
      settled.abort();
      history.end();
      adapters.close();
      unlock();
      log.info('ended');
    },
  };
}

/** A dead daemon leaves its socket behind; the lock says that nobody serves there. */
async function listen(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, backlog }, () => resolve());
  });
  chmodSync(path, 0o666);
}

/** One daemon a folder, by locks that end with the process. */
function lockFolders(native: Native, folders: readonly string[]): () => void {
  const locked: number[] = [];
  const unlock = (): void => {
    for (const descriptor of locked.splice(0)) closeSync(descriptor);
  };
  for (const folder of folders) {
    const descriptor = openSync(join(folder, daemonLockName), 'a', 0o600);
    locked.push(descriptor);
    if (native.lock(descriptor)) continue;
    unlock();
    throw ds01Error('daemon.busy', {
      message: `Another ds01d runs with the folder ${folder}.`,
      hint: 'systemctl status ds01d',
    });
  }
  return unlock;
}
