import { parseArgs } from 'node:util';
import { z } from 'zod';
import { prepareGpuSim } from '../prepare.ts';
import { hostModeSchema } from '../topology.ts';
import { createGpuSimControl, type GpuSimControl } from './control.ts';

/** Text of `gpu-sim --help`. A slot is a GPU (`0`) or a MIG device on it (`0:1`). */
export const controlUsage = `usage: gpu-sim prepare --topology PRESET|FILE --directory DIR
       gpu-sim set --directory DIR [--mode ok|failing|mismatch|hanging] [--driver v11|v12|v13|legacy|VERSION]
                   [--gpu SLOT KEY=VALUE...]
         utilization=PERCENT|none|"0s: 90, 60s: 0"  used-memory-mib=N  temperature=N
         lost=true|false|values  recovery-action=None|Reset|Reboot|"Drain and Reset"
         broken-figures="GPU requires reset"|"Unknown Error"|ERR!
         ecc-uncorrected=N  row-remap-pending=BOOL  row-remap-failure=BOOL
       gpu-sim process --directory DIR --gpu SLOT --pid PID [--name NAME] [--memory-mib N] [--type C|G|C+G]
       gpu-sim process --directory DIR --pid PID --end
       gpu-sim xid --directory DIR --gpu SLOT CODE [--pid PID] [--name NAME] [--text TEXT]
       gpu-sim nvidia-smi DIR [ARGUMENTS]
A SLOT is a GPU (0) or a MIG device on it (0:1).
`;

const integer = z.coerce.number<string>().int();
const flag = z.stringbool();
const brokenFigures = z.enum(['GPU requires reset', 'Unknown Error', 'ERR!']);
const recoveryAction = z.enum(['None', 'Reset', 'Reboot', 'Drain P2P', 'Drain and Reset']);

type Setter = (control: GpuSimControl, slot: string, value: string) => Promise<void>;

const setters: Readonly<Record<string, Setter>> = {
  utilization: async (control, slot, value) => {
    const plain = /^\d+$/u.test(value) ? Number(value) : value;
    await control.setUtilization(slot, plain === 'none' ? null : plain);
  },
  'used-memory-mib': async (control, slot, value) =>
    control.setUsedMemory(slot, integer.parse(value)),
  temperature: async (control, slot, value) => control.setTemperature(slot, integer.parse(value)),
  lost: async (control, slot, value) => {
    if (value === 'values') await control.loseDevice(slot, 'values');
    else if (flag.parse(value)) await control.loseDevice(slot);
    else await control.restoreDevice(slot);
  },
  'recovery-action': async (control, slot, value) =>
    control.setHealth(slot, { recoveryAction: recoveryAction.parse(value) }),
  'broken-figures': async (control, slot, value) =>
    control.setHealth(slot, { brokenFigures: brokenFigures.parse(value) }),
  'ecc-uncorrected': async (control, slot, value) => {
    const errors = integer.parse(value);
    const ecc = { volatileUncorrected: errors, aggregateUncorrected: errors };
    await control.setHealth(slot, { ecc });
  },
  'row-remap-pending': async (control, slot, value) =>
    control.setHealth(slot, { remappedRows: { pending: flag.parse(value) } }),
  'row-remap-failure': async (control, slot, value) =>
    control.setHealth(slot, { remappedRows: { failure: flag.parse(value) } }),
};

const modes: Readonly<
  Record<z.output<typeof hostModeSchema>, (control: GpuSimControl) => Promise<void>>
> = {
  ok: async (control) => control.recover(),
  failing: async (control) => control.fail('driver-not-loaded'),
  mismatch: async (control) => control.fail('version-mismatch'),
  hanging: async (control) => control.hang(),
};

const required = (value: string | undefined, option: string): string => {
  if (value === undefined) throw new Error(`--${option} is missing\n${controlUsage}`);
  return value;
};

const text = { type: 'string' } as const;

const prepare = async (argumentList: string[]): Promise<string> => {
  const { values } = parseArgs({
    args: argumentList,
    options: { topology: text, directory: text },
  });
  const prepared = await prepareGpuSim({
    topology: required(values.topology, 'topology'),
    directory: required(values.directory, 'directory'),
  });
  return `${JSON.stringify(prepared)}\n`;
};

const set = async (argumentList: string[]): Promise<string> => {
  const { values, positionals } = parseArgs({
    args: argumentList,
    allowPositionals: true,
    options: { directory: text, mode: text, driver: text, gpu: text },
  });
  const control = createGpuSimControl(required(values.directory, 'directory'));
  const assignments = positionals.map((word) => {
    const [key = '', ...rest] = word.split('=');
    const setter = Object.hasOwn(setters, key) ? setters[key] : undefined;
    if (setter === undefined) throw new Error(`unknown key: ${key}\n${controlUsage}`);
    return { setter, value: rest.join('=') };
  });
  if (values.mode !== undefined) await modes[hostModeSchema.parse(values.mode)](control);
  if (values.driver !== undefined) await control.setDriver(values.driver);
  for (const { setter, value } of assignments) {
    await setter(control, required(values.gpu, 'gpu'), value);
  }
  return '';
};

const processes = async (argumentList: string[]): Promise<string> => {
  const { values } = parseArgs({
    args: argumentList,
    options: {
      directory: text,
      gpu: text,
      pid: text,
      name: text,
      'memory-mib': text,
      type: text,
      end: { type: 'boolean' },
    },
  });
  const control = createGpuSimControl(required(values.directory, 'directory'));
  const pid = integer.parse(required(values.pid, 'pid'));
  if (values.end === true) await control.removeProcess(pid);
  else {
    await control.addProcess(required(values.gpu, 'gpu'), {
      pid,
      ...(values.name === undefined ? {} : { name: values.name }),
      usedMemoryMiB: integer.parse(values['memory-mib'] ?? '0'),
      type: z.enum(['C', 'G', 'C+G']).parse(values.type ?? 'C'),
    });
  }
  return '';
};

const xid = async (argumentList: string[]): Promise<string> => {
  const { values, positionals } = parseArgs({
    args: argumentList,
    allowPositionals: true,
    options: { directory: text, gpu: text, pid: text, name: text, text },
  });
  const control = createGpuSimControl(required(values.directory, 'directory'));
  await control.injectXid(required(values.gpu, 'gpu'), integer.parse(positionals[0] ?? ''), {
    ...(values.pid === undefined ? {} : { pid: integer.parse(values.pid) }),
    ...(values.name === undefined ? {} : { name: values.name }),
    ...(values.text === undefined ? {} : { text: values.text }),
  });
  return '';
};

const commands: Readonly<Record<string, (argumentList: string[]) => Promise<string>>> = {
  prepare,
  set,
  process: processes,
  xid,
};

/**
 * Runs one command of the simulator's own command line (`set`, `process`, `xid`, `prepare`, `--help`)
 * and returns its output. Throws an Error for words that it doesn't know.
 */
export const gpuSimCommand = async (name: string, argumentList: string[]): Promise<string> => {
  if (name === '--help') return controlUsage;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new Error(`unknown command: ${name}\n${controlUsage}`);
  return command(argumentList);
};
