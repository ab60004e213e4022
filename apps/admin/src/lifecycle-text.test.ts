import { localTime, plainScreen } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { statusText } from './lifecycle-text.ts';

const at = '2026-11-22T14:05:09.000Z';
const status: RouteOutput<'admin.lifecycle.status'> = {
  pausedUntil: null,
  highDemand: false,
  stalledSince: null,
  rules: [{ rule: 'idle', lastRanAt: at, inspected: 3, acted: 1 }],
};
const shown = (changes: Partial<typeof status>, hasDaemon = true): readonly string[] =>
  statusText({ ...status, ...changes }, { hasDaemon, screen: plainScreen })
    .split('\n')
    .map((line) => line.trimEnd());

describe('the status of the rules', () => {
  test('has when each looked last', () => {
    expect(shown({})).toEqual([
      'the rules look and measure',
      '',
      'RULE  LAST LOOKED          INSPECTED  ACTED',
      `idle  ${localTime(at)}  3          1`,
    ]);
  });

  test('says since when nothing is looked at', () => {
    expect(shown({ stalledSince: at })[0]).toBe(
      `nothing was measured or looked at since ${localTime(at)}`,
    );
  });

  test('is not well where no daemon runs, whatever was before', () => {
    for (const rules of [status.rules, []]) {
      expect(shown({ rules }, false)[0]).toBe(
        'no daemon runs here: the rules look at nothing, and nothing is stopped',
      );
    }
  });
});
