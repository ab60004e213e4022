import { describe, expect, test } from 'vitest';
import {
  exploreGate,
  type GateWorld,
  type ModelProgram,
  type ModelState,
} from './protocol.model.ts';
import { clearMarks, passGate, withdrawGrant, type GateFiles, type GateStart } from './protocol.ts';

const containerId = 'c'.repeat(64);
const devices = ['GPU-1'];
const identity = (pid: number) => ({ pid, startTicks: String(pid) });

/** Hooks are told apart from other programs by the container's process, 1 to 9. */
function hook(containerPid: number, pass = passGate): ModelProgram {
  const start: GateStart = {
    containerId,
    process: identity(containerPid),
    devices,
    mode: 'enforce',
  };
  return {
    pid: null,
    run: (files) => (pass(files, start).pass ? `passed ${containerPid}` : 'refused'),
  };
}

function withdrawer(pid: number): ModelProgram {
  return { pid, run: (files) => withdrawGrant(files, containerId, identity(pid)) };
}

const cleaner: ModelProgram = {
  pid: 90,
  run(files) {
    clearMarks(files);
    return 'cleaned';
  },
};

function worldOf(alive: readonly number[]): GateWorld {
  return { passes: [], vetoes: [], devices, alive };
}

function runningContainers(state: ModelState): readonly number[] {
  return state.programs.flatMap(({ outcome }) => {
    const pid = Number(/^passed (\d)$/.exec(outcome ?? '')?.[1] ?? 0);
    return state.world.alive.includes(pid) ? [pid] : [];
  });
}

/** How often a container runs although somebody was told that its grant is gone. */
function countViolations(
  programs: readonly ModelProgram[],
  containers: readonly number[],
): { readonly violations: number; readonly states: number; readonly ends: ReadonlySet<string> } {
  let violations = 0;
  const ends = new Set<string>();
  const withdrawers = programs.flatMap(({ pid }) => pid ?? []);
  const states = exploreGate({
    world: worldOf([...containers, ...withdrawers]),
    programs,
    mortals: containers,
    visit(state) {
      const isGone = state.programs.some(
        ({ outcome }) => outcome === 'withdrawn' || outcome === 'absent',
      );
      if (isGone && runningContainers(state).length > 0) violations += 1;
      if (state.programs.every(({ outcome }) => outcome !== null)) {
        ends.add(state.programs.map(({ outcome }) => outcome).join(', '));
      }
    },
  });
  return { violations, states, ends };
}

describe('in every interleaving, with a kill at every step', () => {
  test('no container runs after one withdrawer was told that the grant is gone', () => {
    const { violations, ends } = countViolations([hook(1), withdrawer(80)], [1]);
    expect(violations).toBe(0);
    expect([...ends].toSorted()).toEqual([
      'killed, in-use',
      'killed, killed',
      'killed, withdrawn',
      'passed 1, in-use',
      'passed 1, killed',
      'passed 1, withdrawn',
      'refused, in-use',
      'refused, killed',
      'refused, withdrawn',
    ]);
  });

  test('nor with two withdrawers, one of which may be stopped for ever', () => {
    const { violations, ends } = countViolations([hook(1), withdrawer(80), withdrawer(81)], [1]);
    expect(violations).toBe(0);
    expect(ends).toContain('passed 1, in-use, in-use');
    expect(ends).toContain('passed 1, in-use, withdrawn');
  });

  test('nor with a hook that was left over from an earlier start', () => {
    const { violations } = countViolations([hook(1), hook(2), withdrawer(80)], [1, 2]);
    expect(violations).toBe(0);
  });

  test('nor while somebody clears away the marks of the dead', () => {
    const { violations } = countViolations([hook(1), withdrawer(80), cleaner], [1]);
    expect(violations).toBe(0);
  });

  test('two withdrawers never both say that they took the grant', () => {
    const { ends } = countViolations([withdrawer(80), withdrawer(81)], []);
    expect(ends).not.toContain('withdrawn, withdrawn');
    expect(ends).toContain('withdrawn, absent');
  });
});

describe('the model finds the mistakes that the order of the steps avoids', () => {
  const mark = { containerId, process: identity(1) };
  const lookThenMark = (files: GateFiles, start: GateStart) => {
    const granted = files.readGrant(containerId).state === 'granted';
    files.place('passes', { containerId, process: start.process });
    return granted
      ? ({ pass: true, reason: 'granted' } as const)
      : ({ pass: false, reason: 'no-grant', detail: '' } as const);
  };
  const grantBeforeVeto = (files: GateFiles) => {
    files.place('passes', mark);
    const granted = files.readGrant(containerId).state === 'granted';
    const vetoed = files.marks('vetoes').length > 0;
    return granted && !vetoed
      ? ({ pass: true, reason: 'granted' } as const)
      : ({ pass: false, reason: 'no-grant', detail: '' } as const);
  };

  test('a mark placed after the look', () => {
    expect(countViolations([hook(1, lookThenMark), withdrawer(80)], [1]).violations).not.toBe(0);
  });

  test('a look for the grant before the look for vetoes', () => {
    expect(countViolations([hook(1, grantBeforeVeto), withdrawer(80)], [1]).violations).not.toBe(0);
  });
});

test('a veto of a dead withdrawer blocks no start', () => {
  const ends = new Set<string | null>();
  exploreGate({
    world: { ...worldOf([1]), vetoes: [{ containerId, process: identity(80) }] },
    programs: [hook(1)],
    mortals: [],
    visit: ({ programs }) => programs.forEach(({ outcome }) => ends.add(outcome)),
  });
  expect(ends).toEqual(new Set([null, 'killed', 'passed 1']));
});

test('a start that nobody disturbs passes, and a grant that nobody uses is withdrawn', () => {
  expect(countViolations([hook(1)], []).ends).toEqual(new Set(['passed 1', 'killed']));
  expect(countViolations([withdrawer(80)], []).ends).toEqual(new Set(['withdrawn', 'killed']));
});
