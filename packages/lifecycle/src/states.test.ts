import { containerStateSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { exemptionOf } from './explain.ts';
import { evaluationOf, createLife, runningContainer } from './testing/life.ts';
import { containerVerbs, rulesOfState, stateAfter, verbsAllowedIn } from './states.ts';

const states = containerStateSchema.options;

describe('the table of states', () => {
  test('a paused container can be started, attached to, stopped and retired', () => {
    expect(stateAfter('paused', 'start')).toBe('running');
    expect(stateAfter('paused', 'attach')).toBe('running');
    expect(stateAfter('paused', 'stop')).toBe('stopped');
    expect(stateAfter('paused', 'retire')).toBe('removed');
  });

  test('what runs is not removed, only retired', () => {
    expect(stateAfter('running', 'remove')).toBeNull();
    expect(stateAfter('paused', 'remove')).toBeNull();
    expect(stateAfter('stopped', 'remove')).toBe('removed');
  });

  test('only what runs can be frozen or entered', () => {
    expect(states.filter((state) => stateAfter(state, 'exec') !== null)).toEqual(['running']);
    expect(states.filter((state) => stateAfter(state, 'pause') !== null)).toEqual([
      'running',
      'paused',
    ]);
  });

  test('nothing leads out of removed', () => {
    expect(verbsAllowedIn('removed')).toEqual([]);
    expect(stateAfter('removed', 'vanished')).toBeNull();
  });

  test('every state but the last can end by a verb and by accident', () => {
    for (const state of states.filter((name) => name !== 'removed')) {
      expect(stateAfter(state, 'retire')).toBe('removed');
      expect(stateAfter(state, 'vanished')).toBe('removed');
    }
  });

  test('a verb that succeeded changes nothing when it is repeated, unless it restarts or ends', () => {
    for (const state of states) {
      for (const verb of containerVerbs) {
        const after = stateAfter(state, verb);
        if (after === null || after === 'removed') continue;
        expect(stateAfter(after, verb), `${verb} twice from ${state}`).toBe(after);
      }
    }
  });
});

describe('every state has a rule that ends it, or an explained exemption', () => {
  const doors = [true, false].flatMap((holdsGpu) =>
    [true, false].flatMap((managed) =>
      (['protected', 'monitoring', null] as const).map((exempt) => ({ holdsGpu, managed, exempt })),
    ),
  );
  test.each(['created', 'running', 'paused', 'stopped'] as const)('%s', (state) => {
    for (const door of doors) {
      const isAlive = state === 'running' || state === 'paused';
      const container = {
        ...runningContainer,
        ...door,
        state,
        startedAtMs: isAlive ? 0 : null,
        stoppedAtMs: state === 'stopped' ? 0 : null,
      };
      const evaluation = evaluationOf(createLife({ container }));
      const { explanation } = createLife({ container }).look();
      const acting = explanation.rules.filter(({ actsAtMs }) => actsAtMs !== null);
      const exemption = exemptionOf(evaluation);
      expect(acting.length > 0, JSON.stringify(door)).toBe(exemption === null);
      expect(explanation.exemption).toBe(exemption);
      for (const { rule } of acting) expect(rulesOfState[state]).toContain(rule);
    }
  });
});
