import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { answerOf, enter, requireOk, startIn, type FileOfPerson } from './files.ts';

/** Text to put at the end of a small file. */
export interface TextToAppend extends FileOfPerson {
  readonly text: string;
  /** Largest size of the file; what is in front is cut off then, in whole lines. */
  readonly maxBytes: number;
}

/**
 * `$1` is how many bytes of the old text stay at most, `$2` a name that nobody can guess. The file is
 * written anew, so what it is linked to elsewhere keeps its text; a hard link to somebody else's file
 * is refused, since its text would become the person's.
 */
const append = `${enter}
umask 077
temporary=./.ds01-$2 skip=0
if [ -e "./$name" ]; then
  [ -r "./$name" ] || refuse denied
  [ -O "./$name" ] || [ "$(stat -c %h -- "./$name")" = 1 ] || refuse not-a-file
  size=$(stat -c %s -- "./$name")
  [ "$size" -le "$1" ] || skip=$((size - $1))
fi
old() {
  [ -e "./$name" ] || return 0
  dd if="./$name" iflag=nofollow,nonblock,fullblock,count_bytes,skip_bytes bs=65536 \\
    skip="$skip" count="$1" status=none | if [ "$skip" -gt 0 ]; then tail -n +2; else cat; fi
}
reason=$({ old "$1"; cat; } | dd of="$temporary" iflag=fullblock oflag=nofollow conv=excl,fsync \\
  bs=65536 status=none 2>&1 && mv -f -T -- "$temporary" "./$name" 2>&1) || {
  rm -f -- "$temporary"
  case $reason in
    *'No space left'*|*'quota exceeded'*) refuse full;;
    *) refuse denied;;
  esac
}
echo ok
`;

/**
 * Puts text at the end of a regular file with a person's rights, making the file (0600) where none
 * is; readers see the old text or the new. Refuses as `writeFileOf` does, and with `file.denied` what
 * the person may not read.
 */
export async function appendToFileOf(file: TextToAppend): Promise<void> {
  const keptBytes = Math.max(0, file.maxBytes - Buffer.byteLength(file.text));
  const own = [String(keptBytes), randomBytes(12).toString('hex')];
  requireOk(await answerOf(await startIn(file, append, own), file, file.text), file);
}
