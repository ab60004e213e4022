import { join } from 'node:path';
import { configWith, person } from '@ds01/e2e';
import { beforeAll } from 'vitest';
import { useDaemon, type DaemonSandbox } from './use-sandbox.ts';
import { toolsImage, wallsOf, type Walls } from './walls.ts';

/** Ids of the people and groups; the site shares the first group with containers, and not the other. */
export const ids = { alice: 42_001, bob: 42_002, labGroup: 60_000, privateGroup: 60_001 } as const;

/** Image that gives rights away: setuid programs, accounts and groups of its own, every GPU. */
export const hostileImage = 'walls/hostile';

/** A sandbox in which Alice and Bob have containers from the hostile image. */
export interface Hostile extends Walls {
  readonly sandbox: () => DaemonSandbox;
  /** Folder that everybody may mount and write, at `/shared` in Alice's `thesis`. */
  readonly shared: () => string;
  /** Workspace of Alice's `thesis`, on the machine. */
  readonly workspace: () => string;
  /** A container of the engine's, as root may make it: a bind mount by name, with no wall. */
  readonly plain: (
    user: number | string,
    bind: string,
    ...command: readonly string[]
  ) => Promise<string>;
}

/**
 * Starts the sandbox before the tests of a file: Alice's `thesis` and Bob's `web` run the hostile image,
 * Alice's `gpu` has one of two GPUs.
 */
export function useHostile(name: string): Hostile {
  const accounts = [
    { ...person('alice', ids.alice), groups: ['lab', 'private'] },
    { ...person('bob', ids.bob), groups: ['lab'] },
  ];
  const sandbox = useDaemon({ name, gpus: 'l40sx2', accounts });
  const walls = wallsOf(sandbox);
  const { build, buildTools, made, outside, raw } = walls;
  const shared = (): string => join(sandbox().host.paths.root, 'shared');
  beforeAll(async () => {
    const site = `shared_groups: [lab]\ndata: { roots: ['${shared()}:rw'] }\n`;
    sandbox().configure(configWith({}, site));
    await outside(`mkdir -m 1777 ${shared()}`);
    await buildTools();
    await build(hostileImage, hostileLines);
    const data = [{ folder: shared(), target: '/shared', readOnly: false }];
    await made('alice', { name: 'thesis', image: hostileImage, data });
    await made('alice', { name: 'gpu', gpu: { kind: 'any' } });
    await made('bob', { name: 'web', image: hostileImage });
  });
  return {
    ...walls,
    sandbox,
    shared,
    workspace: () => sandbox().homePath('/home/alice/workspace/thesis'),
    plain: (user, bind, ...command) => {
      const options = ['--network=none', '-u', String(user), '-v', bind];
      return raw('run', '--rm', ...options, hostileImage, ...command);
    },
  };
}

const hostileLines = [
  `FROM ${toolsImage}`,
  'RUN cp /plain/id /plain/rootid && cp /plain/cat /plain/rootcat && chmod 6755 /plain/root*',
  'RUN echo sesame > /etc/secret && chmod 600 /etc/secret && ln -s /etc/secret /secret-link',
  "RUN printf 'root:x:0:0::/root:/bin/sh\\nalice:x:0:0::/root:/bin/sh\\n42001:x:0:0::/:/bin/sh\\n' > /etc/passwd",
  "RUN printf 'root:x:0:\\ndisk:x:6:alice\\ndocker:x:999:alice\\nbob:x:42002:alice\\n' > /etc/group",
  'ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=all CUDA_VISIBLE_DEVICES=all',
  'USER root',
] as const;
