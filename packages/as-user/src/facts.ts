import { answerOf, enter, requireOk, startIn, type FileOfPerson } from './files.ts';

/** What a regular file of a person is like. */
export interface FactsOfFile {
  /** When it was last changed, in Unix milliseconds. */
  readonly modifiedAtMs: number;
  /** Whether it is the person's own. */
  readonly own: boolean;
  /** Whether the person may execute it. */
  readonly executable: boolean;
}

const facts = `${enter}
[ -e "./$name" ] || refuse missing
own=0 executable=0
[ ! -O "./$name" ] || own=1
[ ! -x "./$name" ] || executable=1
echo "ok $own $executable $(stat -c %.3Y -- "./$name")"
`;

/**
 * What a file is like, looked at with the person's rights and not opened; `null` when there is none.
 * Refuses with `file.not-a-file` a link, a FIFO, a device and a folder; else as `readFileOf` does.
 */
export async function factsOfFile(file: FileOfPerson): Promise<FactsOfFile | null> {
  const answer = await answerOf(await startIn(file, facts, []), file, '');
  if (answer === 'missing' || answer === 'not-found') return null;
  const [word = '', own, executable, seconds = ''] = answer.split(' ');
  requireOk(word, file);
  return {
    modifiedAtMs: Math.round(Number(seconds) * 1000),
    own: own === '1',
    executable: executable === '1',
  };
}
