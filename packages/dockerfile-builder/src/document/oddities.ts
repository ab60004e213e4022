import type { DockerfileOddity } from './types.ts';

/**
 * Characters that some reader takes for a line end or drops: control characters (a tab and `\r\n`
 * aside), and Unicode's line separators.
 */
export function textOddities(text: string): DockerfileOddity[] {
  const oddities: DockerfileOddity[] = [];
  let line = 1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10) line += 1;
    else if (code === 0x85 || code === 0x2028 || code === 0x2029) {
      oddities.push({ kind: 'line-separator', line });
    } else if (isControl(code) && !(code === 13 && text.charCodeAt(at + 1) === 10)) {
      oddities.push({ kind: 'control-character', line });
    }
  }
  return oddities;
}

const isControl = (code: number): boolean => (code < 32 && code !== 9) || code === 127;
