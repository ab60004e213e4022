import type { GpuProcess, GpuProcessKind } from '@ds01/contracts';
import { readInteger, readMebibytes, readText, valueOf } from './values.ts';
import { childrenOf, elementAt, textAt, type XmlElement } from './xml.ts';

const kinds: readonly GpuProcessKind[] = ['C', 'G', 'C+G', 'M+C'];

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

const bareAmpersand = /&(?!(?:lt|gt|quot|apos|amp);)/gu;

/**
 * Escapes what is not escaped in process names, each of which stands on one line. A process can call
 * itself anything, `</gpu>` included, and must neither break the document nor add to it. (A name with
 * a line break in it can still do the former: then nothing is known of its device.)
 */
export function neutraliseProcessNames(document: string): string {
  return document.replace(
    /(<process_name>)([^\n]*)(?=<\/process_name>\r?\n\s*<used_memory>)/gu,
    (_whole, tag: string, name: string) =>
      tag + name.replace(bareAmpersand, '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  );
}

function readProcess(entry: XmlElement): GpuProcess | null {
  const pid = readInteger(textAt(entry, 'pid'));
  if (pid.kind !== 'known' || pid.value < 1) return null;
  const kind = textAt(entry, 'type');
  return {
    pid: pid.value,
    name: (textAt(entry, 'process_name') ?? '').replace(
      /&(?:lt|gt|quot|apos|amp);/gu,
      (entity) => entities[entity] ?? entity,
    ),
    kind: kinds.find((known) => known === kind) ?? null,
    memoryBytes: valueOf(readMebibytes(textAt(entry, 'used_memory'))),
    gpuInstanceId: valueOf(readInteger(textAt(entry, 'gpu_instance_id'))),
    computeInstanceId: valueOf(readInteger(textAt(entry, 'compute_instance_id'))),
  };
}

/**
 * The processes of a `<gpu>` element. `complete` is false when the list is missing, withheld by the
 * driver, or has an entry without a process id: then nobody can say who else uses the device.
 */
export function readProcesses(gpu: XmlElement): {
  readonly processes: readonly GpuProcess[];
  readonly complete: boolean;
} {
  const list = elementAt(gpu, 'processes');
  if (list === undefined) return { processes: [], complete: false };
  const entries = list.children.map((child) =>
    child.name === 'process_info' ? readProcess(child) : null,
  );
  const processes = entries.filter((entry) => entry !== null);
  const silent = childrenOf(list, 'process_info').length === 0;
  const word = readText(list.text);
  const said = list.text === '' || (word.kind === 'known' && word.value === 'None' && silent);
  return { processes, complete: said && processes.length === entries.length };
}
