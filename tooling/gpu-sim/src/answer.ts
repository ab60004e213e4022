import { exitCodes, success, type Answer } from './render/answer-types.ts';
import { renderList } from './render/list.ts';
import {
  renderComputeInstances,
  renderGpuInstanceProfiles,
  renderGpuInstances,
  renderPlacements,
} from './render/mig-tables.ts';
import { parseCsvFormat, renderComputeApps, renderGpuQuery } from './render/query.ts';
import { renderTable } from './render/table.ts';
import type { Timestamps } from './render/timestamps.ts';
import { renderTopologyMatrix } from './render/topo.ts';
import { renderVersion } from './render/version.ts';
import { renderXml } from './render/xml.ts';
import { selectDevices } from './select-devices.ts';
import type { Topology } from './topology.ts';

const badArguments: Answer = {
  stdout: "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n",
  exitCode: exitCodes.invalidArgument,
};

/** What the tool says when no device is there or none matches `-i`. */
export const noDevices: Answer = {
  stdout: 'No devices were found\n',
  exitCode: exitCodes.noDevices,
};

/** What the tool says when the driver can't be reached. */
export const driverUnreachable: Answer = {
  stdout:
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n\n",
  exitCode: exitCodes.driverNotLoaded,
};

const valued: Readonly<Record<string, string>> = {
  '-i': 'id',
  '--id': 'id',
  '--query-gpu': 'query-gpu',
  '--query-compute-apps': 'query-compute-apps',
  '--format': 'format',
};

interface ParsedArguments {
  readonly words: readonly string[];
  readonly values: ReadonlyMap<string, string>;
}

const parseArguments = (argumentList: readonly string[]): ParsedArguments | undefined => {
  const words: string[] = [];
  const values = new Map<string, string>();
  for (let position = 0; position < argumentList.length; position += 1) {
    const word = argumentList[position] ?? '';
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const option = equals === -1 ? word : word.slice(0, equals);
    const name = Object.hasOwn(valued, option) ? valued[option] : undefined;
    if (name === undefined) {
      words.push(word);
      continue;
    }
    const value = equals === -1 ? argumentList[position + 1] : word.slice(equals + 1);
    if (value === undefined) return undefined;
    if (equals === -1) position += 1;
    values.set(name, value);
  }
  return { words, values };
};

const migCommands: Readonly<Record<string, (topology: Topology) => Answer>> = {
  '-lgi': renderGpuInstances,
  '--list-gpu-instances': renderGpuInstances,
  '-lci': renderComputeInstances,
  '--list-compute-instances': renderComputeInstances,
  '-lgip': renderGpuInstanceProfiles,
  '--list-gpu-instance-profiles': renderGpuInstanceProfiles,
  '-lgipp': renderPlacements,
  '--list-gpu-instance-possible-placements': renderPlacements,
};

const answerQuery = (
  topology: Topology,
  values: ReadonlyMap<string, string>,
  timestamps: Timestamps,
): Answer | undefined => {
  const gpuFields = values.get('query-gpu');
  const appFields = values.get('query-compute-apps');
  if (gpuFields === undefined && appFields === undefined) return undefined;
  const format = parseCsvFormat(values.get('format') ?? '');
  if (format === undefined || (gpuFields !== undefined && appFields !== undefined)) {
    return badArguments;
  }
  return gpuFields === undefined
    ? renderComputeApps(topology, { fields: appFields ?? '', format, timestamps })
    : renderGpuQuery(topology, { fields: gpuFields, format, timestamps });
};

const answerWords = (
  words: readonly string[],
  selected: Topology,
  context: { readonly timestamps: Timestamps; readonly attachedCount: number },
): Answer => {
  switch (words.toSorted().join(' ')) {
    case '':
      return renderTable(selected, context.timestamps);
    case '-L':
    case '--list-gpus':
      return renderList(selected);
    case '-q -x':
    case '--query -x':
    case '--xml-format -q':
    case '--query --xml-format':
      return success(renderXml(selected, context.timestamps, context.attachedCount));
    case '-m topo':
    case '--matrix topo':
      return success(renderTopologyMatrix(selected));
    default: {
      const [first, command = '', ...rest] = words;
      const mig = Object.hasOwn(migCommands, command) ? migCommands[command] : undefined;
      return first === 'mig' && mig !== undefined && rest.length === 0
        ? mig(selected)
        : badArguments;
    }
  }
};

/**
 * What `nvidia-smi ARGUMENTS` prints and returns for a host. Arguments that the simulator doesn't
 * know get the real tool's refusal and code 2. A hanging host has no answer: the caller must not
 * ask for one.
 */
export const answer = (
  topology: Topology,
  argumentList: readonly string[],
  timestamps: Timestamps,
): Answer => {
  if (topology.mode === 'failing') return driverUnreachable;
  const parsed = parseArguments(argumentList);
  if (parsed === undefined) return badArguments;
  if (parsed.words.join(' ') === '--version') return success(renderVersion(topology));
  const devices = selectDevices(topology.devices, parsed.values.get('id'));
  if (devices === undefined || devices.length === 0) return noDevices;
  const selected = { ...topology, devices };
  const query = answerQuery(selected, parsed.values, timestamps);
  if (query !== undefined) return parsed.words.length === 0 ? query : badArguments;
  return answerWords(parsed.words, selected, {
    timestamps,
    attachedCount: topology.devices.length,
  });
};
