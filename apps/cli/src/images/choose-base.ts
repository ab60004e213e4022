import { ds01Error } from '@ds01/contracts/core';
import { chooseAmongBases, type RecipeInput } from '@ds01/dockerfile-builder';
import type { Api } from '@ds01/ports';
import type { CommandContext } from '../context.ts';
import type { CreateWishes } from './create-wishes.ts';
import { viewOf } from './look-at-bases.ts';

/** A base, and why it is this one; `null` when it was named. */
export interface ChosenBase {
  readonly base: RecipeInput['base'];
  readonly explanation: string | null;
  /** What has to be installed on it to make it what its framework says. */
  readonly packages: readonly string[];
}

/**
 * The base that was named, or the one of the catalogue that this server can run and that fits best.
 * Fails with `base.not-found`, `base.driver-too-old`, `usage.invalid` when nothing says which.
 */
export async function baseFor(
  { api, signal }: { readonly api: Api; readonly signal: AbortSignal },
  wishes: Pick<CreateWishes, 'base' | 'framework' | 'version' | 'python'>,
): Promise<ChosenBase> {
  const { base, framework, version, python } = wishes;
  if (base !== null) {
    const [image = base, digest = null] = base.split('@');
    return { base: { image, digest }, explanation: null, packages: [] };
  }
  if (framework === null) {
    throw ds01Error('usage.invalid', {
      message: 'What shall the image begin with? Name a framework or an image.',
      hint: 'ds01 image create thesis --framework pytorch',
    });
  }
  const { maxCuda, bases } = await api.call('images.bases', { framework: null }, { signal });
  const chosen = chooseAmongBases({ framework, version, python, bases, maxCuda });
  if (!chosen.ok) {
    const { reason, message, newest, known } = chosen;
    throw ds01Error(reason === 'does-not-run' ? 'base.driver-too-old' : 'base.not-found', {
      message: newest === null ? `${message} There is: ${known.slice(0, 20).join(', ')}.` : message,
      hint:
        newest === null
          ? 'ds01 image bases'
          : `ds01 image create thesis --framework ${newest.framework} --version ${newest.version}`,
      details: { reason, newest: newest?.image ?? null, known: [...known] },
    });
  }
  const { image, architecture, ...entry } = chosen.base;
  return {
    base: { image, framework: entry.framework, version: entry.version, architecture },
    explanation: chosen.explanation,
    packages: entry.packages,
  };
}

/**
 * The base with its digest when `pin` is wished for and the digest is known here, which it is once the
 * base was fetched.
 */
export async function pinned(
  context: Pick<CommandContext, 'runtime' | 'signal'>,
  base: RecipeInput['base'],
  pin: boolean,
): Promise<{ readonly base: RecipeInput['base']; readonly notice: string | null }> {
  if (!pin || (base.digest ?? null) !== null) return { base, notice: null };
  const digest = (await viewOf(context, base.image))?.digest ?? null;
  if (digest !== null) return { base: { ...base, digest }, notice: null };
  const notice = `the digest of ${base.image} isn’t known here, so it isn’t pinned`;
  return { base, notice };
}
