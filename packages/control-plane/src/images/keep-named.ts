import type { ControlPlaneDependencies } from '../dependencies.ts';
import { targetOf, type OwnRepository } from './own-image.ts';

const prefix = 'was-latest-';

/**
 * Before `latest` leads elsewhere: a version that has no other tag gets `was-latest-<n>`, without which
 * nobody would find it again. Returns that tag, or `null` where none is needed.
 */
export async function keepNamed(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  own: OwnRepository,
): Promise<string | null> {
  const latest = own.tags.get('latest');
  if (latest === undefined) return null;
  const others = [...own.tags].filter(([tag, { id }]) => tag !== 'latest' && id === latest.id);
  if (others.length > 0) return null;
  const used = [...own.tags.keys()]
    .filter((tag) => tag.startsWith(prefix))
    .map((tag) => Number(tag.slice(prefix.length)))
    .filter((number) => Number.isInteger(number));
  const tag = `${prefix}${String(Math.max(0, ...used) + 1)}`;
  await deps.engine.tagImage(latest.id, targetOf(own, tag));
  return tag;
}
