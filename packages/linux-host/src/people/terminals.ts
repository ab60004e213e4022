import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { outputOfProgram } from '@ds01/as-user';
import { isDs01Error } from '@ds01/contracts';
import type { HostAccount, Terminals } from '@ds01/ports';

/** What the terminals are found by. */
export interface TerminalsOptions {
  /** `/dev` unless a test says otherwise. */
  readonly deviceDirectory?: string;
}

/** More than anybody looks at; a thousand that a person opened cost no more than these. */
const maxTerminals = 64;

/** What a terminal that nobody reads still takes in one piece. */
const maxBytes = 3500;

const timeoutMs = 5000;

/**
 * The text comes from stdin, the terminals are the parameters. Opened as no terminal of this
 * process's own, and without waiting: one that is stopped (`^S`) or full is passed over.
 */
const script = `
text=$(cat; echo .)
written=0
for terminal; do
  [ -c "$terminal" ] && [ -O "$terminal" ] || continue
  printf %s "\${text%.}" | dd of="$terminal" bs=4096 iflag=fullblock \\
    oflag=nonblock,noctty,nofollow conv=nocreat,notrunc status=none 2>/dev/null &&
    written=$((written + 1))
done
echo "$written"
`;

/**
 * Terminals of the kernel, consoles and serial lines that belong to an account: login(1), sshd(8),
 * terminal emulators and multiplexers make them the person's. They are written by a process that
 * became that person, so that a device they have no right to is never touched.
 */
export function createTerminals(options: TerminalsOptions = {}): Terminals {
  const directory = options.deviceDirectory ?? '/dev';
  return {
    owners: async () =>
      [...new Set(terminalsIn(directory).map(({ uid }) => uid))].filter((uid) => uid !== 0),
    async write(account, text) {
      const terminals = terminalsOf(account, directory);
      if (terminals.length === 0) return 0;
      try {
        const output = await outputOfProgram({
          account,
          program: '/bin/sh',
          parameters: ['-c', script, 'sh', ...terminals],
          input: terminalText(text),
          maxBytes: 100,
          timeoutMs,
        });
        return Number.parseInt(output.toString('utf8'), 10) || 0;
      } catch (error) {
        if (isDs01Error(error)) return 0;
        throw error;
      }
    },
  };
}

/**
 * Text that can do nothing to a terminal but print lines: control characters, also those of Unicode
 * that turn the direction around, are taken out; every line starts at the left, also in raw mode.
 */
export function terminalText(text: string): string {
  const plain = text.replaceAll('\t', ' ').replaceAll(/[^\P{C}\n]|[\u2028\u2029]/gu, '');
  return cut(plain).replaceAll('\n', '\r\n');
}

/** At most `maxBytes` of UTF-8, line ends counted twice, and no half characters. */
function cut(text: string): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += character === '\n' ? 2 : Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function terminalsOf(account: HostAccount, directory: string): readonly string[] {
  return terminalsIn(directory)
    .filter(({ uid }) => uid === account.uid)
    .map(({ path }) => path)
    .slice(0, maxTerminals);
}

/** Only looked at: nothing is opened. */
function terminalsIn(
  directory: string,
): readonly { readonly path: string; readonly uid: number }[] {
  const places = [
    { folder: join(directory, 'pts'), pattern: /^\d+$/ },
    { folder: directory, pattern: /^tty(?:\d+|[A-Z]+\d+)$/ },
  ];
  return places.flatMap(({ folder, pattern }) =>
    namesIn(folder)
      .filter((name) => pattern.test(name))
      .flatMap((name) => {
        const path = join(folder, name);
        const facts = statSync(path, { throwIfNoEntry: false });
        return facts?.isCharacterDevice() === true ? [{ path, uid: facts.uid }] : [];
      }),
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
