import { ds01Error } from '@ds01/contracts/core';

/** An image as people write it on a command line. */
export interface ImageWord {
  readonly name: string;
  /** `null` when none was written. */
  readonly tag: string | null;
}

/**
 * `thesis`, `thesis:exp`, `pytorch/pytorch:2.8`, `localhost:5000/x:v1`: the name and what stands after
 * the last `:`, unless a `/` follows it. Fails with `usage.invalid` for an empty name or tag.
 */
export function imageWordOf(word: string): ImageWord {
  const colon = word.lastIndexOf(':');
  const hasTag = colon !== -1 && colon > word.lastIndexOf('/') && !word.includes('@');
  const name = hasTag ? word.slice(0, colon) : word;
  const tag = hasTag ? word.slice(colon + 1) : null;
  if (name !== '' && tag !== '') return { name, tag };
  throw ds01Error('usage.invalid', {
    message: `${JSON.stringify(word)} is no image such as thesis or thesis:experiment-42.`,
    hint: 'ds01 image list',
  });
}

/** A tag that an image may get. Fails with `usage.invalid`. */
export function checkedTag(tag: string, example: string): string {
  if (/^\w[\w.-]{0,127}$/.test(tag)) return tag;
  throw ds01Error('usage.invalid', {
    message: `${JSON.stringify(tag)} can't be a tag: letters, digits, ".", "_" and "-", at most 128.`,
    hint: example,
  });
}

/** The image as it is written: `thesis`, `thesis:exp`. */
export function wordOf({ name, tag }: ImageWord): string {
  return tag === null ? name : `${name}:${tag}`;
}

/**
 * A tag from an operand and a flag that mean the same; `null` without either. Fails with
 * `usage.invalid` when they differ.
 */
export function tagOf({ name, tag }: ImageWord, flag: string | null): string | null {
  if (tag === null || flag === null || tag === flag) return tag ?? flag;
  throw ds01Error('usage.invalid', {
    message: `${name}:${tag} names one tag, and --tag ${flag} another.`,
    hint: `ds01 image history ${name}`,
  });
}
