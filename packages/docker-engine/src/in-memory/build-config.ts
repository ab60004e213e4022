import { posix } from 'node:path';
import type { ImageDetails } from '@ds01/ports';
import { z } from 'zod';
import { pairsOf, type Instruction } from './dockerfile.ts';

const instructions =
  /^(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)$/;

/** True for instructions that change an image's configuration only, or nothing that is looked at. */
export function isConfiguration(keyword: string): boolean {
  return instructions.test(keyword);
}

/** The image's configuration after an instruction. */
export function configured(image: ImageDetails, { keyword, rest }: Instruction): ImageDetails {
  const plain = { ...image, onBuild: keyword === 'ONBUILD' ? [...image.onBuild, rest] : [] };
  switch (keyword) {
    case 'CMD':
      return { ...plain, command: commandOf(rest) };
    case 'ENTRYPOINT':
      return { ...plain, entrypoint: commandOf(rest), command: [] };
    case 'ENV':
      return { ...plain, env: withVariables(image.env, rest) };
    case 'LABEL':
      return { ...plain, labels: { ...image.labels, ...Object.fromEntries(pairsOf(rest)) } };
    case 'USER':
      return { ...plain, user: rest };
    case 'WORKDIR':
      return {
        ...plain,
        workingDirectory: posix.resolve('/', image.workingDirectory, rest),
      };
    default:
      return plain;
  }
}

function withVariables(env: readonly string[], rest: string): readonly string[] {
  const pairs = pairsOf(rest);
  const names = new Set(pairs.map(([name]) => name));
  const others = env.filter((variable) => !names.has(variable.split('=')[0] ?? ''));
  return [...others, ...pairs.map(([name, value]) => `${name}=${value}`)];
}

const wordsSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('not JSON');
      return z.NEVER;
    }
  })
  .pipe(z.array(z.string()));

/** Words of the JSON form, or `null` for the shell form. */
export function jsonWords(rest: string): readonly string[] | null {
  const parsed = wordsSchema.safeParse(rest);
  return parsed.success ? parsed.data : null;
}

function commandOf(rest: string): readonly string[] {
  return jsonWords(rest) ?? ['/bin/sh', '-c', rest];
}
