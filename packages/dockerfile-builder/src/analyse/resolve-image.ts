import type { DockerfileStage } from '../document/types.ts';
import type { ResolvedImage } from './judged.ts';
import type { ExternalImage } from './types.ts';

/** A name's meaning, or why it has none. */
export type ResolvedName =
  | { readonly ok: true; readonly resolved: ResolvedImage }
  | { readonly ok: false; readonly reason: string };

const referencePattern = /^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,511}$/;

function externalImage(image: Omit<ExternalImage, 'key'>): ResolvedName {
  const { reference, platform } = image;
  if (!referencePattern.test(reference)) {
    return { ok: false, reason: `"${printable(reference)}" is no name of an image` };
  }
  const key = platform === null ? reference : `${reference} ${platform}`;
  return { ok: true, resolved: { kind: 'external', image: { key, ...image } } };
}

/** What stands behind FROM, substituted: nothing, an earlier stage or an image. */
export function resolveBase(
  reference: string,
  {
    earlier,
    ...use
  }: { earlier: readonly DockerfileStage[]; platform: string | null; line: number },
): ResolvedName {
  if (reference === 'scratch') return { ok: true, resolved: { kind: 'scratch' } };
  const name = reference.toLowerCase();
  return earlier.some((stage) => stage.name === name)
    ? { ok: true, resolved: { kind: 'stage', name } }
    : externalImage({ reference, usedBy: 'from', ...use });
}

/**
 * What stands behind `--from=`: an earlier stage by name or number, or an image. In ONBUILD
 * (`stages` is `null`) only images are known.
 */
export function resolveCopySource(
  value: string,
  {
    stages,
    stage,
    line,
  }: { stages: readonly DockerfileStage[]; stage: number | null; line: number },
): ResolvedName {
  if (/^[+-]?\d+$/.test(value)) return resolveNumber(value, stage);
  const name = value.toLowerCase();
  const named = stages.find((candidate) => candidate.name === name);
  if (named === undefined) {
    return name === 'scratch'
      ? { ok: false, reason: '"scratch" has no files' }
      : externalImage({ reference: value, usedBy: 'copy', platform: null, line });
  }
  if (stage === null)
    return { ok: false, reason: `"${name}" is a stage, which ONBUILD can't name` };
  return named.index < stage
    ? { ok: true, resolved: { kind: 'stage', name } }
    : { ok: false, reason: `the stage "${name}" comes later` };
}

function resolveNumber(value: string, stage: number | null): ResolvedName {
  if (stage === null) return { ok: false, reason: "ONBUILD can't name a stage" };
  return /^(0|[1-9]\d{0,3})$/.test(value) && Number(value) < stage
    ? { ok: true, resolved: { kind: 'stage', name: value } }
    : { ok: false, reason: `there is no earlier stage ${value}` };
}

/** A name for a message: nothing in it can break a line or hide. */
export const printable = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 80);
