import type { GateFiles, Mark, MarkKind } from './protocol.ts';

/** The gate's folder and the processes of a host, as plain data. */
export interface GateWorld {
  readonly passes: readonly Mark[];
  readonly vetoes: readonly Mark[];
  readonly devices: readonly string[] | null;
  readonly alive: readonly number[];
}

/** One program that takes part: a hook, a withdrawer or a cleaner. It must be deterministic. */
export interface ModelProgram {
  /** Process that dies with the program; a hook's container may live without its hook. */
  readonly pid: number | null;
  readonly run: (files: GateFiles) => string;
}

/** Where a program is: results of its steps so far, and what became of it. */
export interface ProgramState {
  readonly results: readonly unknown[];
  readonly outcome: string | null;
}

/** A state of the model. */
export interface ModelState {
  readonly world: GateWorld;
  readonly programs: readonly ProgramState[];
}

class Pause extends Error {}

/**
 * Visits every state that the programs can reach in any interleaving of their steps, where each may
 * also be killed and each process in `mortals` may end at any moment; returns how many there are. A
 * program is taken to its next step by running it again from the start on its recorded results.
 */
export function exploreGate(options: {
  readonly world: GateWorld;
  readonly programs: readonly ModelProgram[];
  readonly mortals: readonly number[];
  readonly visit: (state: ModelState) => void;
}): number {
  const start = { results: [], outcome: null };
  const first: ModelState = { world: options.world, programs: options.programs.map(() => start) };
  const seen = new Set([JSON.stringify(first)]);
  const open = [first];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    options.visit(state);
    for (const next of successors(state, options)) {
      const key = JSON.stringify(next);
      if (seen.has(key)) continue;
      seen.add(key);
      open.push(next);
    }
  }
  return seen.size;
}

function successors(
  state: ModelState,
  options: { readonly programs: readonly ModelProgram[]; readonly mortals: readonly number[] },
): readonly ModelState[] {
  const deaths = options.mortals
    .filter((pid) => state.world.alive.includes(pid))
    .map((pid) => ({ ...state, world: withoutProcess(state.world, pid) }));
  const steps = options.programs.flatMap((program, index) => {
    const current = state.programs[index];
    if (current === undefined || current.outcome !== null) return [];
    const replace = (world: GateWorld, next: ProgramState): ModelState => ({
      world,
      programs: state.programs.map((other, position) => (position === index ? next : other)),
    });
    const killedWorld =
      program.pid === null ? state.world : withoutProcess(state.world, program.pid);
    const killed = replace(killedWorld, { ...current, outcome: 'killed' });
    const stepped = step(program, state.world, current);
    return [killed, replace(stepped.world, stepped.program)];
  });
  return [...deaths, ...steps];
}

function withoutProcess(world: GateWorld, pid: number): GateWorld {
  return { ...world, alive: world.alive.filter((other) => other !== pid) };
}

function step(
  program: ModelProgram,
  before: GateWorld,
  state: ProgramState,
): { readonly world: GateWorld; readonly program: ProgramState } {
  let world = before;
  let isPaused = false;
  const results = [...state.results];
  let position = 0;
  const perform = <T>(operation: (world: GateWorld) => readonly [T, GateWorld]): T => {
    if (position < state.results.length) {
      const recorded = state.results[position];
      position += 1;
      // What this very operation returned in an earlier run of the same program.
      return recorded as T;
    }
    if (isPaused || results.length > state.results.length) {
      isPaused = true;
      throw new Pause();
    }
    const [result, after] = operation(world);
    world = after;
    results.push(result);
    return result;
  };
  try {
    const outcome = program.run(filesOn(perform));
    return { world, program: { results, outcome } };
  } catch (error) {
    if (!(error instanceof Pause)) throw error;
    return { world, program: { results, outcome: null } };
  }
}

function filesOn(
  perform: <T>(operation: (world: GateWorld) => readonly [T, GateWorld]) => T,
): GateFiles {
  const isSame = (left: Mark, right: Mark) => left.process.pid === right.process.pid;
  const without = (world: GateWorld, kind: MarkKind, mark: Mark) =>
    world[kind].filter((other) => !isSame(other, mark));
  return {
    place: (kind, mark) =>
      perform((world) => [null, { ...world, [kind]: [...without(world, kind, mark), mark] }]),
    remove: (kind, mark) =>
      perform((world) => [null, { ...world, [kind]: without(world, kind, mark) }]),
    marks: (kind) => perform((world) => [world[kind], world]),
    isAlive: (process) => perform((world) => [world.alive.includes(process.pid), world]),
    readGrant: () =>
      perform((world) => [
        world.devices === null ? { state: 'absent' } : { state: 'granted', devices: world.devices },
        world,
      ]),
    removeGrant: () => perform((world) => [world.devices !== null, { ...world, devices: null }]),
    areFree: () => perform((world) => [true, world]),
    recordObserved: () => perform((world) => [null, world]),
  };
}
