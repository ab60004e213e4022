import type { CommandContext } from './context.ts';

/** A flag of a command, as people read it and as the parser takes it. */
export interface FlagSpec {
  /** Commander's notation: `-w, --workspace <dir>`. */
  readonly flags: string;
  readonly description: string;
  /** May be given several times; values are collected. */
  readonly repeat?: boolean;
  /** Not available in this version: giving it is refused with exit 2. */
  readonly later?: boolean;
}

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

const openFlags: readonly FlagSpec[] = [
  { flags: '--background', description: 'start it and return' },
  { flags: '--open', description: 'open a shell in it (the default on a terminal)' },
];

const gpuFlags: readonly FlagSpec[] = [
  { flags: '--gpus <n>', description: 'whole GPUs; without it the largest slot you may have' },
  { flags: '--num-gpus <n>', description: 'same as --gpus' },
  { flags: '--mig <profile>', description: 'a MIG instance of this profile, such as 1g.10gb' },
  { flags: '--gpu-memory <size>', description: 'at least this much GPU memory, such as 20g' },
  { flags: '--gpu-type <model>', description: 'only GPUs whose model contains this text' },
  { flags: '--cpu-only', description: 'no GPU' },
];

const later = (flags: string, description: string): FlagSpec => ({
  flags,
  description,
  later: true,
});

const makeFlags: readonly FlagSpec[] = [
  { flags: '--image <image>', description: 'image to use; default: your image of the same name' },
  { flags: '--project <project>', description: 'use the workspace of this project' },
  {
    flags: '-w, --workspace <dir>',
    description: 'folder mounted at /workspace; default: ~/workspace/NAME',
  },
  ...gpuFlags,
  { flags: '-e, --env <name=value>', description: 'environment variable', repeat: true },
  later('--framework <name>', 'base framework'),
  later('-d, --data <dir>', 'data folder'),
  later('-p, --publish <port>', 'publish a port'),
  later('--env-file <file>', 'environment from a file'),
  later('--secret <file>', 'secret file'),
  later('--cpus <n>', 'CPUs'),
  later('--memory <size>', 'memory'),
  later('--shm-size <size>', 'shared memory'),
  later('--wait [time]', 'wait for a GPU'),
  later('--replace', 'retire and deploy again'),
];

const stopFlags: readonly FlagSpec[] = [
  { flags: '-a, --all', description: 'all your containers' },
  { flags: '-f, --force', description: 'kill at once' },
  { flags: '-t, --timeout <seconds>', description: 'time to end before it is killed' },
];

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
    flags: [{ flags: '-e, --env <name=value>', description: 'environment variable', repeat: true }],
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

/** Flags of every command. */
export const commonFlags: readonly FlagSpec[] = [
  { flags: '--json', description: 'one JSON document on stdout' },
  { flags: '--dry-run', description: 'change nothing, say what would happen' },
  { flags: '-y, --yes', description: 'answer every question with yes' },
  { flags: '--user <name>', description: 'act for this user (root only)' },
  { flags: '-q, --quiet', description: 'only errors on stderr' },
  { flags: '--no-color', description: 'no colours' },
  later('--guided', 'explain while doing'),
];
