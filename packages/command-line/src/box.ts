import type { Screen } from './screen.ts';
import { padText, plainText, textWidth, wrapText } from './text.ts';

/** A frame is not wider than this: longer lines are hard to read. */
const widest = 76;
/** A frame takes this much of a line. */
const frame = 4;

/**
 * Paragraphs under a title, in a frame on a terminal. Elsewhere, and where a frame leaves no room, the
 * title and the lines alone: a frame is noise to a screen reader and in a log.
 */
export function box(title: string, paragraphs: readonly string[], screen: Screen): string {
  const heading = screen.paint('bold', title);
  const room = Math.min(screen.width ?? widest, widest) - frame;
  if (!screen.isTerminal || room < 30) {
    const lines = paragraphs.flatMap((text) =>
      screen.width === null ? [text] : wrapText(text, screen.width),
    );
    return [heading, ...lines].join('\n');
  }
  const lines = paragraphs.flatMap((text) => wrapText(plainText(text), room));
  const inner = Math.max(textWidth(title), ...lines.map(textWidth));
  const rule = '─'.repeat(inner - textWidth(title));
  return [
    `┌ ${heading} ${rule}┐`,
    ...lines.map((line) => `│ ${padText(line, inner)} │`),
    `└${'─'.repeat(inner + 2)}┘`,
  ].join('\n');
}
