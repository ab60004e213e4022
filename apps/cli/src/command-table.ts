import {
  gpuFlags,
  later,
  makeFlags,
  openFlags,
  stopFlags,
  type FlagSpec,
} from './command-flags.ts';
import type { CommandContext } from './context.ts';

/** What a command's module exports. */
export interface CommandModule {
  /** Runs the command and returns its exit code. */
  readonly run: (context: CommandContext) => Promise<number>;
}

/** One command: everything that help, parser, docs and classic names need. */
export interface CommandSpec {
  /** `null` for commands without a noun (`doctor`). */
  readonly noun: string | null;
  readonly verb: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** Commander's notation of the operands: `[name]`, `<name>`. */
  readonly operands: string;
  readonly flags: readonly FlagSpec[];
  /** Takes a command after `--`. */
  readonly trailing?: boolean;
  /** A command line that works. */
  readonly example: string;
  /** `null` when it arrives with a later version. */
  readonly load: (() => Promise<CommandModule>) | null;
}

const notYet = (verb: string, summary: string): CommandSpec => ({
  noun: 'container',
  verb,
  summary: `${summary} (arrives with a later version)`,
  operands: '[name]',
  flags: [],
  trailing: true,
  example: 'ds01 container list',
  load: null,
});

/** Every command, in the order of the help. */
export const commandTable: readonly CommandSpec[] = [
  {
    noun: 'container',
    verb: 'deploy',
    summary: 'lease a GPU, create a container with your limits and start it',
    operands: '[name]',
    flags: [...makeFlags, ...openFlags],
    trailing: true,
    example: 'ds01 container deploy thesis --image ds01/busybox --background',
    load: () => import('./commands/deploy.ts'),
  },
  {
    noun: 'container',
    verb: 'create',
    summary: 'like deploy, without starting it (its GPU is leased)',
    operands: '[name]',
    flags: makeFlags,
    trailing: true,
    example: 'ds01 container create thesis --image ds01/busybox',
    load: () => import('./commands/create.ts'),
  },
  {
    noun: 'container',
    verb: 'run',
    summary: 'start it if needed and open a shell, or run a command in it',
    operands: '<name>',
    flags: [later('--rm', 'retire it afterwards')],
    trailing: true,
    example: 'ds01 container run thesis -- nvidia-smi -L',
    load: () => import('./commands/run.ts'),
  },
  {
    noun: 'container',
    verb: 'exec',
    summary: 'run a command in a running container',
    operands: '<name>',
    flags: [
      { flags: '-e, --env <name=value>', description: 'environment variable', repeat: true },
      { flags: '-i, --interactive', description: 'always so; accepted out of habit' },
      { flags: '-t, --tty', description: 'always so on a terminal; accepted out of habit' },
    ],
    trailing: true,
    example: 'ds01 container exec thesis -- nvidia-smi',
    load: () => import('./commands/exec.ts'),
  },
  {
    noun: 'container',
    verb: 'start',
    summary: 'start a stopped container on its own GPU',
    operands: '[name]',
    flags: [
      { flags: '-a, --all', description: 'all your containers' },
      { flags: '--recreate', description: 'on a free GPU, keeping what was installed in it' },
    ],
    example: 'ds01 container start thesis',
    load: () => import('./commands/start.ts'),
  },
  {
    noun: 'container',
    verb: 'stop',
    summary: 'stop a container; its GPU is kept for a while',
    operands: '[name]',
    flags: stopFlags,
    example: 'ds01 container stop thesis',
    load: () => import('./commands/stop.ts'),
  },
  {
    noun: 'container',
    verb: 'pause',
    summary: 'freeze a container; its GPU stays taken',
    operands: '[name]',
    flags: [{ flags: '-a, --all', description: 'all your containers' }],
    example: 'ds01 container pause thesis',
    load: () => import('./commands/pause.ts'),
  },
  {
    noun: 'container',
    verb: 'unpause',
    summary: 'let a paused container go on',
    operands: '[name]',
    flags: [{ flags: '-a, --all', description: 'all your containers' }],
    example: 'ds01 container unpause thesis',
    load: () => import('./commands/unpause.ts'),
  },
  {
    noun: 'container',
    verb: 'remove',
    aliases: ['rm'],
    summary: 'remove a stopped container; your files stay',
    operands: '[name]',
    flags: [
      { flags: '-a, --all', description: 'all your stopped containers' },
      { flags: '-f, --force', description: 'also while it runs' },
      later('-i, --images', 'remove its image too'),
    ],
    example: 'ds01 container remove thesis',
    load: () => import('./commands/remove.ts'),
  },
  {
    noun: 'container',
    verb: 'retire',
    summary: 'stop, remove and give the GPU back at once; your files stay',
    operands: '[name]',
    flags: [
      ...stopFlags,
      later('--save-packages', 'keep what was installed'),
      later('--images', 'remove its image too'),
    ],
    example: 'ds01 container retire thesis',
    load: () => import('./commands/retire.ts'),
  },
  {
    noun: 'container',
    verb: 'list',
    aliases: ['ls'],
    summary: 'your running containers',
    operands: '',
    flags: [
      { flags: '-a, --all', description: 'stopped ones too' },
      { flags: '--all-users', description: 'everybody’s (administrators)' },
    ],
    example: 'ds01 container list --all',
    load: () => import('./commands/list.ts'),
  },
  {
    noun: 'container',
    verb: 'show',
    summary: 'everything about one container',
    operands: '<name>',
    flags: [],
    example: 'ds01 container show thesis',
    load: () => import('./commands/show.ts'),
  },
  {
    noun: 'container',
    verb: 'logs',
    summary: 'what the container’s main process printed',
    operands: '<name>',
    flags: [
      { flags: '-f, --follow', description: 'go on as it prints' },
      { flags: '--tail <n>', description: 'only the last lines' },
      { flags: '--since <time>', description: 'only since then, such as 10m' },
    ],
    example: 'ds01 container logs thesis --tail 20',
    load: () => import('./commands/logs.ts'),
  },
  notYet('attach', 'attach to the main process'),
  notYet('restart', 'stop and start'),
  notYet('stats', 'what it uses'),
  notYet('top', 'its processes'),
  notYet('cp', 'copy files'),
  notYet('rename', 'another name'),
  notYet('forward', 'forward a port'),
  notYet('explain', 'when it will be stopped and why'),
  notYet('keep', 'postpone the idle stop'),
  notYet('extend', 'ask for more run time'),
  {
    noun: 'gpu',
    verb: 'status',
    summary: 'every GPU and MIG slot: free, or who has it',
    operands: '',
    flags: [{ flags: '--mine', description: 'only yours' }],
    example: 'ds01 gpu status',
    load: () => import('./commands/gpu-status.ts'),
  },
  {
    noun: 'gpu',
    verb: 'explain',
    summary: 'what a request would get, with a reason for every slot',
    operands: '',
    flags: gpuFlags,
    example: 'ds01 gpu explain --gpus 2',
    load: () => import('./commands/gpu-explain.ts'),
  },
  {
    noun: 'limits',
    verb: 'show',
    summary: 'your limits, and the file and line that set each',
    operands: '',
    flags: [],
    example: 'ds01 limits show',
    load: () => import('./commands/limits-show.ts'),
  },
  {
    noun: null,
    verb: 'doctor',
    summary: 'check engine, gate, GPUs, limits files and ledger',
    operands: '',
    flags: [],
    example: 'ds01 doctor',
    load: () => import('./commands/doctor.ts'),
  },
  {
    noun: null,
    verb: 'version',
    summary: 'versions of DS01 and Node',
    operands: '',
    flags: [],
    example: 'ds01 version',
    load: () => import('./commands/version.ts'),
  },
];
