import { ds01Error, formatBytes, type Ds01Error } from '@ds01/contracts';
import type { ResolvedLimits } from '@ds01/contracts';
import { originText } from '../../refusal.ts';
import type { BuildPosition } from './output.ts';

/** What a failed build is explained with. */
export interface FailureContext {
  readonly name: string;
  readonly position: BuildPosition;
  readonly memoryBytes: number | null;
  /** Whether its steps had the network of this server. */
  readonly hostNetwork: boolean;
  readonly resolved: ResolvedLimits;
}

/** Exit code of a process that the kernel killed, which it does when memory is short. */
const killed = 137;

/**
 * The error of a build whose step failed: which one, with what exit code, its last lines, and what to
 * try. Other errors come as they are.
 */
export function explainFailure(error: Ds01Error, context: FailureContext): Ds01Error {
  if (error.code !== 'image.build-failed') return error;
  const { position } = context;
  const { step, steps, instruction, lastLines } = position;
  const given = error.details['exitCode'];
  const exitCode = typeof given === 'number' ? given : null;
  const details = { step, steps, instruction, exitCode, lastLines };
  const where =
    instruction === null
      ? 'The build failed'
      : `Step ${String(step)}/${String(steps)} failed: ${shortened(instruction)}`;
  const { why, hint } = adviceFor(error.message, { ...context, exitCode });
  const reason = exitCode === null ? error.message : `exit code ${String(exitCode)}`;
  return ds01Error('image.build-failed', {
    message: [`${where} (${reason.replace(/\.$/, '')}).`, ...(why === null ? [] : [why])].join(' '),
    hint,
    details,
    cause: error,
  });
}

interface Advice {
  readonly why: string | null;
  readonly hint: string;
}

/** What of a step decides about the advice. */
interface FailedStep {
  readonly instruction: string;
  readonly hostNetwork: boolean;
}

interface Cause {
  readonly pattern: RegExp;
  readonly advice: (name: string, match: RegExpExecArray, step: FailedStep) => Advice;
}

/** What steps print when they fail, first match first. */
const causes: readonly Cause[] = [
  {
    pattern: /No space left on device|disk quota exceeded/i,
    advice: () => ({
      why: 'The disk of the server is full.',
      hint: 'ds01 image prune',
    }),
  },
  {
    pattern: /\bpip3?: (?:command )?not found|No module named pip\b/,
    advice: (name) => ({
      why: 'The base has no pip.',
      hint: `ds01 image update ${name} --add-system python3-pip`,
    }),
  },
  {
    pattern: /\b(git|curl|wget|gcc|g\+\+|make|cmake|unzip): (?:command )?not found/,
    advice: (name, [, program = '']) => ({
      why: `The base has no ${program}.`,
      hint: `ds01 image update ${name} --add-system ${program === 'gcc' || program === 'g++' ? 'build-essential' : program}`,
    }),
  },
  {
    pattern: /can't fork|fork: retry|Resource temporarily unavailable/,
    advice: () => ({
      why: 'It had as many processes as you may have together.',
      hint: 'ds01 limits show',
    }),
  },
  {
    pattern: /externally-managed-environment/,
    advice: () => ({
      why: 'The Python of the base belongs to its distribution.',
      hint: 'put ENV PIP_BREAK_SYSTEM_PACKAGES=1 before the step, or install into a virtual environment',
    }),
  },
  // pip says that there is no version also when it reached no index.
  {
    pattern:
      /(?:\/\/|[@'" ])(127\.\d+\.\d+\.\d+|localhost)\b[^]*(?:Connection refused|Failed to connect|Failed to establish a new connection)/i,
    advice: (name, [, address = ''], { hostNetwork }) =>
      hostNetwork
        ? { why: `Nothing answers at ${address}.`, hint: `ds01 image log ${name}` }
        : {
            why: `At ${address} a step finds only itself. Where the site allows it, --network host reaches what listens on this server.`,
            hint: `ds01 image build ${name} --network host`,
          },
  },
  {
    pattern:
      /Temporary failure (?:in name )?resol|Could not resolve|Name or service not known|Network is unreachable|Connection (?:refused|timed out)|Failed to establish a new connection|bad address/i,
    advice: (_name, _match, { hostNetwork }) => ({
      why: `The step did not reach the network.${hostNetwork ? '' : ' Builds reach the internet, but no service of this server itself.'}`,
      hint: 'try again; if it stays so, ask an administrator: ds01 doctor',
    }),
  },
  {
    pattern: /No matching distribution found for (\S+)/,
    advice: (name, [, wanted = ''], { instruction }) => ({
      why: `There is no version of ${wanted} for the Python of this base.`,
      hint: isNamed(wanted, instruction)
        ? `ds01 image update ${name} --remove '${wanted}'`
        : `correct it in the file that names it, then: ds01 image update ${name} --rebuild`,
    }),
  },
  {
    pattern: /Unable to locate package (\S+)/,
    advice: (name, [, wanted = ''], { instruction }) =>
      /\bapt(?:-get)? update\b/.test(instruction)
        ? {
            why: `The distribution of the base has no package ${wanted}.`,
            hint: `ds01 image update ${name} --remove-system ${wanted}`,
          }
        : {
            why: `The distribution has no package ${wanted}, or its lists are missing.`,
            hint: 'run "apt-get update" in the same step, and check the spelling',
          },
  },
  {
    pattern: /(?:COPY|ADD) failed: (?:file not found|stat |no source files)|forbidden path outside/,
    advice: () => ({
      why: 'What it copies is not in the context: the folder of the Dockerfile, without what .dockerignore names.',
      hint: 'check the path, and .dockerignore',
    }),
  },
];

function adviceFor(
  message: string,
  context: FailureContext & { readonly exitCode: number | null },
): Advice {
  const { name, position, exitCode, memoryBytes, hostNetwork, resolved } = context;
  const log = `ds01 image log ${name}`;
  if (exitCode === killed) {
    const limit =
      memoryBytes === null
        ? ''
        : `: ${formatBytes(memoryBytes)} is the limit, set in ${originText(resolved, 'memory')}, key memory`;
    return {
      why: `It was killed, most likely for lack of memory${limit}.`,
      hint: 'ds01 limits show',
    };
  }
  const text = [...position.lastLines, message].join('\n');
  for (const { pattern, advice } of causes) {
    const match = pattern.exec(text);
    if (match !== null)
      return advice(name, match, { instruction: position.instruction ?? '', hostNetwork });
  }
  return { why: null, hint: log };
}

/** Whether a step itself has a package, and not a file that it installs from. */
function isNamed(wanted: string, instruction: string): boolean {
  return instruction.includes(wanted) && /^[\w.\-[\],<>=!~*]+$/.test(wanted);
}

function shortened(instruction: string): string {
  // Continued lines are one.
  const line = instruction.replaceAll(/[ \t]*\\?[ \t]*\r?\n\s*/g, ' ').replaceAll(/\s+/g, ' ');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
