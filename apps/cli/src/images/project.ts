import { dirname, join, resolve } from 'node:path';
import { textFlag, type FlagValues } from '@ds01/command-line';
import { objectNameRule, readObjectName } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { PersonFiles } from './person-files.ts';

/** Where what an image is made from lies. */
export interface ImageProject {
  readonly name: string;
  readonly dockerfile: string;
  /** The folder that COPY and ADD copy from. */
  readonly context: string;
  /** True when somebody named the Dockerfile; else it is the project's own. */
  readonly isGiven: boolean;
}

/**
 * Where an image's Dockerfile is: what `--dockerfile` and `--context` say, else in the project's folder.
 * Fails with `name.invalid`.
 */
export function projectOf(
  given: string,
  flags: FlagValues,
  { me }: Pick<PersonFiles, 'me'>,
): ImageProject {
  const name = imageName(given);
  const path = textFlag(flags, 'dockerfile');
  const context = textFlag(flags, 'context');
  const folder = join(me.workspaces, name);
  const dockerfile = path === null ? join(folder, 'Dockerfile') : resolve(path);
  return {
    name,
    dockerfile,
    context: context === null ? dirname(dockerfile) : resolve(context),
    isGiven: path !== null,
  };
}

/** A checked name of an image. Fails with `name.invalid`. */
function imageName(given: string): string {
  const read = readObjectName(given);
  if (read.ok) return read.name;
  throw ds01Error('name.invalid', {
    message: `${JSON.stringify(given)} can’t be the name of an image: ${objectNameRule}.`,
    hint: `ds01 image create ${read.suggestion}`,
    details: { given },
  });
}

/** Text of a Dockerfile that has to be there. Fails with `dockerfile.not-found`. */
export async function readDockerfileOf(
  { name, dockerfile, isGiven }: ImageProject,
  files: PersonFiles,
): Promise<string> {
  const text = isGiven
    ? await files.readGiven(dockerfile, '--dockerfile')
    : await files.readText(dockerfile);
  if (text !== null) return text;
  throw ds01Error('dockerfile.not-found', {
    message: `There is no ${dockerfile} to build "${name}" from.`,
    hint: `ds01 image create ${name} --framework pytorch`,
    details: { path: dockerfile },
  });
}
