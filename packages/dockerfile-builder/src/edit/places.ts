import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import { type CommentLine, commentLines } from './comments.ts';
import { isRoot, lastBefore, stagesOfFinal } from './stage-facts.ts';

/** Comments that say where further packages belong: DS01's own, and its predecessor's. */
const markers = {
  python: ['ds01: additional packages', 'Custom additional packages'],
  system: ['ds01: system packages'],
} as const;

/** A marked place: new lines go behind `offset`; `next` is the instruction that stands there. */
export interface MarkedPlace {
  readonly offset: number;
  readonly next: DockerfileInstruction | null;
  /** Stage that the place belongs to. */
  readonly stage: number;
}

/**
 * Where a comment says that further packages belong; the last such place, `null` without. Debian
 * packages have to be in the image itself, Python packages may come from a stage that it copies from.
 */
export function markedPlace(
  document: DockerfileDocument,
  kind: keyof typeof markers,
): MarkedPlace | null {
  const comments = commentLines(document);
  const counted = stagesOfFinal(document, { copied: kind === 'python' });
  const places = comments
    .filter(({ text }) =>
      markers[kind].some((begin) => text === begin || text.startsWith(`${begin} (`)),
    )
    .map((marker) => placeOf(document, comments, marker));
  return places.findLast((place) => place !== null && counted.has(place.stage)) ?? null;
}

/** Stage in which an offset lies; `null` before the first FROM. */
export const stageAt = ({ instructions }: DockerfileDocument, offset: number): number | null =>
  instructions.findLast(({ startOffset }) => startOffset < offset)?.stage ?? null;

function placeOf(
  { instructions }: DockerfileDocument,
  comments: readonly CommentLine[],
  marker: CommentLine,
): MarkedPlace | null {
  const last = lastOfBlock(comments, marker);
  const before = instructions.findLast(({ startOffset }) => startOffset < marker.start);
  if (before === undefined || before.stage === null) return null;
  const next = instructions[before.index + 1];
  const adjacent = next !== undefined && next.startLine === last.line + 1;
  return { offset: last.end, next: adjacent ? next : null, stage: before.stage };
}

/** The last of the comment lines that follow one without a gap, other marks aside. */
function lastOfBlock(comments: readonly CommentLine[], first: CommentLine): CommentLine {
  let last = first;
  for (const comment of comments) {
    if (comment.line === last.line + 1 && !comment.text.startsWith('ds01:')) last = comment;
  }
  return last;
}

const trailing = new Set([
  'CMD',
  'ENTRYPOINT',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'ONBUILD',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
]);

/** The instruction behind which a stage's last RUN may stand: what configures the image follows it. */
export function beforeConfiguration(
  { instructions, stages }: DockerfileDocument,
  stage: number,
): DockerfileInstruction | undefined {
  const { from = 0, last = 0 } = stages[stage] ?? {};
  const own = instructions.slice(from, last + 1);
  const user = own.findIndex((each) => each.keyword === 'USER' && !isRoot(each));
  const rootAgain = own.findLastIndex((each) => each.keyword === 'USER' && isRoot(each)) > user;
  const end = user === -1 || rootAgain ? own.length : user;
  return own.slice(0, end).findLast((each) => !trailing.has(each.keyword) || isRootUser(each));
}

const isRootUser = (each: DockerfileInstruction): boolean =>
  each.keyword === 'USER' && isRoot(each);

const preparing = new Set(['ARG', 'ENV', 'LABEL', 'SHELL', 'FROM']);

/** The last of the instructions with which a stage begins and that install and copy nothing. */
export function behindHead(
  { instructions, stages }: DockerfileDocument,
  stage: number,
): DockerfileInstruction | undefined {
  const { from = 0, last = 0 } = stages[stage] ?? {};
  let head = instructions[from];
  for (const each of instructions.slice(from, last + 1)) {
    if (!preparing.has(each.keyword) && !isRootUser(each)) break;
    head = each;
  }
  return head;
}

/** Whether what runs behind an instruction runs as root, as far as the file says. */
export function isRootBehind(
  document: DockerfileDocument,
  { index, stage }: DockerfileInstruction,
): boolean {
  const user = lastBefore(document, 'USER', { index: index + 1, stage });
  return user === undefined || isRoot(user);
}
