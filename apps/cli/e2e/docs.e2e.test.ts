import { succeeded } from '@ds01/e2e';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { helpText, nameOf, plainScreen } from '@ds01/command-line';
import { doctorOutputSchema } from '@ds01/contracts';
import { createdTokenSchema } from '@ds01/contracts/service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandTable } from '../src/command-table.ts';
import { program } from '../src/program.ts';
import { topics } from '../src/topics.ts';
import {
  exampleBegins,
  exampleNames,
  exampleWords,
  makeContext,
} from './harness/client-examples.ts';
import {
  blocksOf,
  missingLine,
  shownCommands,
  type Block,
  type Shown,
} from './harness/documented.ts';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

const root = join(import.meta.dirname, '../../..');
const users = readGuide('users.md');
const inside = readGuide('containers.md');
const admins = readGuide('admins.md');
const readme = blocksOf(readFileSync(join(root, 'README.md'), 'utf8'));
const asAlice = { user: 'alice' };
/** Where the README has the daemon listen. */
const address = 'http://127.0.0.1:7480';
const folder = mkdtempSync('/var/tmp/ds01-docs-');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function readGuide(name: string): readonly Block[] {
  return blocksOf(readFileSync(join(root, 'docs/guide', name), 'utf8'));
}

/** The files that a guide shows, written below a folder; paths of an installed DS01 lead here. */
function writeFiles(blocks: readonly Block[], target: string): void {
  for (const { attributes, text } of blocks) {
    const name = attributes.get('file');
    if (name === undefined) continue;
    mkdirSync(dirname(join(target, name)), { recursive: true });
    writeFileSync(join(target, name), text.replaceAll('/opt/ds01/', `${root}/`), { mode: 0o755 });
  }
}

/** The configuration that the guide for administrators shows. */
const config = Object.fromEntries(
  admins.flatMap(({ language, attributes, text }) => {
    const name = attributes.get('file');
    return name !== undefined && (language === 'yaml' || language === 'text') ? [[name, text]] : [];
  }),
);
/** With what the README adds to it. */
const served = { ...config, 'ds01.yaml': `${config['ds01.yaml'] ?? ''}${doorOf(readme)}` };

function doorOf(blocks: readonly Block[]): string {
  return blocks.find(({ attributes }) => attributes.get('file') === 'ds01.yaml')?.text ?? '';
}

const commandEnd = '--- end of a command ---\n';

/** Everything in one shell, which keeps variables and functions; the socket is where the sandbox has it. */
function sessionScript(shown: readonly Shown[], place: string): string {
  const typed = shown.map(({ command }) => `${command}\nprintf '%s' '${commandEnd}'`);
  const script = [`cd ${place}`, ...typed].join('\n');
  return script.replaceAll('/run/ds01/ds01.sock', '$DS01_RUN_DIR/ds01.sock');
}

