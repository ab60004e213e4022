/** What a call of `nvidia-smi mig` is to do. */
export type MigAction =
  | 'list-profiles'
  | 'list-placements'
  | 'list-gpu-instances'
  | 'list-compute-profiles'
  | 'list-compute-instances'
  | 'create-gpu-instances'
  | 'create-compute-instances'
  | 'destroy-gpu-instances'
  | 'destroy-compute-instances';

/** A parsed call of `nvidia-smi mig`. Lists are undefined where the option is missing: all of them. */
export interface MigCommand {
  readonly action: MigAction;
  /** Value of `-i`, as typed. */
  readonly gpus: string | undefined;
  readonly gpuInstanceIds: readonly number[] | undefined;
  readonly computeInstanceIds: readonly number[] | undefined;
  /** What is to be created, as typed; empty = the default. */
  readonly profiles: readonly string[];
  /** `-C`: also create the default compute instance. */
  readonly withComputeInstance: boolean;
}

const actions: Readonly<Record<string, MigAction>> = {
  '-lgip': 'list-profiles',
  '--list-gpu-instance-profiles': 'list-profiles',
  '-lgipp': 'list-placements',
  '--list-gpu-instance-possible-placements': 'list-placements',
  '-lgi': 'list-gpu-instances',
  '--list-gpu-instances': 'list-gpu-instances',
  '-lcip': 'list-compute-profiles',
  '--list-compute-instance-profiles': 'list-compute-profiles',
  '-lci': 'list-compute-instances',
  '--list-compute-instances': 'list-compute-instances',
  '-cgi': 'create-gpu-instances',
  '--create-gpu-instance': 'create-gpu-instances',
  '-cci': 'create-compute-instances',
  '--create-compute-instance': 'create-compute-instances',
  '-dgi': 'destroy-gpu-instances',
  '--destroy-gpu-instance': 'destroy-gpu-instances',
  '-dci': 'destroy-compute-instances',
  '--destroy-compute-instance': 'destroy-compute-instances',
};

/** Options with a value; `-cci` may do without, `-cgi` may not. */
const valued: Readonly<Record<string, 'gpus' | 'gi' | 'ci'>> = {
  '-i': 'gpus',
  '--id': 'gpus',
  '-gi': 'gi',
  '--gpu-instance-id': 'gi',
  '-ci': 'ci',
  '--compute-instance-id': 'ci',
};

const changing: ReadonlySet<MigAction> = new Set([
  'create-gpu-instances',
  'create-compute-instances',
  'destroy-gpu-instances',
  'destroy-compute-instances',
]);

/** Whether an action needs a privileged user and changes the host. */
export const changesHost = (action: MigAction): boolean => changing.has(action);

const integers = (text: string | undefined): number[] | undefined | 'bad' => {
  if (text === undefined) return undefined;
  const parts = text.split(',').map((part) => part.trim());
  return parts.every((part) => /^\d{1,4}$/u.test(part)) ? parts.map(Number) : 'bad';
};

interface Collected {
  readonly actions: MigAction[];
  readonly values: Map<string, string>;
  profiles: string[];
  withComputeInstance: boolean;
}

/** Takes the words of one option; how many it used, or undefined if it makes no sense. */
const takeOption = (words: readonly string[], into: Collected): number | undefined => {
  const [word = '', next] = words;
  const hasValue = next !== undefined && !next.startsWith('-');
  if (word === '-C' || word === '--default-compute-instance') {
    into.withComputeInstance = true;
    return 1;
  }
  const name = Object.hasOwn(valued, word) ? valued[word] : undefined;
  if (name !== undefined) {
    if (!hasValue) return undefined;
    into.values.set(name, next);
    return 2;
  }
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (action === undefined) return undefined;
  into.actions.push(action);
  const creates = action === 'create-gpu-instances' || action === 'create-compute-instances';
  if (!creates || !hasValue) return action === 'create-gpu-instances' ? undefined : 1;
  into.profiles = next.split(',').map((part) => part.trim());
  return 2;
};

/** Reads what follows `nvidia-smi mig`; undefined for what the tool refuses as arguments. */
export const parseMigArguments = (argumentList: readonly string[]): MigCommand | undefined => {
  const words = argumentList.flatMap((word) =>
    /^--[a-z-]+=/u.test(word)
      ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
      : [word],
  );
  const into: Collected = {
    actions: [],
    values: new Map(),
    profiles: [],
    withComputeInstance: false,
  };
  for (let position = 0; position < words.length;) {
    const used = takeOption(words.slice(position), into);
    if (used === undefined) return undefined;
    position += used;
  }
  const [action, second] = into.actions;
  const gpuInstanceIds = integers(into.values.get('gi'));
  const computeInstanceIds = integers(into.values.get('ci'));
  if (action === undefined || second !== undefined) return undefined;
  if (gpuInstanceIds === 'bad' || computeInstanceIds === 'bad') return undefined;
  if (into.withComputeInstance && action !== 'create-gpu-instances') return undefined;
  return {
    action,
    gpus: into.values.get('gpus'),
    gpuInstanceIds,
    computeInstanceIds,
    profiles: into.profiles,
    withComputeInstance: into.withComputeInstance,
  };
};
