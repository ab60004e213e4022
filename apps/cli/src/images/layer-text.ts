/**
 * How a layer came to be, as the Dockerfile had it. The engine's classic builder tells the shell of a
 * `RUN` and marks what ran nothing with `#(nop)`; an imported layer tells nothing.
 */
export function layerText(createdBy: string): string {
  const text = createdBy.replaceAll(/\s+/g, ' ').trim();
  if (text === '') return '-';
  const shell = /^\/bin\/(?:ba)?sh (?:-o pipefail )?-c (.*)$/.exec(text)?.[1];
  if (shell === undefined) return text;
  const instruction = /^#\(nop\) (.*)$/.exec(shell)?.[1];
  // A digest of what was copied says nothing to anybody.
  return (
    instruction?.trim().replace(/^(COPY|ADD) (?:file|dir|multi):[0-9a-f]{64}/, '$1 …') ??
    `RUN ${shell}`
  );
}
