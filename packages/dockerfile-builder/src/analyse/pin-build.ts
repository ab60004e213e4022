import { readDockerfile } from '../document/read-dockerfile.ts';
import { judgeBuild } from './judge-build.ts';
import type { JudgedInstruction, ResolvedImage } from './judged.ts';
import type { AnalyseOptions } from './types.ts';

/** What `pinBuild` puts into a Dockerfile. */
export interface PinOptions extends AnalyseOptions {
  /** What replaces each image of the analysis, by its key: an id such as `sha256:…`. */
  readonly images: ReadonlyMap<string, string>;
  /** Whole lines put behind every FROM; may be empty. */
  readonly afterFrom: string;
}

/**
 * The Dockerfile that an engine is given: every image replaced by what the caller resolved it to, one
 * line an instruction, without comments and directives, up to the target stage. Nothing is left that
 * another reader could cut, substitute or resolve in another way than the analysis did.
 * Throws when the analysis of the same text refuses it, or an image isn't in the map.
 */
export function pinBuild(text: string, { images, afterFrom, ...options }: PinOptions): string {
  const { judged, problems } = judgeBuild(text, options);
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`not analysed: ${problem.message}`);
  const escape = readDockerfile(text).escape === '`' ? '# escape=`\n' : '';
  return escape + judged.map((instruction) => pinned(instruction, { images, afterFrom })).join('');
}

function pinned(
  { instruction, from, uses }: JudgedInstruction,
  { images, afterFrom }: Pick<PinOptions, 'images' | 'afterFrom'>,
): string {
  const { keyword, logical, argumentsAt } = instruction;
  if (from !== null) {
    const name = from.name === null ? '' : ` AS ${from.name}`;
    const after = afterFrom === '' || afterFrom.endsWith('\n') ? afterFrom : `${afterFrom}\n`;
    return `FROM ${nameOf(from.base, images)}${name}\n${after}`;
  }
  let line = '';
  let at = argumentsAt;
  for (const { start, end, resolved } of uses) {
    line += logical.text.slice(at, start) + nameOf(resolved, images);
    at = end;
  }
  // Spaces and tabs only: a wider trim could lay an escape character bare at the end of the line.
  return `${`${keyword} ${line}${logical.text.slice(at)}`.replace(/[ \t]+$/, '')}\n`;
}

function nameOf(resolved: ResolvedImage, images: ReadonlyMap<string, string>): string {
  if (resolved.kind === 'scratch') return 'scratch';
  if (resolved.kind === 'stage') return resolved.name;
  const pin = images.get(resolved.image.key);
  if (pin === undefined) throw new Error(`no pin for ${resolved.image.key}`);
  return pin;
}
