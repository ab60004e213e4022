import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { problemSchema, routes, type RouteId } from '@ds01/contracts';
import type { ContainerDetails } from '@ds01/ports';
import { requestOf, sendAs, type Answer } from './callers.ts';
import type { DaemonSandbox } from './use-sandbox.ts';

type Input = Readonly<Record<string, unknown>>;

/** Programs of the machine that take rights as they are given: busybox gives up those of a setuid bit. */
const plainPrograms = ['id', 'cat'] as const;

/** Image with those programs in /plain, beside busybox. */
export const toolsImage = 'walls/tools';

/** What tests of walls do over and over, in the sandbox that is given. */
export interface Walls {
  /** Deploys over the socket: `ok`, or the code of the refusal. */
  readonly deploy: (user: string, input: Input) => Promise<string>;
  /** Deploys what a test needs; throws when it is refused. */
  readonly made: (user: string, input: Input) => Promise<void>;
  /** Calls an operation over the socket as somebody: `ok`, or the code of the refusal. */
  readonly call: (user: string, id: RouteId, input: Input) => Promise<string>;
  /** What a shell script in somebody's container prints, on either output. */
  readonly inside: (user: string, name: string, script: string) => Promise<string>;
  /** What a shell script on the host prints, on either output; as root without a user. */
  readonly outside: (script: string, user?: string) => Promise<string>;
  /** What Docker's own command prints, on either output, as root and whatever comes of it. */
  readonly raw: (...words: readonly string[]) => Promise<string>;
  /** What `ds01` prints and its exit code. */
  readonly ds01: (user: string, ...words: readonly string[]) => Promise<string>;
  /** A container as the engine has it. */
  readonly engineView: (dockerName: string) => Promise<ContainerDetails>;
  /** Builds an image: a Dockerfile, and files by their path in its context. */
  readonly build: (
    tag: string,
    lines: readonly string[],
    files?: Readonly<Record<string, string>>,
  ) => Promise<void>;
  /** Builds {@link toolsImage} with the usual programs in /plain, and more of them. */
  readonly buildTools: (more?: readonly string[]) => Promise<void>;
}

/** `ok`, or the code of a refusal over the socket. */
export function codeOf(answer: Answer | undefined): string {
  if (answer?.status === 200 || answer?.status === 101) return 'ok';
  const problem = problemSchema.safeParse(parsed(answer?.body ?? ''));
  return problem.success ? problem.data.code : `${answer?.status ?? 0} ${answer?.body ?? ''}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The input of a deploy: a small container without a GPU, with the changes that are given. */
export function deployInput(changes: Input): Input {
  const image = 'ds01/busybox';
  return { name: null, image, project: null, workspace: null, gpu: { kind: 'none' }, ...changes };
}

/** Helpers for the tests of a file. */
export function wallsOf(sandbox: () => DaemonSandbox): Walls {
  const said = ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string =>
    `${stdout}${stderr}`.trim();
  const call: Walls['call'] = async (user, id, input) => {
    const [answer] = await sendAs(sandbox(), user, [requestOf(id, input)]);
    if (answer?.status === 200 && routes[id].kind === 'call') {
      routes[id].output.parse(parsed(answer.body));
    }
    return codeOf(answer);
  };
  const deploy: Walls['deploy'] = (user, changes) =>
    call(user, 'containers.deploy', deployInput(changes));
  const outside: Walls['outside'] = async (script, user) =>
    said(await sandbox().run(['sh', '-c', script], user === undefined ? {} : { user }));
  const build: Walls['build'] = async (tag, lines, files = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'ds01-walls-'));
    try {
      for (const [path, source] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        copyFileSync(source, join(folder, path));
      }
      writeFileSync(join(folder, 'Dockerfile'), lines.map((line) => `${line}\n`).join(''));
      await sandbox().docker('build', '--quiet', '--network', 'none', '--tag', tag, folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  return {
    call,
    outside,
    build,
    deploy,
    made: async (user, changes) => {
      const code = await deploy(user, changes);
      if (code !== 'ok') throw new Error(`${user} could not deploy: ${code}`);
    },
    inside: async (user, name, script) => {
      const words = ['container', 'exec', name, '--', 'sh', '-c', script];
      return said(await sandbox().ds01(words, { user }));
    },
    raw: async (...words) =>
      said(await sandbox().run([sandbox().host.environment['DS01_DOCKER'] ?? 'docker', ...words])),
    ds01: async (user, ...words) => {
      const outcome = await sandbox().ds01(words, { user });
      return `${String(outcome.code)} ${said(outcome)}`;
    },
    engineView: async (dockerName) => {
      const { engine } = sandbox();
      const found = (await engine.listContainers()).find((row) => row.dockerName === dockerName);
      if (found === undefined) throw new Error(`the engine has no ${dockerName}`);
      return engine.inspectContainer(found.id);
    },
    buildTools: (more = []) => {
      const files = [...plainPrograms, ...more].flatMap((name) => filesOfProgram(name));
      const context = Object.fromEntries(files.map(([path, source]) => [`root${path}`, source]));
      return build(toolsImage, ['FROM ds01/busybox', 'COPY root /'], context);
    },
  };
}

/** A program under `/plain` and the libraries that it is linked with, with where they are found. */
function filesOfProgram(name: string): readonly (readonly [string, string])[] {
  const path = `/usr/bin/${name}`;
  const { stdout } = spawnSync('ldd', [path], { encoding: 'utf8' });
  const libraries = stdout.match(/\/\S+/g) ?? [];
  return [[`/plain/${name}`, path], ...libraries.map((library) => [library, library] as const)];
}
