import type { FlagSpec } from '@ds01/command-line';

/** Whether deploy opens a shell. */
export const openFlags: readonly FlagSpec[] = [
  { flags: '--background', description: 'start it and return' },
  { flags: '--open', description: 'open a shell in it (the default on a terminal)' },
  { flags: '--rm', description: 'retire it when that shell has ended' },
];

/** What is asked of the GPUs. */
export const gpuFlags: readonly FlagSpec[] = [
  { flags: '--gpus <n>', description: 'whole GPUs; without it the largest slot you may have' },
  { flags: '--num-gpus <n>', description: 'same as --gpus' },
  { flags: '--mig <profile>', description: 'a MIG instance of this profile, such as 1g.10gb' },
  { flags: '--gpu-memory <size>', description: 'at least this much GPU memory, such as 20g' },
  { flags: '--gpu-type <model>', description: 'only GPUs whose model contains this text' },
  { flags: '--cpu-only', description: 'no GPU' },
];

/** Variables of what runs inside. */
export const variableFlags: readonly FlagSpec[] = [
  { flags: '-e, --env <name=value>', description: 'environment variable', repeat: true },
  {
    flags: '--env-file <file>',
    description: 'environment variables from a file, NAME=value a line',
    repeat: true,
  },
];

/** How a container is made. */
export const makeFlags: readonly FlagSpec[] = [
  { flags: '--image <image>', description: 'image to use; default: your image of the same name' },
  { flags: '--project <project>', description: 'use the workspace of this project' },
  {
    flags: '-w, --workspace <dir>',
    description: 'folder mounted at /workspace; default: ~/workspace/NAME',
  },
  ...gpuFlags,
  ...variableFlags,
  {
    flags: '-d, --data <dir>',
    description: 'folder mounted at /data/NAME: DIR[:TARGET][:ro|:rw], read-only unless :rw',
    repeat: true,
  },
  {
    flags: '-p, --publish <port>',
    description: 'publish a port on this server: [HOST:]PORT[/udp]',
    repeat: true,
  },
  {
    flags: '--secret <file>',
    description: 'file readable at /run/secrets only: [NAME=]FILE',
    repeat: true,
  },
  { flags: '--cpus <n>', description: 'CPUs, up to your limit' },
  { flags: '--memory <size>', description: 'memory, up to your limit, such as 16g' },
  { flags: '--shm-size <size>', description: 'size of /dev/shm, up to your limit, such as 2g' },
  { flags: '--network <kind>', description: 'private (the default), none, or host where allowed' },
  { flags: '--framework <name>', description: 'an image that is made for it, such as pytorch' },
  { flags: '--build', description: 'build your image of the same name when there is none yet' },
  {
    flags: '--replace',
    description: 'take the place of a container of this name with other options',
  },
  { flags: '--prefer-full', description: 'does nothing any more; accepted out of habit' },
  {
    flags: '--until-reserved',
    description: 'also a GPU that is reserved for somebody else later: it is stopped before',
  },
  {
    flags: '--wait [time]',
    description: 'wait for your turn where no GPU is free, such as --wait=2h; else until it comes',
    takes: /^\d/,
  },
];

/** Which session `run` opens, and what happens afterwards. */
export const sessionFlags: readonly FlagSpec[] = [
  { flags: '--new', description: 'another shell, also when you left one that goes on' },
  { flags: '--session <n>', description: 'go back to this one of those that go on' },
  { flags: '--take-over', description: 'bring the session here that another terminal has' },
  { flags: '--rm', description: 'retire the container when the shell or command has ended' },
];

/** How a container is stopped. */
export const stopFlags: readonly FlagSpec[] = [
  { flags: '-a, --all', description: 'all your containers' },
  { flags: '-f, --force', description: 'kill at once' },
  { flags: '-t, --timeout <seconds>', description: 'time to end before it is killed' },
];

const launchShorts: Readonly<Record<string, string>> = {
  '--image <image>': '-i, --image <image>',
  '--gpus <n>': '-g, --gpus <n>',
  '--cpus <n>': '-c, --cpus <n>',
  '--memory <size>': '-m, --memory <size>',
};

/** How `launch` makes a container: as deploy, with the short flags of other campuses’ launch scripts. */
export const launchFlags: readonly FlagSpec[] = [
  ...makeFlags
    .filter(({ flags }) => flags !== '--replace' && flags !== '--build')
    .map((flag) => ({ ...flag, flags: launchShorts[flag.flags] ?? flag.flags })),
  { flags: '--background', description: 'start it and return; it stays until you retire it' },
];
