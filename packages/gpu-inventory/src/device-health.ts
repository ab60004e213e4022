import { readText, tellsOfLoss, valueOf } from './values.ts';
import { textAt, type XmlElement } from './xml.ts';

/** Findings about one device: what is wrong with it, and what could not be made out. */
export interface Findings {
  /** Facts that need somebody's action before the device is given out again. */
  readonly faults: readonly string[];
  /** Why the record of this device can't be trusted. */
  readonly doubts: readonly string[];
}

/**
 * Fields that say `Yes` when a device needs a reset or a replacement, as the nvidia-smi manual and
 * NVIDIA's "GPU Memory Error Management" describe them. Which of them exist depends on the driver.
 */
const alarms: readonly (readonly [path: readonly string[], reason: string])[] = [
  [['gpu_reset_status', 'reset_required'], 'The GPU needs a reset.'],
  [['gpu_reset_status', 'drain_and_reset_recommended'], 'The GPU should be drained and reset.'],
  [['remapped_rows', 'remapped_row_pending'], 'A row remapping waits for a GPU reset.'],
  [['remapped_rows', 'remapped_row_failure'], 'Row remapping failed: memory can’t be repaired.'],
  [['retired_pages', 'pending_retirement'], 'Memory pages wait for their retirement.'],
  [['retired_pages', 'pending_blacklist'], 'Memory pages wait for their retirement.'],
  [['ecc_errors', 'aggregate', 'sram_threshold_exceeded'], 'SRAM errors exceed the threshold.'],
  [['ecc_errors', 'channel_repair_pending'], 'A memory channel repair waits for a GPU reset.'],
  [['ecc_errors', 'tpc_repair_pending'], 'A TPC repair waits for a GPU reset.'],
  [['ecc_errors', 'unrepairable_memory'], 'The GPU has memory that can’t be repaired.'],
];

/** Elements whose text comes from processes, so from anybody, and says nothing about the device. */
const foreignElements: ReadonlySet<string> = new Set(['processes', 'accounted_processes']);

/** Uses that leave no room for containers, whatever else the device can do. */
function useFaults(gpu: XmlElement): readonly string[] {
  const faults: string[] = [];
  if (textAt(gpu, 'compute_mode') === 'Prohibited') {
    faults.push('Its compute mode is "Prohibited": nothing may compute on it.');
  }
  if (textAt(gpu, 'gpu_virtualization_mode', 'virtualization_mode') === 'Host VGPU') {
    faults.push('It is there for virtual machines ("Host VGPU").');
  }
  return faults;
}

/**
 * On GPUs behind NVSwitches no program can compute until the fabric manager has registered them: CUDA
 * gives error 802 ("system not yet initialized"). The status counts once the state is `Completed`
 * (NVML reference, nvmlGpuFabricInfo_t).
 */
function fabricDoubts(gpu: XmlElement): readonly string[] {
  const state = valueOf(readText(textAt(gpu, 'fabric', 'state')));
  const status = valueOf(readText(textAt(gpu, 'fabric', 'status')));
  if (state === null || (state === 'Completed' && (status ?? 'Success') === 'Success')) return [];
  const said = state === 'Completed' ? `${state}, ${status}` : state;
  return [`Its registration with the NVLink fabric is "${said.slice(0, 60)}".`];
}

function alarmFindings(gpu: XmlElement): Findings {
  const faults: string[] = [];
  const doubts: string[] = [];
  for (const [path, reason] of alarms) {
    const reading = readText(textAt(gpu, ...path));
    if (reading.kind !== 'known') continue;
    if (reading.value === 'Yes') faults.push(reason);
    else if (reading.value !== 'No') doubts.push(`${path.join('/')} is "${reading.value}".`);
  }
  return { faults, doubts };
}

/**
 * Word of the recovery action that the driver (since R565) asks for, `None` included; `null` when it
 * doesn't say.
 */
export function recoveryActionOf(gpu: XmlElement): string | null {
  return valueOf(readText(textAt(gpu, 'gpu_recovery_action')));
}

function recoveryFaults(gpu: XmlElement): readonly string[] {
  const action = recoveryActionOf(gpu);
  if (action === null || action === 'None') return [];
  return [`The driver asks for a recovery action: ${action.slice(0, 60)}.`];
}

interface BrokenField {
  readonly name: string;
  readonly text: string;
}

function brokenFields(element: XmlElement): readonly BrokenField[] {
  if (foreignElements.has(element.name)) return [];
  const { name } = element;
  const reading = readText(element.text);
  const own = reading.kind === 'broken' ? [{ name, text: reading.text }] : [];
  return [...own, ...element.children.flatMap(brokenFields)];
}

/**
 * True when nothing can work on the device any more: it has to be reset first, or can't be read at
 * all. A recovery action with "Drain" in it, and rows or pages that wait for a repair, leave what runs
 * to end by itself (NVIDIA, "GPU Memory Error Management", response flags).
 */
export function hasFailed(gpu: XmlElement): boolean {
  const action = recoveryActionOf(gpu) ?? '';
  if (/reset|reboot/iu.test(action) && !/drain/iu.test(action)) return true;
  if (textAt(gpu, 'gpu_reset_status', 'reset_required') === 'Yes') return true;
  if (readText(textAt(gpu, 'fb_memory_usage', 'total')).kind === 'broken') return true;
  return brokenFields(gpu).some(({ text }) => tellsOfLoss(text));
}

function repeatedFields(gpu: XmlElement): readonly string[] {
  const names = gpu.children.map((child) => child.name);
  const repeated = new Set(names.filter((name, position) => names.indexOf(name) !== position));
  return [...repeated].map((name) => `${name} is printed twice.`);
}

/**
 * Judges a `<gpu>` element of `nvidia-smi -q -x`. Counters alone (ECC errors, remapped rows) are no
 * fault: the driver says in other fields when they call for action. Neither is a single figure that
 * could not be read this time, as of GPUs that work on (`ERR!` for the power of a busy V100): that is
 * a doubt, unless the text tells of loss or nothing can be read any more.
 */
export function examineDevice(gpu: XmlElement): Findings {
  const alarm = alarmFindings(gpu);
  const isFailed = hasFailed(gpu);
  const sentences = (isFault: boolean): readonly string[] =>
    brokenFields(gpu)
      .filter(({ text }) => (isFailed || tellsOfLoss(text)) === isFault)
      .map(({ name, text }) => `${name} reads "${text}".`)
      .slice(0, 3);
  return {
    faults: [
      ...new Set([...recoveryFaults(gpu), ...alarm.faults, ...useFaults(gpu), ...sentences(true)]),
    ],
    doubts: [
      ...alarm.doubts,
      ...fabricDoubts(gpu),
      ...new Set(sentences(false)),
      ...repeatedFields(gpu),
    ],
  };
}
