import { ds01Error, formatBytes, type Ds01Error } from '@ds01/contracts';
import type { ResolvedLimits } from '@ds01/contracts';
import { originText } from '../../refusal.ts';
import type { BuildPosition } from './output.ts';

/** What a failed build is explained with. */
export interface FailureContext {
  readonly name: string;
  readonly position: BuildPosition;
  readonly memoryBytes: number | null;
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

interface Cause {
  readonly pattern: RegExp;
  readonly advice: (name: string, match: RegExpExecArray) => Advice;
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
  {
    pattern: /No matching distribution found for (\S+)/,
    advice: (name, [, wanted = '']) => ({
      why: `There is no version of ${wanted} for the Python of this base.`,
      hint: `check the name and version of ${wanted}: ds01 image update ${name}`,
    }),
  },
  {
    pattern: /Unable to locate package (\S+)/,
    advice: (_name, [, wanted = '']) => ({
      why: `The distribution has no package ${wanted}, or its lists are missing.`,
      hint: 'run "apt-get update" in the same step, and check the spelling',
    }),
  },
  {
    pattern:
      /Temporary failure (?:in name )?resol|Could not resolve|Name or service not known|Network is unreachable|Connection (?:refused|timed out)|Failed to establish a new connection|bad address/i,
    advice: () => ({
      why: 'The step did not reach the network. Builds reach the internet, but no service of this server itself.',
      hint: 'try again; if it stays so, ask an administrator: ds01 doctor',
    }),
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
  const { name, position, exitCode, memoryBytes, resolved } = context;
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
    if (match !== null) return advice(name, match);
  }
  return { why: null, hint: log };
}

function shortened(instruction: string): string {
  const line = instruction.replaceAll(/\s+/g, ' ');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