describe.skipIf(!canRun)('the guides', () => {
  const sandbox = useSandbox({ name: 'docs', gpus: 'h100x8', config: served, daemon: true });
  writeFiles(admins, join(folder, 'bin'));

  /** Runs what a console block shows, as a person would type it, and compares what it prints. */
  const follow = async (block: Block, env: Readonly<Record<string, string>>): Promise<void> => {
    const place = join(folder, 'place');
    mkdirSync(place, { recursive: true });
    chmodSync(folder, 0o755);
    const commands = shownCommands(block);
    const last = commands.at(-1);
    for (const shown of commands) {
      const script = join(folder, 'typed.sh');
      writeFileSync(script, `cd ${place}\n${shown.command}\n`);
      const path = `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`;
      const outcome = await sandbox().run(['/bin/sh', script], { env: { ...env, PATH: path } });
      const said = `${outcome.stdout}${outcome.stderr}`;
      const expected = shown === last ? Number(block.attributes.get('exit') ?? '0') : 0;
      expect(outcome.code, `line ${String(block.line)}: ${shown.command}\n${said}`).toBe(expected);
      expect(missingLine(shown.output, said), `${shown.command}\n${said}`).toBeNull();
    }
  };

  const runnable = (blocks: readonly Block[]): readonly Block[] =>
    blocks.filter(({ language, attributes }) => language === 'console' && attributes.has('run'));

  beforeAll(async () => {
    await sandbox().docker('tag', 'ds01/busybox', 'pytorch:latest');
  });

  test('the configuration that is shown has no mistake and no warning', async () => {
    const checks = succeeded(await sandbox().ds01(['doctor', '--json'])).json(doctorOutputSchema);
    const policy = checks.checks.filter(({ id }) => id.startsWith('policy'));
    expect(policy.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  test('users can type what their guide shows, in its order', async () => {
    expect(runnable(users).length).toBeGreaterThan(5);
    for (const block of runnable(users)) {
      await follow(block, { SUDO_USER: 'alice', HOME: '/home/alice' });
    }
    await sandbox().ds01(['container', 'retire', '--all', '--yes'], { user: 'alice' });
  });

  test('what the guide to containers shows can be typed, in its order', async () => {
    expect(runnable(inside).length).toBeGreaterThan(2);
    for (const block of runnable(inside)) {
      await follow(block, { SUDO_USER: 'alice', HOME: '/home/alice' });
    }
  });

  test('administrators can type what their guide shows, in its order', async () => {
    expect(runnable(admins).length).toBeGreaterThan(4);
    for (const block of runnable(admins)) await follow(block, {});
  });

  test('the session with curl of the README can be typed', async () => {
    const session = readme.find(({ attributes }) => attributes.has('session'));
    const shown = session === undefined ? [] : shownCommands(session);
    expect(shown.length).toBeGreaterThan(8);
    // What the guides left may be in its way.
    await sandbox().ds01(['container', 'retire', '--all', '--yes'], asAlice);
    const place = join(folder, 'place');
    mkdirSync(place, { recursive: true });
    const said = await sandbox().run(['/bin/sh', '-c', sessionScript(shown, place)], {
      env: {
        SUDO_USER: 'alice',
        HOME: '/home/alice',
        PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      },
    });
    const outputs = said.stdout.split(commandEnd);
    for (const [at, { command, output }] of shown.entries()) {
      const text = outputs[at] ?? '';
      expect(missingLine(output, text), `${command}\n${text}${said.stderr}`).toBeNull();
    }
  });

  test('the client’s examples run against the address of the README', async () => {
    const created = succeeded(await sandbox().ds01(['token', 'create', 'lab', '--json'], asAlice));
    const env = { DS01_URL: address, DS01_TOKEN: created.json(createdTokenSchema).secret };
    const shown: Readonly<Record<string, RegExp>> = {
      'run-in-a-container': /^GPU 0: .*\n(.*\n)*exit code 0$/m,
      'wait-for-a-gpu': /^succeeded$/m,
      'build-an-image': /^built trainer$/m,
      'follow-events': /^\d+ container\.removed /m,
      'list-operations': /^containers\.deploy train succeeded$/m,
      'show-gpus-in-a-page': /^NVIDIA H100.*: (?:free|bound)$/m,
      'shell-in-a-page': /^30 100\r\n[^]*^exit code 3$/m,
    };
    const names = Object.keys(shown);
    expect(names.toSorted()).toEqual(exampleNames.toSorted());
    const words = exampleWords(names, makeContext(folder));
    const outcome = succeeded(await sandbox().run(words, { env }));
    const [, ...said] = outcome.stdout.split(exampleBegins);
    for (const [at, name] of names.entries()) expect(said[at]).toMatch(shown[name] ?? 'nothing');
    await sandbox().ds01(['container', 'retire', '--all', '--yes'], asAlice);
  });

  test('an idle container ends at once when it is stopped, long before it would be killed', async () => {
    const words = ['container', 'deploy', 'idle', '--image', 'pytorch', '--cpu-only'];
    succeeded(await sandbox().ds01([...words, '--background'], { user: 'carol' }));
    succeeded(await sandbox().ds01(['container', 'stop', 'idle'], { user: 'carol' }));
    const { exitCode } = await sandbox().engine.inspectContainer('idle._.carol');
    expect(exitCode).toBe(128 + constants.signals.SIGHUP);
  });

  test('every example of the help works', async () => {
    const asBob = { user: 'bob' };
    const wordsOf = (line: string) => line.replace(/^ds01 /, '').split(' ');
    const ds01 = (line: string) => sandbox().ds01(wordsOf(line), asBob);
    const isUp = async (): Promise<boolean> =>
      (await sandbox().engine.listContainers()).some(
        ({ dockerName, state }) => dockerName === 'thesis._.bob' && state === 'running',
      );
    const subjects = [
      ...commandTable.filter(({ load }) => load !== null).map(nameOf),
      ...topics.map(({ name }) => name),
    ];
    for (const subject of subjects) {
      const help = await helpText(program, subject.split(' '), plainScreen);
      const examples =
        help
          .split(/^Examples?:\n/m)[1]
          ?.trim()
          .split(/\n */) ?? [];
      expect(examples.length, subject).toBeGreaterThan(0);
      for (const example of examples) {
        if (subject.startsWith('container ') && !(await isUp())) {
          succeeded(await ds01('container deploy thesis --image ds01/busybox --background'));
        }
        if (subject === 'container remove') succeeded(await ds01('container stop thesis --force'));
        if (subject === 'image install') {
          const own = '--image thesis --cpu-only --background --replace';
          succeeded(await ds01(`container deploy thesis ${own}`));
        }
        if (subject === 'container forward') {
          const forward = sandbox().startDs01(wordsOf(example), asBob);
          await forward.printed('Ctrl-C ends it');
          forward.child.kill('SIGINT');
          expect(await forward.done).toMatchObject({ code: 0 });
          continue;
        }
        // The server of the example is nowhere.
        const outcome = await ds01(subject === 'login' ? `${example} --dry-run` : example);
        expect(outcome.code, `${example}\n${outcome.stderr}`).toBe(0);
        if (subject === 'container rename') succeeded(await ds01('container retire paper --force'));
      }
    }
  }, 300_000);
});

test('every console block of the guides is run', () => {
  const others = [...users, ...inside, ...admins].filter(
    ({ language, attributes }) => language === 'console' && !attributes.has('run'),
  );
  expect(others).toEqual([]);
});

test('the gate of the guide starts, reads its settings and calls the next hook', () => {
  const target = mkdtempSync(join(folder, 'gate-'));
  writeFiles(admins, target);
  const settings = readFileSync(join(target, 'gate.json'), 'utf8');
  writeFileSync(
    join(target, 'gate.json'),
    settings.replace('/usr/bin/nvidia-container-runtime-hook', join(target, 'next')),
  );
  writeFileSync(join(target, 'next'), '#!/bin/sh\necho "next $*"\n', { mode: 0o755 });
  const hook = join(target, 'nvidia-container-runtime-hook');
  const text = readFileSync(hook, 'utf8');
  writeFileSync(
    hook,
    text
      .replace('/run/ds01/engine', target)
      .replace('packages/linux-host/dist/gate.js', 'packages/linux-host/src/gate/main.ts'),
  );
  const outcome = spawnSync(hook, ['poststop'], { input: '{}', encoding: 'utf8' });
  expect(outcome).toMatchObject({ status: 0, stdout: 'next poststop\n', stderr: '' });
});
