import fc from 'fast-check';
import { commandSchema } from '../recipe/command.ts';
import { type Recipe, type RecipeInput, recipeSchema } from '../recipe/recipe-schema.ts';
import {
  argumentSchema,
  contextPathSchema,
  imagePathSchema,
  oneLineSchema,
  packageSpecSchema,
} from '../recipe/value-kinds.ts';

/** What breaks out of quotes, comments, lines and variables when somebody forgets about it. */
const nasty: readonly string[] = [
  ...Array.from('\n\r\t\\\'"`$#&;|<>*?[]{}~!=@:%,./ -\u00A0\u0085\u2028\uFEFF\u007F\0é漢🦊aZ0'),
  '\uD800',
  '\\\n',
  '${HOME}',
  '$(id)',
  '`id`',
  '# ds01: ',
  '<<EOF',
  '<<-"E"',
  '[*]',
  '--from=x',
  'FROM x',
  '\nUSER root',
];
const nastyText = fc
  .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 3 })), {
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''));

const passing =
  (schema: { safeParse: (value: unknown) => { success: boolean } }) => (text: unknown) =>
    schema.safeParse(text).success;
const after = (beginning: string) => nastyText.map((text) => `${beginning}${text}`);

/** Lines of text as env values, labels and authors are. */
export const lines = nastyText
  .map((text) => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\uD800-\uDFFF]/gu, ''))
  .filter(passing(oneLineSchema));
/** Words of programs, which may have several lines. */
export const argumentsOfPrograms = nastyText.filter(passing(argumentSchema));
/** What `pip install` is asked for. */
export const packageSpecs = fc.oneof(
  fc.constantFrom('pandas', 'pandas>=2.0', 'torch>=2.1; python_version<"3.12"', 'jax[cuda12]'),
  fc.constantFrom('x @ git+https://example.org/x@v1#egg=x', 'Scikit_Learn~=1.0', 'a!=1.*,<2'),
  lines.map((text) => `a${text}b`).filter(passing(packageSpecSchema)),
);
/** Paths below a context. */
export const paths = fc
  .oneof(fc.constantFrom('requirements.txt', 'a b/req.txt', '--x', '[x]*?', '$HOME', 'ü'), lines)
  .filter(passing(contextPathSchema));
const word = fc.stringMatching(/^[a-z0-9]{1,4}([._-][a-z0-9]{1,3}){0,2}$/);
const systemPackage = fc.constantFrom(
  'git',
  'tree',
  'libgl1',
  'g++',
  'gcc:amd64=4:12.2.0-3',
  'curl=7.88.1-10+deb12u8~x',
  'a1=~1',
);
const few = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 3 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const id = fc.constantFrom(1, 1000, 1_722_830_498, 4_294_967_294);

const base = fc.record({
  image: fc.constantFrom('debian', 'localhost:5000/a/b:1.0', `sha256:${'0a'.repeat(32)}`),
  digest: maybe(fc.constant(`sha256:${'b1'.repeat(32)}`)),
  framework: maybe(word),
  version: maybe(
    lines
      .filter((text) => text !== '')
      .map((text) => text.slice(0, 50))
      .filter(passing(oneLineSchema.min(1))),
  ),
  architecture: maybe(word),
});

const owner = fc.record({
  uid: id,
  gid: id,
  slug: fc.constantFrom('alice', 'u204214_0a1b2c', '204214'),
  name: fc.constantFrom('alice', '204214@example.org', 'a$(id);&|b', '#x', 'ä'),
});

const command = fc
  .oneof(
    fc.constantFrom(
      'echo hi',
      'a && b',
      ' padded ',
      '[ -f x ]',
      '--mount=x',
      'two\nlines',
      'end\\',
    ),
    fc.constantFrom('cat <<EOF', 'echo "$HOME" # remark', '#x', '["a"]'),
    nastyText,
    fc.array(argumentsOfPrograms, { minLength: 1, maxLength: 4 }),
    fc.constant(['/bin/sh', '-c', 'two\nlines', 'more']),
  )
  .filter(passing(commandSchema));

const input = fc.record({
  project: word,
  base,
  author: maybe(lines.filter((text) => text !== '')),
  createdAt: maybe(fc.constant('2026-11-22T10:00:00Z')),
  useCase: maybe(word),
  systemPackages: few(systemPackage),
  buildPackages: few(systemPackage),
  installer: fc.constantFrom('pip', 'uv', 'conda'),
  constraintFiles: few(paths),
  conda: maybe(fc.record({ file: paths, kind: fc.constantFrom('environment', 'explicit') })),
  pyproject: maybe(
    fc
      .record({ folder: fc.constantFrom('', 'a b/', '$x/'), locked: fc.boolean() })
      .map(({ folder, locked }) => ({
        file: `${folder}pyproject.toml`,
        lock: locked ? `${folder}uv.lock` : null,
      })),
  ),
  requirementFiles: few(fc.record({ path: paths, includes: few(paths) })),
  groups: few(
    fc.record({ name: word, packages: fc.array(packageSpecs, { minLength: 1, maxLength: 3 }) }),
  ),
  packages: few(packageSpecs),
  jupyter: fc.boolean(),
  env: fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,5}$/), lines, { maxKeys: 3 }),
  labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}([._/-][a-z0-9]{1,3})?$/), lines, {
    maxKeys: 3,
  }),
  copy: few(
    fc.record({
      from: fc.oneof(fc.constant(['.']), fc.array(paths, { minLength: 1, maxLength: 2 })),
      to: after('/x')
        .map((text) => `${text}/`)
        .filter(passing(imagePathSchema)),
    }),
  ),
  commands: few(command),
  entrypoint: maybe(few(argumentsOfPrograms)),
  command: maybe(few(argumentsOfPrograms)),
  multiStage: fc.boolean(),
  owner: maybe(owner),
});

/** Recipes whose every value tries to be more than a value. */
export const recipes: fc.Arbitrary<Recipe> = input
  .map((recipe) => {
    const repaired = {
      ...recipe,
      base: { ...recipe.base, ...(recipe.base.image.startsWith('sha256:') && { digest: null }) },
      buildPackages: recipe.multiStage ? recipe.buildPackages : [],
    };
    const first = recipeSchema.safeParse(repaired);
    return first.success ? first : recipeSchema.safeParse({ ...repaired, installer: 'uv' });
  })
  .filter((parsed) => parsed.success)
  .map(({ data }) => data);

/** A recipe with everything, for tests that look at one thing. */
export function recipeOf(input: Partial<RecipeInput> = {}): Recipe {
  return recipeSchema.parse({ project: 'thesis', base: { image: 'debian:12' }, ...input });
}
