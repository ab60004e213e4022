import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { createOutput, parseCommandLine, plainScreen } from '@ds01/command-line';
import {
  imageBuildInputSchema,
  type BuildEvent,
  type BuiltImage,
  type CallId,
  type ImageBuildInput,
  type ImageView,
} from '@ds01/contracts';
import type { Api, ApiSession } from '@ds01/ports';
import { Parser } from 'tar';
import type { CommandContext } from '../../context.ts';
import { program } from '../../program.ts';
import { createReadyApi, image, me, type ReadyAnswers } from '../../wizard/testing/scripted.ts';

/** A build that was asked for: its input, and what its context had. */
export interface SeenBuild {
  readonly input: ImageBuildInput;
  /** Text of each file by its path; of a folder `/`, of a link `-> ` and where it leads. */
  readonly context: ReadonlyMap<string, string>;
}

/** How the builder of a test answers. */
export type Answer = (
  context: ReadonlyMap<string, string>,
  emit: (event: BuildEvent) => void,
) => Promise<number | null>;

/** A person with a folder for projects and a builder that only looks. */
export interface ImageWorld extends Disposable {
  readonly folder: string;
  readonly workspaces: string;
  readonly builds: readonly SeenBuild[];
  readonly said: () => string;
  readonly printed: () => string;
  /** Runs a command line, without `ds01`, and gives its exit code. */
  run(words: readonly string[], options?: RunOptions): Promise<number>;
}

/** What a command line of a test meets. */
export interface RunOptions {
  readonly answer?: Answer;
  readonly signal?: AbortSignal;
  readonly answers?: ReadyAnswers;
  readonly onClose?: () => void;
  /** Thrown by the calls of an operation, one each, before they are answered. */
  readonly failures?: { readonly [Id in CallId]?: readonly Error[] };
  /** What is said goes to a terminal of 80 columns, at which nobody can be asked. */
  readonly terminal?: boolean;
}

/** What the builder of a test makes. */
const built: BuiltImage = {
  name: 'thesis',
  build: 'b20261122-1',
  tags: ['ds01-alice/thesis:b20261122-1', 'ds01-alice/thesis:latest'],
  id: 'sha256:1',
  sizeBytes: 2 ** 20,
  steps: 2,
  cachedSteps: 1,
  durationMs: 3000,
};

/** A base that is on the server, with what it asks of builds. */
export const debian: ImageView = {
  image: image('debian:12'),
  user: '',
  command: ['bash'],
  entrypoint: [],
  workingDirectory: '/',
  env: ['PATH'],
  labels: {},
  digest: `sha256:${'5'.repeat(64)}`,
  onBuild: [],
  layers: [],
  sharedWith: { users: [], groups: [] },
  dockerfile: null,
};

const succeed: Answer = (_, emit) => {
  emit({ event: 'step', step: 1, steps: 2, instruction: 'FROM debian:12', elapsedMs: 0 });
  emit({ event: 'cached', step: 1 });
  emit({ event: 'step', step: 2, steps: 2, instruction: 'RUN true', elapsedMs: 10 });
  emit({ event: 'output', text: 'so it ' });
  emit({ event: 'output', text: 'goes\nand on' });
  emit({ event: 'done', image: built });
  return Promise.resolve(0);
};

/** Makes the world in the folder for temporary files. */
export function createImageWorld(): ImageWorld {
  const folder = mkdtempSync(join(tmpdir(), 'ds01 images-'));
  const workspaces = join(folder, 'work space');
  const builds: SeenBuild[] = [];
  let [said, printed] = ['', ''];
  const self = {
    ...me,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    groupIds: process.getgroups?.() ?? [],
    home: folder,
    workspaces,
    maxContextBytes: 1_000_000,
  };
  const apiFor = (options: RunOptions): Api => {
    const ready = createReadyApi({
      'users.me': self,
      'containers.list': { containers: [] },
      'images.show': debian,
      ...options.answers,
    });
    const failures = new Map(
      Object.entries(options.failures ?? {}).map(([id, list]) => [id, [...list]]),
    );
    return {
      ...ready,
      call: (id, input) => {
        const failure = failures.get(id)?.shift();
        return failure === undefined ? ready.call(id, input) : Promise.reject(failure);
      },
      session: (id, input) => {
        if (id !== 'images.build') throw new Error(`${id} was not expected`);
        return Promise.resolve(buildSession(imageBuildInputSchema.parse(input), builds, options));
      },
    };
  };
  return {
    folder,
    workspaces,
    builds,
    said: () => said,
    printed: () => printed,
    run: async (words, options = {}) => {
      const parsed = parseCommandLine(program, program.name, words);
      if ('kind' in parsed || parsed.spec.load === null) throw new Error('no command');
      const output = createOutput({
        json: parsed.flags['json'] === true,
        quiet: false,
        interactive: false,
        screen: plainScreen,
        sideScreen:
          options.terminal === true ? { ...plainScreen, isTerminal: true, width: 80 } : plainScreen,
        unicode: false,
        actFor: null,
        stdout: { write: (text) => (printed += text) },
        stderr: { write: (text) => (said += text) },
      });
      const runtime: CommandContext['runtime'] = {
        api: apiFor(options),
        mode: 'daemon',
        actFor: null,
        credentialsFile: null,
        keepLimits: () => Promise.resolve(),
        close: () => Promise.resolve(),
      };
      const signal = options.signal ?? new AbortController().signal;
      const module = await parsed.spec.load();
      return module.run({ ...parsed, output, runtime, signal });
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function buildSession(
  input: ImageBuildInput,
  builds: SeenBuild[],
  { answer = succeed, onClose }: RunOptions,
): ApiSession {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const closed = Promise.withResolvers<null>();
  const emit = (event: BuildEvent): void => void stdout.write(`${JSON.stringify(event)}\n`);
  const work = async (): Promise<number | null> => {
    const context = await unpacked(stdin);
    builds.push({ input, context });
    return answer(context, emit);
  };
  const exited = Promise.race([work(), closed.promise]).finally(() => {
    stdout.end();
    stderr.end();
  });
  exited.catch(() => undefined);
  return {
    stdin,
    stdout,
    stderr,
    exited,
    resize: () => Promise.resolve(),
    signal: () => Promise.resolve(),
    close: () => {
      onClose?.();
      closed.resolve(null);
    },
  };
}

async function unpacked(archive: Readable): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const parser = new Parser({
    onReadEntry: (entry) => {
      const { path, type, linkpath } = entry;
      if (type === 'Directory') found.set(path, '/');
      if (type === 'SymbolicLink') found.set(path, `-> ${linkpath}`);
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(chunk));
      entry.on('end', () => {
        if (type === 'File') found.set(path, Buffer.concat(chunks).toString());
      });
    },
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  parser.on('end', () => resolve());
  parser.on('error', reject);
  archive.on('data', (chunk: Buffer) => parser.write(chunk));
  archive.on('end', () => parser.end());
  await promise;
  return found;
}
