import { usernameSchema, type LimitKey } from '@ds01/contracts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadPolicy } from '../load-policy.ts';
import { resolveLimits } from '../resolve-limits.ts';
import { addExemption, removeExemptions } from './edit-lists.ts';
import { editOverride } from './edit-override.ts';

const alice = usernameSchema.parse('alice');
const keys = ['max_cpus', 'memory', 'aggregate.gpu_limit', 'policies.grace_period_m'] as const;
const values: Readonly<Record<(typeof keys)[number], string>> = {
  max_cpus: '3',
  memory: '7g',
  'aggregate.gpu_limit': '2.5',
  'policies.grace_period_m': '1h',
};

const comment = fc.stringMatching(/^[a-z "'{}[\]:,&*!|>%@-]{0,20}$/).map((text) => `#${text}`);
const sameLine = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  comment.map((text) => ` ${text}`),
);
const between = fc.array(fc.oneof(comment, fc.constant('')), { maxLength: 2 });
const limit = fc.constantFrom('max_cpus: 2', 'cpus: 2', 'memory: "8g"', 'max_runtime_h:  null');

/** Somebody's entry, in one of the ways in which people write it. */
const entry = (name: string) =>
  fc
    .record({
      limits: fc.uniqueArray(limit, {
        minLength: 1,
        maxLength: 3,
        selector: (one) => one.slice(0, 3),
      }),
      indent: fc.integer({ min: 1, max: 6 }),
      inBrackets: fc.boolean(),
      section: fc.boolean(),
      quoted: fc.boolean(),
      tail: sameLine,
      inside: between,
    })
    .map(({ limits, indent, inBrackets, section, quoted, tail, inside }) => {
      const key = quoted ? JSON.stringify(name) : name;
      if (inBrackets) return [`${key}: { ${limits.join(', ')} }${tail}`];
      const space = ' '.repeat(indent);
      const nested = section
        ? [
            `${space}aggregate:`,
            ...inside.map((line) => space + line),
            `${space} tasks_max: 9${tail}`,
          ]
        : [];
      return [`${key}:${tail}`, ...limits.map((one) => `${space}${one}${tail}`), ...nested];
    });

const texts = fc
  .record({
    entries: fc
      .uniqueArray(fc.constantFrom('bob', 'carol', 'dave', 'alice'), { maxLength: 4 })
      .chain((names) => fc.tuple(...names.map((name) => fc.tuple(between, entry(name))))),
    tail: between,
    windows: fc.boolean(),
    unended: fc.boolean(),
  })
  .map(({ entries, tail, windows, unended }) => {
    const lines = [...entries.flatMap(([before, lines]) => [...before, ...lines]), ...tail];
    const text = lines.map((line) => `${line}${windows ? '\r\n' : '\n'}`).join('');
    return unended ? text.replace(/\r?\n$/, '') : text;
  });

const edits = fc
  .subarray([...keys], { minLength: 1 })
  .map((chosen) => new Map<LimitKey, string | null>(chosen.map((key) => [key, values[key]])));

function edited(text: string, changes: ReadonlyMap<LimitKey, string | null>): string {
  const edit = editOverride(text, { user: alice, edits: changes, within: [] });
  return edit.ok ? edit.text : `REFUSED ${edit.reason}`;
}

function limitsOf(text: string, user: string) {
  const { policy, problems } = loadPolicy([
    { path: 'resource-limits.yaml', text: 'groups: {}' },
    { path: 'user-overrides.yaml', text },
  ]);
  const errors = problems.filter(({ severity }) => severity === 'error');
  return {
    errors,
    limits: policy && resolveLimits(policy, usernameSchema.parse(user)).resolved.limits,
  };
}

/** Lines without those that an edit may change: the user's own, and the empty ones. */
function linesOfOthers(text: string): readonly string[] {
  let isOwn = false;
  return text.split('\n').filter((line) => {
    if (/^["a-z]/.test(line)) isOwn = /^"?alice\b/.test(line);
    return line.trim().startsWith('#') || (!isOwn && line.trim() !== '');
  });
}

describe('an edit of an override', () => {
  test('changes nothing but the entry, and no line that is a comment', () => {
    fc.assert(
      fc.property(texts, edits, (text, changes) => {
        const after = edited(text, changes);
        const strip = (lines: readonly string[]) => lines.map((line) => line.replace(/\r$/, ''));
        expect(strip(linesOfOthers(after))).toEqual(strip(linesOfOthers(text)));
        for (const name of ['bob', 'carol', 'dave']) {
          const then = Object.entries(limitsOf(text, name).limits ?? {});
          const now = Object.entries(limitsOf(after, name).limits ?? {});
          expect(now.map(([key, { value }]) => [key, value])).toEqual(
            then.map(([key, { value }]) => [key, value]),
          );
        }
      }),
      { seed: 6, numRuns: 120 },
    );
  });

  test('has its effect, and done twice changes nothing more', () => {
    fc.assert(
      fc.property(texts, edits, (text, changes) => {
        const after = edited(text, changes);
        const { limits, errors } = limitsOf(after, 'alice');
        expect(errors).toEqual([]);
        for (const key of changes.keys()) expect(limits?.[key].layer).toBe('override');
        expect(edited(after, changes)).toBe(after);
      }),
      { seed: 7, numRuns: 120 },
    );
  });

  test('that set what was not there is undone by taking it away, to the byte', () => {
    fc.assert(
      fc.property(texts, edits, (text, changes) => {
        fc.pre(!/^"?alice/m.test(text));
        const away = new Map([...changes.keys()].map((key) => [key, null]));
        expect(edited(edited(text, changes), away)).toBe(text);
      }),
      { seed: 8, numRuns: 120 },
    );
  });
});

test('an exemption that is added and taken away again leaves the file as it was', () => {
  const item = (name: string) =>
    fc
      .tuple(between, fc.constantFrom(0, 2, 4), sameLine)
      .map(([before, indent, tail]) => [
        ...before,
        `${' '.repeat(indent)}- username: ${name}${tail}`,
        `${' '.repeat(indent)}  exempt_from: [idle_timeout_h]${tail}`,
      ]);
  const lists = fc
    .tuple(between, fc.option(item('bob')), between)
    .map(([before, one, after]) =>
      [...before, 'exemptions:', ...(one ?? []), ...after].map((line) => `${line}\n`).join(''),
    );
  const entryOf = { user: alice, rules: ['idle_timeout_h'], expiresOn: null } as const;
  const approval = { reason: '# "x": y', approvedBy: 'root', approvedOn: '2026-01-05' };
  fc.assert(
    fc.property(lists, (text) => {
      const added = addExemption(text, { ...entryOf, ...approval });
      const removed = added.ok ? removeExemptions(added.text, alice) : added;
      expect(removed).toEqual({ ok: true, text });
    }),
    { seed: 9, numRuns: 80 },
  );
});
