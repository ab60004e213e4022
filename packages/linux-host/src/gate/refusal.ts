import type { GateDecision } from './protocol.ts';

/**
 * The one line, without its `ds01: `, that a person sees who started a container that may not
 * start. `dockerName` is `null` when it isn't known.
 */
export function refusalOf(
  decision: Extract<GateDecision, { pass: false }>,
  dockerName: string | null,
): string {
  const name = nameFor(dockerName);
  const start = `start it with: ds01 container start ${name ?? 'NAME'}`;
  switch (decision.reason) {
    case 'no-grant':
      return name === null && dockerName !== null
        ? 'this container has no GPU lease and was not made by ds01; make one with: ds01 container deploy'
        : `this container has no GPU lease; ${start}`;
    case 'other-devices':
      return `this container asks for other GPUs than its lease has (${decision.detail}); ${start}`;
    case 'being-withdrawn':
      return `the GPU lease of this container is being taken back; ${start}`;
    case 'not-free':
      return `this container has no GPU lease and its GPUs are not free; ${start}`;
    case 'unreadable':
      return `this container has no GPU lease that can be read (${decision.detail}); ${start}`;
  }
}

/** What its owner types for Docker's `<name>._.<owner>`; `null` for names of another form. */
function nameFor(dockerName: string | null): string | null {
  const at = dockerName?.lastIndexOf('._.') ?? -1;
  return dockerName === null || at <= 0 ? null : dockerName.slice(0, at);
}
