import { answerOf, enter, requireOk, startIn, type FileOfPerson } from './files.ts';
import { fileError } from './refusals.ts';

/** What a regular file of a person is like. */
export interface FactsOfFile {
  /**
   * When it was last changed, in Unix milliseconds; never later than the file system's own note of the
   * last change, which nobody can set to a time to come.
   */
  readonly modifiedAtMs: number;
  /** Whether it is the person's own. */
  readonly own: boolean;
  /** Whether the person may execute it. */
  readonly executable: boolean;
}

const seconds = /^-?\d{1,12}\.\d{3}$/;

const facts = `${enter}
[ -e "./$name" ] || refuse missing
own=0 executable=0
[ ! -O "./$name" ] || own=1
[ ! -x "./$name" ] || executable=1
echo "ok $own $executable $(stat -c '%.3Y %.3Z' -- "./$name")"
`;

/**
 * What a file is like, looked at with the person's rights and not opened; `null` when there is none.
 * Refuses with `file.not-a-file` a link, a FIFO, a device and a folder; else as `readFileOf` does.
 */
export async function factsOfFile(file: FileOfPerson): Promise<FactsOfFile | null> {
  const answer = await answerOf(await startIn(file, facts, []), file, '');
  if (answer === 'missing' || answer === 'not-found') return null;
  const [word = '', own, executable, ...times] = answer.split(' ');
  requireOk(word, file);
  // The person's other processes can reach the child's output, and write into it.
  if (times.length !== 2 || !times.every((time) => seconds.test(time))) {
    throw fileError('denied', file.path);
  }
  return {
    modifiedAtMs: Math.round(Math.min(...times.map(Number)) * 1000),
    own: own === '1',
    executable: executable === '1',
  };
}
