import { isMigChange, runMigCommand } from './mig/command.ts';
import { resetDevices, setMigMode } from './mig/mode.ts';
import { badArguments, exitCodes, noDevices, success, type Answer } from './render/answer-types.ts';
import { renderList } from './render/list.ts';
import { renderNvlinkCapabilities, renderNvlinkStatus } from './render/nvlink.ts';
import { parseCsvFormat, renderComputeApps, renderGpuQuery } from './render/query.ts';
import { renderTable } from './render/table.ts';
import { renderText } from './render/text.ts';
import type { Timestamps } from './render/timestamps.ts';
import { renderTopologyMatrix } from './render/topo.ts';
import { renderVersion } from './render/version.ts';
import { renderXml } from './render/xml.ts';
import { selectDevices } from './select-devices.ts';
import type { Topology } from './topology.ts';

/** What the tool says when the driver can't be reached. */
export const driverUnreachable: Answer = {
  stdout:
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n\n",
  exitCode: exitCodes.driverNotLoaded,
};

/** What the tool says when it is newer than the driver that is loaded. */
export const driverMismatch = ({ driverVersion }: Pick<Topology, 'driverVersion'>): Answer => ({
  stdout: `Failed to initialize NVML: Driver/library version mismatch\nNVML library version: ${driverVersion
    .split('.')
    .slice(0, 2)
    .join('.')}\n`,
  exitCode: exitCodes.driverMismatch,
});

const valued: Readonly<Record<string, string>> = {
  '-i': 'id',
  '--id': 'id',
  '--query-gpu': 'query-gpu',
  '--query-compute-apps': 'query-compute-apps',
  '--format': 'format',
  '-mig': 'mig',
  '--multi-instance-gpu': 'mig',
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
    case '-q':
    case '--query':
      return renderText(selected, context.timestamps, context.attachedCount);
    case '-q -x':
    case '--query -x':
    case '--xml-format -q':
    case '--query --xml-format':
      return renderXml(selected, context.timestamps, context.attachedCount);
    case '-m topo':
    case '--matrix topo':
      return success(renderTopologyMatrix(selected));
    case '-s nvlink':
    case '--status nvlink':
      return success(renderNvlinkStatus(selected));
    case '-c nvlink':
    case '--capabilities nvlink':
      return success(renderNvlinkCapabilities(selected));
    default:
      return badArguments;
  }
};

const modeAnswer = (topology: Topology): Answer | undefined => {
  if (topology.mode === 'failing') return driverUnreachable;
  if (topology.mode === 'mismatch') return driverMismatch(topology);
  return undefined;
};

/**
 * What `nvidia-smi ARGUMENTS` prints and returns for a host, for calls that change nothing (see
 * {@link isChange}). Arguments that the simulator doesn't know get the real tool's refusal and code
 * 2. A hanging host has no answer: the caller must not ask for one.
 */
export const answer = (
  topology: Topology,
  argumentList: readonly string[],
  timestamps: Timestamps,
  { privileged = true }: { readonly privileged?: boolean } = {},
): Answer => {
  const broken = modeAnswer(topology);
  if (broken !== undefined) return broken;
  if (argumentList[0] === 'mig') {
    return runMigCommand(structuredClone(topology), argumentList.slice(1), { privileged });
  }
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

const resets: ReadonlySet<string> = new Set(['-r', '--gpu-reset']);

/** Whether a call may change the host: `mig` commands that create or destroy, `-mig`, `--gpu-reset`. */
export const isChange = (argumentList: readonly string[]): boolean => {
  const parsed = parseArguments(argumentList);
  return (
    isMigChange(argumentList) ||
    (parsed !== undefined &&
      (parsed.values.has('mig') || parsed.words.some((word) => resets.has(word))))
  );
};

/** Does what a changing call says to the topology, in place, and returns what the tool prints. */
export const change = (
  topology: Topology,
  argumentList: readonly string[],
  { privileged }: { readonly privileged: boolean },
): Answer => {
  const broken = modeAnswer(topology);
  if (broken !== undefined) return broken;
  if (argumentList[0] === 'mig') {
    return runMigCommand(topology, argumentList.slice(1), { privileged });
  }
  const parsed = parseArguments(argumentList);
  const devices = selectDevices(topology.devices, parsed?.values.get('id'));
  if (devices === undefined || devices.length === 0) return noDevices;
  const mode = parsed?.values.get('mig');
  const [word, ...others] = parsed?.words ?? [];
  if (mode !== undefined && word === undefined && /^[01]$/u.test(mode)) {
    return setMigMode(devices, { enable: mode === '1', privileged });
  }
  return word !== undefined && resets.has(word) && others.length === 0 && mode === undefined
    ? resetDevices(devices, { privileged })
    : badArguments;
};
