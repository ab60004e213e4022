/**
 * Wildcards of `.dockerignore` and of COPY and ADD, as Go's `filepath.Match` has them, with `**` as
 * Docker's `patternmatcher` adds it. Written here since the libraries for it are for Git's rules, or
 * don't escape what regular expressions know and Go doesn't (`+`, `(`, `|`).
 */

const special = /[.+()|{}$^\][]/;

/** A character class such as `[a-z]` or `[^0-9]`, at `start`; `null` when it is not well formed. */
function readClass(
  pattern: string,
  start: number,
): { readonly text: string; readonly end: number } | null {
  let index = start + 1;
  let text = '[';
  if (pattern[index] === '^') {
    text += '^/';
    index += 1;
  }
  const first = index;
  while (index < pattern.length && (pattern[index] !== ']' || index === first)) {
    let character = pattern[index] ?? '';
    if (character === '\\') {
      index += 1;
      character = pattern[index] ?? '';
      if (character === '') return null;
      text += /[\]\\^-]/.test(character) ? `\\${character}` : character;
    } else {
      text +=
        character === '[' || (character === ']' && index === first) ? `\\${character}` : character;
    }
    index += 1;
  }
  return pattern[index] === ']' && index > first ? { text: `${text}]`, end: index } : null;
}

function compile(text: string): RegExp | null {
  try {
    return new RegExp(`^${text}$`, 'us');
  } catch {
    // A range whose ends are the wrong way round.
    return null;
  }
}

/**
 * A pattern as a regular expression for whole paths with `/` between their parts; `null` when Go
 * would call it malformed. `doubleStar`: `**` stands for any number of folders.
 */
export function globToRegExp(
  pattern: string,
  options: { readonly doubleStar: boolean },
): RegExp | null {
  let text = '';
  let start = 0;
  if (options.doubleStar && /^\*\*[^/*?[\\][^*?[\\]*$/.test(pattern)) {
    // `**x` is what ends in x, since Docker 23; anywhere else `**` goes up to a slash.
    text = '.*';
    start = 2;
  }
  for (let index = start; index < pattern.length; index += 1) {
    const character = pattern[index] ?? '';
    if (character === '*' && options.doubleStar && pattern[index + 1] === '*') {
      index += pattern[index + 2] === '/' ? 2 : 1;
      text += index + 1 >= pattern.length ? '.*' : '(?:.*/)?';
    } else if (character === '*') {
      text += '[^/]*';
    } else if (character === '?') {
      text += '[^/]';
    } else if (character === '[') {
      const found = readClass(pattern, index);
      if (found === null) return null;
      text += found.text;
      index = found.end;
    } else if (character === '\\') {
      index += 1;
      const next = pattern[index];
      if (next === undefined) return null;
      text += /[A-Za-z0-9\s]/.test(next) || next.charCodeAt(0) > 127 ? next : `\\${next}`;
    } else {
      text += special.test(character) ? `\\${character}` : character;
    }
  }
  return compile(text);
}

/** It has a wildcard that is not taken back with `\`. */
export function hasWildcard(pattern: string): boolean {
  return /[*?[]/.test(pattern.replaceAll(/\\./gs, ''));
}

/**
 * A path without empty and `.` parts, and with `..` resolved, relative to the context's root:
 * `/data//x/../y` is `data/y`, the root itself is `.`. `null` when it leads out of the root.
 */
export function cleanPath(path: string): string | null {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length === 0 ? '.' : parts.join('/');
}
