import { containerInterfaceSchema, type ContainerInterface } from './container.ts';
import { objectNameSchema } from './names.ts';

/**
 * What the labels of a container that DS01 didn't make say about it. Claims, all of them: whoever
 * may talk to Docker may write any label, so nothing here gives a right by itself.
 */
export interface ForeignLabels {
  /** Account names that it says it belongs to, best first: the predecessor's labels, then AIME's. */
  readonly users: readonly string[];
  /** What its owner called it; `null` when it isn't said, or no name could be so. */
  readonly name: string | null;
  /** Folder of the host that was its workspace; `null` when it isn't said. */
  readonly workMount: string | null;
  /** Folder of the host that a dev container was opened from (label of the Dev Containers tools). */
  readonly devcontainerFolder: string | null;
  /** Folder of a Compose project on the host. */
  readonly composeFolder: string | null;
  /** The site's own, by the predecessor's labels for what serves everybody. */
  readonly infrastructure: boolean;
  /** GPUs that the predecessor noted: UUIDs, else slots as they are written today (`0:1`). */
  readonly gpus: readonly string[];
  /** How it was made; `null` when nothing says more than that it is a container. */
  readonly interface: ContainerInterface | null;
}

/** Only DS01 itself writes these. Without a valid signature they are a copy or an imitation. */
const ownLabels = ['version', 'sig', 'uid', 'lease', 'request', 'gpu.equivalents', 'mounts'];

/**
 * Reads the labels of the predecessor (`ds01.*` in its form, `aime.mlc.*` in its oldest), of the Dev
 * Containers tools and of Compose. `ds01.*` in DS01's own form are not read: such labels are believed
 * under a signature, or not at all.
 */
export function readForeignLabels(labels: Readonly<Record<string, string>>): ForeignLabels {
  const isImitation = ownLabels.some((name) => labels[`ds01.${name}`] !== undefined);
  const ds01 = (name: string): string | null => given(labels[`ds01.${name}`]);
  const old = (name: string): string | null => (isImitation ? null : ds01(name));
  const aime = (name: string): string | null => given(labels[`aime.mlc.${name}`]);
  const users = [old('user'), aime('USER'), aime('username')];
  return {
    users: [...new Set(users.filter((user) => user !== null))],
    name: nameOf(old('name')) ?? nameOf(aime('NAME')),
    workMount: old('work_mount') ?? aime('WORK_MOUNT'),
    devcontainerFolder: given(labels['devcontainer.local_folder']),
    composeFolder: given(labels['com.docker.compose.project.working_dir']),
    infrastructure: ds01('monitoring') === 'true' || ds01('protected') === 'true',
    gpus: gpusOf([old('gpu.uuids'), old('gpu.uuid'), old('gpu_slot'), old('gpu.slots')]),
    interface: interfaceOf(labels, {
      said: old('interface') ?? old('container_type'),
      isMade: old('managed') === 'true' || users.slice(1).some((user) => user !== null),
    }),
  };
}

function given(value: string | undefined): string | null {
  // What Docker's and the shell's templates print for a label that isn't there.
  return value === undefined || ['', '<no value>', 'null'].includes(value) ? null : value;
}

function nameOf(value: string | null): string | null {
  return objectNameSchema.safeParse(value).data ?? null;
}

/** The first list that says anything. The predecessor wrote `0.1` for the slot `0:1`. */
function gpusOf(lists: readonly (string | null)[]): readonly string[] {
  const first = lists.find((list) => list !== null) ?? '';
  return first
    .split(',')
    .map((id) => currentSlotId(id.trim()))
    .filter((id) => id !== '');
}

/** A slot in the predecessor's old form (`0.1`) as it is written today (`0:1`); else what was given. */
export function currentSlotId(id: string): string {
  return /^\d+\.\d+$/.test(id) ? id.replace('.', ':') : id;
}

function interfaceOf(
  labels: Readonly<Record<string, string>>,
  predecessor: { readonly said: string | null; readonly isMade: boolean },
): ContainerInterface | null {
  const { said, isMade } = predecessor;
  const known = containerInterfaceSchema.safeParse(said === 'vscode' ? 'devcontainer' : said);
  if (known.success && known.data !== 'unknown') return known.data;
  const has = (prefix: string): boolean =>
    Object.keys(labels).some((label) => label.startsWith(prefix));
  // The predecessor gave each of its containers `devcontainer.workspaceFolder`.
  if (has('devcontainer.local_folder') || has('devcontainer.config_file')) return 'devcontainer';
  if (has('com.docker.compose.project')) return 'compose';
  return isMade ? 'atomic' : null;
}
