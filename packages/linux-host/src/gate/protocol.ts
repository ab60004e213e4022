import type { ProcessIdentity } from './process-identity.ts';

/**
 * `passes`: this process of a container is being let through the gate. `vetoes`: this process is
 * taking the container's grant away.
 */
export type MarkKind = 'passes' | 'vetoes';

/** A file whose name says it all: who marks which container. */
export interface Mark {
  readonly containerId: string;
  readonly process: ProcessIdentity;
}

/** What the gate needs of a grant. `unreadable` counts as none. */
export type GrantReading =
  | { readonly state: 'granted'; readonly devices: readonly string[] }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly reason: string };

/**
 * The gate's folder, one method a step that is atomic on a file system. Every failure but absence
 * is thrown.
 */
export interface GateFiles {
  place(kind: MarkKind, mark: Mark): void;
  /** Absence is fine. */
  remove(kind: MarkKind, mark: Mark): void;
  /** Of all containers. Marks that existed during the whole call are among them. */
  marks(kind: MarkKind): readonly Mark[];
  isAlive(process: ProcessIdentity): boolean;
  readGrant(containerId: string): GrantReading;
  /** False when there was none. */
  removeGrant(containerId: string): boolean;
  /** True when every device is listed as free. */
  areFree(devices: readonly string[]): boolean;
  recordObserved(containerId: string, devices: readonly string[]): void;
}

/** A container that the engine is starting. */
export interface GateStart {
  readonly containerId: string;
  /** The container's first process, which exists already and waits. */
  readonly process: ProcessIdentity;
  readonly devices: readonly string[];
  readonly mode: 'enforce' | 'observe';
}

/** Whether a start may go on, and why not. */
export type GateDecision =
  | { readonly pass: true; readonly reason: 'granted' | 'observed' }
  | {
      readonly pass: false;
      readonly reason: 'no-grant' | 'other-devices' | 'being-withdrawn' | 'not-free' | 'unreadable';
      readonly detail: string;
    };

/**
 * Decides on a start. The pass mark comes before any look, and the look for vetoes before the look
 * for the grant; docs/adr/0003-lock-free-gate.md shows why this order is safe without a lock.
 */
export function passGate(files: GateFiles, start: GateStart): GateDecision {
  const mark = { containerId: start.containerId, process: start.process };
  files.place('passes', mark);
  const decision = decide(files, start);
  if (!decision.pass) files.remove('passes', mark);
  return decision;
}

function decide(files: GateFiles, start: GateStart): GateDecision {
  const { containerId, devices } = start;
  const vetoes = marksOf(files, 'vetoes', containerId);
  // A veto whose maker died is void: a dead process removes no grant.
  if (vetoes.some((veto) => files.isAlive(veto.process))) {
    return { pass: false, reason: 'being-withdrawn', detail: '' };
  }
  const grant = files.readGrant(containerId);
  if (grant.state === 'unreadable') {
    return { pass: false, reason: 'unreadable', detail: grant.reason };
  }
  if (grant.state === 'granted') {
    if (sameDevices(grant.devices, devices)) return { pass: true, reason: 'granted' };
    return { pass: false, reason: 'other-devices', detail: grant.devices.join(', ') };
  }
  if (start.mode === 'enforce') return { pass: false, reason: 'no-grant', detail: '' };
  if (!files.areFree(devices)) return { pass: false, reason: 'not-free', detail: '' };
  files.recordObserved(containerId, devices);
  return { pass: true, reason: 'observed' };
}

function sameDevices(left: readonly string[], right: readonly string[]): boolean {
  const [granted, wanted] = [new Set(left), new Set(right)];
  return (
    granted.size > 0 &&
    granted.size === wanted.size &&
    [...wanted].every((device) => granted.has(device))
  );
}

/** Outcome of taking a grant away. `in-use`: a process that passed the gate may run. */
export type GrantWithdrawal = 'withdrawn' | 'absent' | 'in-use';

/**
 * Takes a container's grant away unless a process that passed the gate is alive. `withdrawer` is
 * the calling process: should it die, its veto dies with it.
 */
export function withdrawGrant(
  files: GateFiles,
  containerId: string,
  withdrawer: ProcessIdentity,
): GrantWithdrawal {
  const veto = { containerId, process: withdrawer };
  files.place('vetoes', veto);
  try {
    const passes = marksOf(files, 'passes', containerId);
    const ended = passes.filter((pass) => !files.isAlive(pass.process));
    if (ended.length < passes.length) return 'in-use';
    const existed = files.removeGrant(containerId);
    for (const pass of ended) files.remove('passes', pass);
    return existed ? 'withdrawn' : 'absent';
  } finally {
    files.remove('vetoes', veto);
  }
}

/** Removes the marks of processes that are over; one that is over never comes back. */
export function clearMarks(files: GateFiles): void {
  for (const kind of ['passes', 'vetoes'] as const) {
    for (const mark of files.marks(kind)) {
      if (!files.isAlive(mark.process)) files.remove(kind, mark);
    }
  }
}

function marksOf(files: GateFiles, kind: MarkKind, containerId: string): readonly Mark[] {
  return files.marks(kind).filter((mark) => mark.containerId === containerId);
}
