import type { ExplainOutput, Overview } from '@ds01/contracts/lifecycle';
import { wrapText } from '@ds01/command-line';
import type { Body } from './body.ts';
import { line, span, type Line } from './line.ts';
import type { Details } from './state.ts';
import { distance, operandOf, percent, shortBytes } from './words.ts';

/** Wider than the longest name of a rule. */
const labelWidth = 16;

/** A container and what the rules will do with it. */
export function detailsBody(details: Details, overview: Overview, width: number): Body {
  const container = overview.containers.find(({ dockerName }) => dockerName === details.dockerName);
  const nowMs = Date.parse(overview.at);
  const field = (label: string, value: string): readonly Line[] =>
    wrapText(value, Math.max(20, width - labelWidth)).map((text, index) => [
      span((index === 0 ? label : '').padEnd(labelWidth), 'dim'),
      span(text),
    ]);
  const rows: readonly Line[] =
    container === undefined
      ? [line('it is not there any more', 'yellow')]
      : [
          ...field('container', operandOf(container)),
          ...field('in Docker', `${container.dockerName} ${container.id.slice(0, 12)}`),
          ...field('owner', container.user ?? 'nobody known'),
          ...field('state', `${container.state}, made by ${container.interface}`),
          ...field('image', container.image),
          ...field('GPU', container.slots.length === 0 ? 'none' : container.slots.join(', ')),
          ...(container.gpuProblem === undefined ? [] : field('problem', container.gpuProblem)),
          ...field(
            'uses',
            `CPU ${percent(container.cpuPercent)} %, memory ${shortBytes(container.memoryBytes)} of ${shortBytes(container.memoryLimitBytes)}`,
          ),
          ...(container.lastActiveAt === null
            ? []
            : field('active', `${distance(container.lastActiveAt, nowMs)} ago`)),
          ...(container.stopsAt === null
            ? []
            : field(
                'stops',
                `in ${distance(container.stopsAt, nowMs)}: ${container.stopReason ?? ''}`,
              )),
          [],
          ...explanationLines(details, field),
        ];
  return { heading: [], rows, cursor: null };
}

function explanationLines(
  { explanation, problem }: Details,
  field: (label: string, value: string) => readonly Line[],
): readonly Line[] {
  if (problem !== null) return field('rules', problem);
  if (explanation === null) return field('rules', '…');
  return [
    ...(explanation.exemption === null ? [] : field('exempt', explanation.exemption)),
    ...explanation.rules.flatMap((rule) => [
      ...field(rule.rule, rule.message),
      ...rule.postponedBy.flatMap((way) => field('', `- ${way}`)),
    ]),
    ...signalLines(explanation, field),
  ];
}

function signalLines(
  { signals }: ExplainOutput,
  field: (label: string, value: string) => readonly Line[],
): readonly Line[] {
  return signals.flatMap(({ signal, subject, message }) =>
    field(subject === null ? signal : `${signal} ${subject}`, message),
  );
}
