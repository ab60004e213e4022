import { exitCodes } from '@ds01/contracts';
import type { Command, CommandTable, Flag } from './command-table.ts';
import { categories, exitCodeTexts } from './exit-codes.ts';
import { code, notice, page, table } from './markdown.ts';

/** The page about every command of `ds01`. */
export function commandsPage({ commands, commonFlags }: CommandTable): string {
  const ready = commands.filter(({ available }) => available);
  const coming = commands.filter(({ available }) => !available);
  return page(
    '# Commands',
    notice,
    'Data goes to standard output, everything else to standard error. Each command also answers to its ' +
      'classic name: `ds01 container deploy`, `container deploy` and `container-deploy` are the same. ' +
      'What a container runs stands after `--`.',
    overview(ready),
    '## Flags of every command',
    flagTable(commonFlags),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      categories
        .toSorted((left, right) => exitCodes[left] - exitCodes[right])
        .map((category) => [String(exitCodes[category]), exitCodeTexts[category]]),
    ),
    '`container run` and `container exec` pass on the exit code of what they ran; when DS01 itself ' +
      'fails there, it is 125. [errors.md](errors.md) lists every error with its code.',
    ...ready.map((command) => commandSection('ds01', command)),
    '## Not in this version',
    'These exit with 2 and say so: ' + coming.map(nameOf).map(code).join(', ') + '.',
  );
}

/** The page about every command of `ds01-admin`. */
export function adminCommandsPage({ commands, commonFlags }: CommandTable): string {
  return page(
    '# Commands for administrators',
    notice,
    'For root, the accounts in `access_control.admin_users` and the members of ' +
      '`access_control.admin_group`; anybody else gets exit code 7. Containers are named as ' +
      '`<user>/<name>`, by Docker’s name, or by the beginning of an id. With `--dry-run` nothing is ' +
      'changed. Where no daemon runs root may use all of them, and where a daemon does not answer those that say so; ' +
      'anybody else gets exit code 6. The other exit codes are those of [ds01](commands.md#exit-codes).',
    overview(commands),
    '## Flags of every command',
    flagTable(commonFlags),
    ...commands.map((command) => commandSection('ds01-admin', command)),
  );
}

function overview(commands: readonly Command[]): string {
  return table(
    ['command', 'what it does'],
    commands.map((command) => [`[${nameOf(command)}](#${anchorOf(command)})`, command.summary]),
  );
}

function commandSection(program: string, command: Command): string {
  const own = command.flags.filter(({ later }) => !later);
  const later = command.flags.filter((flag) => flag.later);
  const usage = [
    program,
    command.noun,
    command.verb,
    command.operands,
    command.trailing && '[-- command...]',
  ]
    .filter((word) => typeof word === 'string' && word !== '')
    .join(' ');
  return page(
    `## ${nameOf(command)}`,
    `${sentence(command.summary)}${aliasesOf(command)}`,
    ['```', usage, '```'].join('\n'),
    own.length === 0 ? null : flagTable(own),
    later.length === 0
      ? null
      : `Refused in this version: ${later.map(({ flags }) => code(flags)).join(', ')}.`,
    `Example: ${code(command.example)}`,
  ).trimEnd();
}

function flagTable(flags: readonly Flag[]): string {
  return table(
    ['flag', 'meaning'],
    flags
      .filter(({ later }) => !later)
      .map((flag) => [
        code(flag.flags),
        flag.repeat ? `${flag.description} (may be repeated)` : flag.description,
      ]),
  );
}

function nameOf({ noun, verb }: Command): string {
  return noun === null ? verb : `${noun} ${verb}`;
}

function anchorOf(command: Command): string {
  return nameOf(command).replaceAll(' ', '-');
}

function sentence(summary: string): string {
  return `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`;
}

function aliasesOf({ aliases, classic, noun, verb }: Command): string {
  const others = [
    ...aliases.map((alias) => (noun === null ? alias : `${noun} ${alias}`)),
    ...classic.filter((name) => name !== verb),
  ];
  return others.length === 0 ? '' : ` Also: ${others.map(code).join(', ')}.`;
}
