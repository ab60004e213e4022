import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type CommandOutcome, type RunningCommand, type Sandbox, succeeded } from '@ds01/e2e';

/** Steps of a build as its progress shows them off a terminal. */
export function steps(progress: string): {
  readonly cached: readonly string[];
  readonly done: readonly string[];
} {
  const cached: string[] = [];
  const done: string[] = [];
  for (const [, instruction = '', mark] of progress.matchAll(
    /^step \d+\/\d+ (.+)\n( {2}cached$)?/gm,
  )) {
    (mark === undefined ? done : cached).push(instruction);
  }
  return { cached, done };
}

/** What the tests of images do with a sandbox. */
export function createImageTools(sandbox: () => Sandbox) {
  const as = (user: string, words: readonly string[]): Promise<CommandOutcome> =>
    sandbox().ds01(words, { user });
  const containers = async (): Promise<number> => (await sandbox().engine.listContainers()).length;
  /** Writes a file of a person's, below their home, as the person would have. */
  async function write(user: string, path: string, content: string | Buffer): Promise<void> {
    const make = ['sh', '-c', 'mkdir -p "$(dirname "$1")" && touch "$1"', 'sh', path];
    succeeded(await sandbox().run(make, { user }));
    writeFileSync(sandbox().homePath(`/home/${user}/${path}`), content);
  }
  /** Writes `~/<folder>/Dockerfile`. */
  const dockerfile = (user: string, folder: string, text: string): Promise<void> =>
    write(user, `${folder}/Dockerfile`, text);
  return {
    as,
    alice: (...words: readonly string[]) => as('alice', words),
    bob: (...words: readonly string[]) => as('bob', words),
    write,
    dockerfile,
    containers,
    /** Begins to build a Dockerfile, of which the folder has the image's name. */
    async start(user: string, name: string, text: string): Promise<RunningCommand> {
      await dockerfile(user, name, text);
      const words = ['image', 'build', name, '--dockerfile', `${name}/Dockerfile`, '--yes'];
      return sandbox().startDs01(words, { user });
    },
    /** Runs a script in a container of alice's; what it printed. */
    async inside(name: string, script: string): Promise<string> {
      const words = ['container', 'exec', name, '--', 'sh', '-c', script];
      return succeeded(await as('alice', words)).stdout;
    },
    /** Names of all images, as the engine has them. */
    async tags(): Promise<readonly string[]> {
      return (await sandbox().engine.listImages()).flatMap(({ tags }) => tags).toSorted();
    },
    /** Resolves when there are only so many containers; an engine removes those of builds by itself. */
    async untilContainers(count: number): Promise<void> {
      const signal = AbortSignal.timeout(10_000);
      const events = sandbox().engine.events({ sinceMs: Date.now() - 60_000, signal });
      for await (const _event of events) if ((await containers()) <= count) return;
      throw new Error(`there are still ${String(await containers())} containers`);
    },
  };
}

/** A secret as it is, and what is in common to all that contains it in base64. */
export function encodingsOf(secret: string): readonly string[] {
  const encoded = [0, 1, 2].map((before) => {
    const text = Buffer.from(`${'x'.repeat(before)}${secret}`).toString('base64');
    return text.slice(before === 0 ? 0 : 4, -4);
  });
  return [secret, ...encoded];
}

/**
 * Words and environment of every process of this machine, looked at every 50 ms until stopped; then
 * all of them as text.
 */
export function watchProcesses(): { readonly stop: () => string } {
  const seen = new Map<string, string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        const key = `${pid} ${words}`;
        if (!seen.has(key)) seen.set(key, readFileSync(`/proc/${pid}/environ`, 'latin1'));
      } catch {
        // It ended meanwhile.
      }
    }
  };
  const timer = setInterval(look, 50);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return [...seen].flat().join('\n');
    },
  };
}
