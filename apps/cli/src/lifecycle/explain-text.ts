import { localTime, table, wrapText, type Cell, type Screen, type Table } from '@ds01/command-line';
import type { ExplainOutput, RuleView, SignalView } from '@ds01/contracts/lifecycle';
import { shownName } from '../describe.ts';
import { timeAgo, timeLeft } from './time-left.ts';

/** What a rule is called for people. */
const ruleNames: Readonly<Record<RuleView['rule'], string>> = {
  idle: 'idle stop',
  'max-runtime': 'longest runtime',
  'gpu-hold': 'GPU kept',
  'container-hold': 'container kept',
  'never-started': 'never started',
};

/** What a rule does when it acts. */
const deeds: Readonly<Record<RuleView['rule'], string>> = {
  idle: 'it is stopped, unless it is used',
  'max-runtime': 'it is stopped: the longest runtime',
  'gpu-hold': 'its GPU is given back',
  'container-hold': 'it is removed',
  'never-started': 'it is removed, unless it is started',
};

/** `container explain` for people: what comes next, what counts as activity, and every rule. */
export function explainText(explained: ExplainOutput, screen: Screen, nowMs: number): string {
  const { signals, rules } = explained;
  const inForce = rules.filter(({ applies }) => applies);
  const others = rules.filter(({ applies }) => !applies);
  const sections = [
    headText(explained, screen, nowMs),
    signals.length === 0 ? '' : table(signalTable(signals), screen),
    inForce.length === 0 ? '' : table(ruleTable(inForce, nowMs), screen),
    postponements(inForce, screen),
    // Who is exempt from everything has read it in the first lines.
    explained.exemption === null ? refusals(others, screen) : '',
  ];
  const name = shownName(explained.container);
  return sections
    .filter((text) => text !== '')
    .join('\n\n')
    .replaceAll(/(?<=ds01 container \w+ )NAME\b/g, name);
}

/** The longest runtime isn’t the only reason for which its rule stops a container. */
function deedOf(
  rule: RuleView['rule'],
  { stopReason }: Pick<ExplainOutput['container'], 'stopReason'>,
): string {
  const isPromised = rule === 'max-runtime' && stopReason?.startsWith('stopped: ') === true;
  return isPromised ? `it is ${stopReason}` : deeds[rule];
}

function headText(explained: ExplainOutput, screen: Screen, nowMs: number): string {
  const { container, exemption, highDemand, pausedUntil, next, lastActiveAt } = explained;
  const slots = container.slots.length === 0 ? '' : `, GPU ${container.slots.join(', ')}`;
  const mayIdle = explained.rules.some(({ rule, applies }) => rule === 'idle' && applies);
  const by = explained.lastActiveBy === null ? '' : ` (${explained.lastActiveBy})`;
  const lines = [
    `${shownName(container)} (${container.state}${slots})`,
    ...(exemption === null ? [] : [exemption]),
    ...(exemption !== null || next === null
      ? []
      : [
          `next: ${deedOf(next.rule, container)} (${timeLeft(next.at, nowMs)}, at ${localTime(next.at)})`,
        ]),
    ...(exemption === null && next === null ? ['Nothing will be done to it as things stand.'] : []),
    ...(pausedUntil === null
      ? []
      : [`An administrator paused all rules; they act again ${timeLeft(pausedUntil, nowMs)}.`]),
    ...(highDemand && mayIdle ? ['Many want GPUs now: idle containers are stopped sooner.'] : []),
    ...(lastActiveAt === null ? [] : [`last active ${timeAgo(lastActiveAt, nowMs)}${by}`]),
  ];
  return lines.flatMap((line) => wrapped(line, screen)).join('\n');
}

function signalTable(signals: readonly SignalView[]): Table {
  return {
    columns: [{ heading: 'ACTIVITY' }, { heading: 'COUNTS AS' }, { heading: 'NOW', fit: 'wrap' }],
    rows: signals.map(({ signal, subject, active, message }): readonly Cell[] => [
      subject === null ? signal : `${signal} ${subject}`,
      active ? { text: 'active', style: 'green' } : 'idle',
      message,
    ]),
  };
}

function ruleTable(rules: readonly RuleView[], nowMs: number): Table {
  return {
    columns: [{ heading: 'RULE' }, { heading: 'ACTS' }, { heading: 'WHY', fit: 'wrap' }],
    rows: rules.map((view): readonly Cell[] => [
      ruleNames[view.rule],
      view.actsAt === null ? '-' : timeLeft(view.actsAt, nowMs),
      `${view.message}${warningText(view, nowMs)}`,
    ]),
  };
}

function warningText({ warnings }: RuleView, nowMs: number): string {
  const given = warnings.findLast((warning) => warning.given);
  if (given !== undefined) return ` You were warned ${timeAgo(given.at, nowMs)}.`;
  const [first] = warnings;
  return first === undefined ? '' : ` You are warned before, first ${timeLeft(first.at, nowMs)}.`;
}

function postponements(rules: readonly RuleView[], screen: Screen): string {
  const texts = new Set(rules.flatMap(({ postponedBy }) => postponedBy));
  return texts.size === 0 ? '' : list('what postpones it:', [...texts], screen);
}

function refusals(rules: readonly RuleView[], screen: Screen): string {
  const texts = rules.map(({ rule, message }) => `${ruleNames[rule]}: ${message}`);
  return texts.length === 0 ? '' : list('rules that don’t act now:', texts, screen);
}

function list(heading: string, texts: readonly string[], screen: Screen): string {
  const items = texts.flatMap((text) =>
    wrapText(text.replaceAll('`', ''), screen.width === null ? Infinity : screen.width - 2).map(
      (line, index) => `${index === 0 ? '- ' : '  '}${line}`,
    ),
  );
  return [heading, ...items].join('\n');
}

function wrapped(text: string, screen: Screen): readonly string[] {
  return wrapText(text, screen.width ?? Infinity);
}
