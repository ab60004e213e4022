import { ds01Error } from '@ds01/contracts/core';
import type { CommandSpec, Program, Topic } from './command.ts';
import type { FlagSpec } from './flags.ts';
import { classicNames, helpNamesOf, nameOf, nearest, nounsOf, phrasesOf } from './names.ts';
import type { Screen } from './screen.ts';
import { fields } from './table.ts';
import { wrapText } from './text.ts';

/** Lines of text are not longer than this where there is no terminal that says otherwise. */
const usualWidth = 80;
const indent = '  ';

/**
 * What `help` says about some words: nothing (the program), a noun, a command under any of its names,
 * a verb of several nouns, or a topic. Fails with `usage.invalid` when there is nothing to say.
 */
export async function helpText<Runtime>(
  program: Program<Runtime>,
  words: readonly string[],
  screen: Screen,
): Promise<string> {
  const page = pageWriter(screen);
  const topics = (await program.topics?.()) ?? [];
  const phrase = words.join(' ');
  const named = helpNamesOf(program).get(phrase);
  if (words.length === 0 || named === null) return programHelp(program, topics, page);
  if (named !== undefined) return helpText(program, [named], screen);
  const spec = phrasesOf(program.commands).get(phrase);
  if (spec !== undefined) return commandHelp(program, spec, page);
  const ofNoun = program.commands.filter(({ noun }) => noun === phrase);
  const withClassic = program.commands.filter(({ classic = [] }) =>
    classic.some((name) => name.startsWith(`${phrase} `)),
  );
  const ofVerb = program.commands.filter(
    ({ verb, aliases = [] }) => verb === phrase || aliases.includes(phrase),
  );
  const [only, second] = ofVerb;
  if (ofNoun.length === 0 && only !== undefined && second === undefined) {
    return commandHelp(program, only, page);
  }
  const several = [ofNoun, withClassic, ofVerb].find((found) => found.length > 0);
  if (several !== undefined) return listHelp(program, several, { phrase, page });
  const topic = topics.find(({ name }) => name === phrase);
  if (topic !== undefined) return topicHelp(topic, page);
  throw unknownSubject(program, topics, phrase);
}

interface Page {
  readonly heading: (text: string) => string;
  readonly text: (text: string) => string;
  readonly list: (rows: readonly (readonly [string, string])[]) => string;
  readonly lines: (lines: readonly string[]) => string;
}

function pageWriter(screen: Screen): Page {
  const width = (screen.width ?? usualWidth) - indent.length;
  const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, indent);
  return {
    heading: (text) => screen.paint('bold', text),
    text: (text) => wrapText(text, width + indent.length).join('\n'),
    list: (rows) => indented(fields(rows, { ...screen, width })),
    lines: (lines) => indented(lines.join('\n')),
  };
}

function programHelp<Runtime>(
  program: Program<Runtime>,
  topics: readonly Topic[],
  page: Page,
): string {
  const { name, description, commands, commonFlags } = program;
  const ready = commands.filter(({ load }) => load !== null);
  const hasClassic = classicNames(program).length > 0;
  return [
    `${page.heading(name)}: ${description}`,
    section(page, 'Usage', page.lines([`${name} <command> [flags]`])),
    section(page, 'Commands', page.list(ready.map(summaryRow))),
    section(page, 'Flags of every command', page.list(flagRows(commonFlags))),
    ...(topics.length === 0
      ? []
      : [section(page, 'Topics', page.list(topics.map((topic) => [topic.name, topic.summary])))]),
    page.text(
      `${name} help <command or topic> tells more.` +
        (hasClassic
          ? ` Each command is also a program: container deploy and container-deploy are ${name} ` +
            'container deploy. (help alone is the shell’s own.)'
          : ''),
    ),
  ].join('\n\n');
}

function listHelp<Runtime>(
  { name }: Program<Runtime>,
  commands: readonly CommandSpec<Runtime>[],
  { phrase, page }: { readonly phrase: string; readonly page: Page },
): string {
  const ready = commands.filter(({ load }) => load !== null);
  const coming = commands.filter(({ load }) => load === null);
  const examples = [...ready, ...coming].map(({ example }) => example);
  return [
    `${page.heading(`${name} ${phrase}`)}: ${ready.length === 0 ? 'arrives with a later version' : 'these commands'}`,
    ...(ready.length === 0 ? [] : [section(page, 'Commands', page.list(ready.map(summaryRow)))]),
    ...(coming.length === 0
      ? []
      : [section(page, 'In a later version', page.text(coming.map(nameOf).join(', ')))]),
    section(page, 'Example', page.lines(examples.slice(0, 1))),
  ].join('\n\n');
}

function commandHelp<Runtime>(
  { name, commonFlags }: Program<Runtime>,
  spec: CommandSpec<Runtime>,
  page: Page,
): string {
  const { flags, operands, trailing, example, summary, noun, aliases = [], classic = [] } = spec;
  const usage = [name, nameOf(spec), operands, '[flags]', trailing === true && '[-- command...]']
    .filter((word) => typeof word === 'string' && word !== '')
    .join(' ');
  const others = [
    ...(noun === null ? [] : [nameOf(spec).replace(' ', '-')]),
    ...aliases.map((alias) => (noun === null ? alias : `${noun} ${alias}`)),
    ...classic,
  ];
  const own = flagRows(flags);
  return [
    `${page.heading(`${name} ${nameOf(spec)}`)}: ${summary}`,
    section(page, 'Usage', page.lines([usage])),
    ...(others.length === 0 ? [] : [section(page, 'Also called', page.lines([others.join(', ')]))]),
    ...(own.length === 0 ? [] : [section(page, 'Flags', page.list(own))]),
    section(page, 'Flags of every command', page.list(flagRows(commonFlags))),
    section(page, 'Example', page.lines([example])),
  ].join('\n\n');
}

function topicHelp({ summary, paragraphs, examples }: Topic, page: Page): string {
  return [
    page.heading(summary),
    ...paragraphs.map(page.text),
    ...(examples.length === 0 ? [] : [section(page, 'Examples', page.lines(examples))]),
  ].join('\n\n');
}

function section(page: Page, title: string, body: string): string {
  return `${page.heading(`${title}:`)}\n${body}`;
}

function summaryRow(spec: CommandSpec<never>): readonly [string, string] {
  return [nameOf(spec), spec.summary];
}

function flagRows(flags: readonly FlagSpec[]): readonly (readonly [string, string])[] {
  return flags
    .filter(({ later }) => later !== true)
    .map((flag) => [
      flag.flags.startsWith('-') && !flag.flags.startsWith('--') ? flag.flags : `    ${flag.flags}`,
      flag.repeat === true ? `${flag.description} (may be repeated)` : flag.description,
    ]);
}

function unknownSubject<Runtime>(
  { name, commands }: Program<Runtime>,
  topics: readonly Topic[],
  phrase: string,
) {
  const known = [
    ...phrasesOf(commands).keys(),
    ...nounsOf(commands),
    ...commands.map(({ verb }) => verb),
    ...topics.map((topic) => topic.name),
  ];
  const similar = nearest(phrase, known);
  return ds01Error('usage.invalid', {
    message:
      `There is no help about ${JSON.stringify(phrase)}.` +
      (similar.length === 0 ? '' : ` Did you mean ${similar.join(' or ')}?`),
    hint: `${name} help`,
  });
}
