import { join } from 'node:path';
import { ds01Error } from '@ds01/contracts/core';
import {
  createRecipe,
  parseCondaEnvironment,
  parseCondaExplicit,
  usualSystemPackages,
  type Recipe,
} from '@ds01/dockerfile-builder';
import type { ChosenBase } from './choose-base.ts';
import type { CreateWishes } from './create-wishes.ts';
import type { PersonFiles } from './person-files.ts';
import { placed, requirementsForContext, type FileForContext } from './requirement-files.ts';

/** A recipe, and the files that belong into its context. */
export interface MadeRecipe {
  readonly recipe: Recipe;
  readonly files: readonly FileForContext[];
  readonly notices: readonly string[];
}

/**
 * The recipe of what was wished for. Fails with `recipe.invalid`, `requirements.invalid`, `file.*`.
 */
export async function makeRecipe(
  files: PersonFiles,
  wishes: CreateWishes,
  place: Pick<ChosenBase, 'base' | 'packages'> & {
    readonly name: string;
    readonly context: string;
  },
): Promise<MadeRecipe> {
  const { me } = files;
  const { name, context, base, packages } = place;
  const found: FileForContext[] = [];
  const notices: string[] = [];
  let builder = createRecipe({ project: name, base, author: me.user });
  if (me.uid !== 0) {
    builder = builder.withOwner({ uid: me.uid, gid: me.gid, slug: me.slug, name: me.user });
  }
  if (wishes.usual) builder = builder.withSystemPackages(...usualSystemPackages);
  builder = builder.withSystemPackages(...wishes.system).withPackages(...packages);
  if (wishes.uv) builder = builder.withInstaller('uv');
  if (wishes.conda !== null) {
    const conda = await condaFile(files, wishes.conda, context);
    builder = builder.withConda({ file: conda.file.path, kind: conda.kind });
    found.push(conda.file);
  }
  if (wishes.uv && (await files.readText(join(context, 'pyproject.toml'))) !== null) {
    const lock = (await files.readText(join(context, 'uv.lock'))) === null ? null : 'uv.lock';
    builder = builder.withPyproject({ file: 'pyproject.toml', lock });
  }
  for (const given of wishes.requirements) {
    const request = { given, context, flag: '--requirements', refusesLocal: true };
    const list = await requirementsForContext(files, request);
    builder = builder.withRequirements(list.path, list.includes);
    found.push(...list.files);
    notices.push(...list.notices);
  }
  if (wishes.jupyter) builder = builder.withJupyter();
  if (wishes.dataScience) builder = builder.withGroup('data-science');
  if (wishes.useCase !== null) builder = builder.withUseCase(wishes.useCase);
  builder = builder.withPackages(...wishes.packages);
  if (wishes.multiStage) builder = builder.asMultiStage();
  const made = builder.build();
  if (!made.ok) throw invalidRecipe(made.problems, wishes);
  return { recipe: made.recipe, files: found, notices: [...notices, ...made.notices] };
}

async function condaFile(
  files: PersonFiles,
  given: string,
  context: string,
): Promise<{ readonly file: FileForContext; readonly kind: 'environment' | 'explicit' }> {
  const text = await files.readGiven(given, '--conda');
  const kind = /^@EXPLICIT\s*$/m.test(text) ? 'explicit' : 'environment';
  const parsed = kind === 'explicit' ? parseCondaExplicit(text) : parseCondaEnvironment(text);
  if (!parsed.ok) {
    throw ds01Error('requirements.invalid', {
      message: parsed.problems
        .map(({ line, message }) => `${given}, line ${line}: ${message}`)
        .join('\n'),
      hint: parsed.problems[0]?.hint ?? `sed -n ${parsed.problems[0]?.line ?? 1}p '${given}'`,
      details: { problems: parsed.problems },
    });
  }
  return { file: placed(given, text, context), kind };
}

/** A part of a recipe as it was given on the command line. */
function givenAs(path: string, { base, system, usual }: CreateWishes): string {
  if (path === 'base.image') return base === null ? 'the base' : `--base ${JSON.stringify(base)}`;
  const [, index] = /^systemPackages\.(\d+)$/.exec(path) ?? [];
  const all = usual ? [...usualSystemPackages, ...system] : system;
  const word = index === undefined ? undefined : all[Number(index)];
  return word === undefined ? path || 'the image' : `--system ${JSON.stringify(word)}`;
}

function invalidRecipe(
  problems: readonly { readonly path: string; readonly message: string }[],
  wishes: CreateWishes,
) {
  return ds01Error('recipe.invalid', {
    message: problems.map(({ path, message }) => `${givenAs(path, wishes)}: ${message}`).join('\n'),
    hint: 'ds01 image create --help',
    details: { problems },
  });
}
