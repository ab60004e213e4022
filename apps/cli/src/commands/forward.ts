import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { switchFlag } from '@ds01/command-line';
import type { Ds01Error, ErrorCode } from '@ds01/contracts';
import { ds01Error, toDs01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { carry } from '../forward/connect.ts';
import { listenFor, type ListeningForward } from '../forward/listen.ts';
import { peerUidOf } from '../forward/peer-uid.ts';
import { wantedForwardsOf } from '../forward/ports.ts';

/** After these no connection can be made any more. */
const final: readonly ErrorCode[] = [
  'container.not-running',
  'container.not-found',
  'container.paused',
  'daemon.unreachable',
  'access.denied',
  'port.refused',
];

/**
 * `ds01 container forward`: until Ctrl-C (exit code 0), or until the container ends
 * (`container.not-running`).
 */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const [name = '', ...values] = operands;
  const wanted = wantedForwardsOf(values);
  const { container } = await runtime.api.call('containers.show', { name }, { signal });
  const dryRun = switchFlag(flags, 'dryRun');
  if (container.state !== 'running') throw notRunning(container.name);
  if (dryRun) {
    const forwards = wanted.map(({ port, localPort }) => ({ port, localPort, url: null }));
    output.result({ container, forwards }, () => `would forward ${values.join(', ')} of ${name}`);
    return 0;
  }
  const ending = new AbortController();
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  const fail = (error: Ds01Error): void => ended.reject(error);
  const open: ListeningForward[] = [];
  const sockets = new Set<Socket>();
  try {
    for (const one of wanted) {
      const connect = connector(context, { name, port: one.port, sockets, fail });
      open.push(await listenFor(one, connect));
    }
    const forwards = open.map(({ port, localPort }) => ({
      port,
      localPort,
      url: `http://127.0.0.1:${localPort}`,
    }));
    output.result({ container, forwards }, () =>
      forwards.map(({ port, url }) => `${url} is port ${port} of ${container.name}`).join('\n'),
    );
    output.say('only your own programs on this machine get through; Ctrl-C ends it');
    const watch = watchEnd(context, name, ending.signal);
    watch.catch(() => undefined);
    await Promise.race([ended.promise, watch, interrupted(signal)]);
    return 0;
  } finally {
    ending.abort();
    for (const forward of open) forward.close();
    for (const socket of sockets) socket.destroy();
  }
}

/** What becomes of a connection to one of the ports. */
function connector(
  { output, runtime }: CommandContext,
  target: {
    readonly name: string;
    readonly port: number;
    readonly sockets: Set<Socket>;
    readonly fail: (error: Ds01Error) => void;
  },
): (socket: Socket) => void {
  const { name, port, sockets, fail } = target;
  const told = new Set<string>();
  const tell = (line: string): void => {
    if (!told.has(line)) output.say(line);
    told.add(line);
  };
  const handle = async (socket: Socket): Promise<void> => {
    const uid = await peerUidOf(endsOf(socket));
    if (uid !== process.getuid?.() && uid !== 0) {
      tell(`refused a connection to port ${port} that is not yours`);
      return;
    }
    await carry(socket, await runtime.api.session('containers.forward', { name, port }));
    told.clear();
  };
  return (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    handle(socket)
      .catch((error: unknown) => {
        const failure = toDs01Error(error);
        if (final.includes(failure.code)) fail(failure);
        else tell(failure.message);
      })
      .finally(() => socket.destroy());
  };
}

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket) {
  return {
    localAddress: localAddress ?? '',
    localPort: localPort ?? 0,
    remoteAddress: remoteAddress ?? '',
    remotePort: remotePort ?? 0,
  };
}

/** How soon it is looked again whether a container runs whose output ended. */
const lookAgainMs = 1000;

/**
 * Rejects when the container has ended: what it prints from now on ends with it. One whose output
 * can't be read is noticed by the next connection only.
 */
async function watchEnd(
  { runtime }: CommandContext,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const { api } = runtime;
  const follow = { name, follow: true, tail: 0 };
  for (;;) {
    try {
      const printed = await api.stream('containers.logs', follow, { signal });
      for await (const _ of printed) continue;
    } catch (error) {
      const failure = toDs01Error(error);
      if (!final.includes(failure.code)) return never();
      throw failure;
    }
    if (signal.aborted) return never();
    const { container } = await api.call('containers.show', { name }, { signal });
    if (container.state !== 'running') throw notRunning(container.name);
    await delay(lookAgainMs, undefined, { signal });
  }
}

/** Waits for the others. */
function never(): Promise<void> {
  return new Promise(() => undefined);
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function notRunning(name: string): Ds01Error {
  return ds01Error('container.not-running', {
    message: `${name} is not running.`,
    hint: `ds01 container start ${name}`,
  });
}
