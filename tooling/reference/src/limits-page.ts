import { limitReference, type LimitReference } from '@ds01/limits';
import { limitGroups, limitTexts } from './limit-texts.ts';
import { code, notice, page, table } from './markdown.ts';

/** The page about every limit. */
export function limitsPage(): string {
  const all = limitReference();
  return page(
    '# Limits',
    notice,
    'Limits are written in `resource-limits.yaml`, `groups/<group>.members`, `user-overrides.yaml` and ' +
      '`temporary-overrides.yaml` of the configuration folder. A value comes from the first of these ' +
      'that has the key: the user’s temporary overrides that are not over, the last one first, the ' +
      'user’s override, the user’s group, `defaults`, DS01 itself. Nested keys are ' +
      'written as maps: `aggregate.memory_max` is `memory_max` under `aggregate`. ' +
      '`ds01 limits show` prints a user’s limits with file and line of each; ' +
      '`ds01 limits show --user NAME` those of another.',
    'No limit is written `null`, `none`, `never`, `unlimited` or `indefinite`; 0 means zero. Durations ' +
      'are numbers in the unit of the key (`_h` hours, `_m` minutes, `_s` seconds) or texts such as ' +
      '`90m`, `1.5h`, `2d`.',
    ...limitGroups.flatMap(({ title, intro, includes }) => [
      `## ${title}`,
      intro,
      table(
        ['key', 'without a file', 'may be', 'meaning'],
        all.filter(({ key }) => includes(key)).map(row),
      ),
    ]),
    '## Former names',
    'Still read, with a warning that says where they stand.',
    table(
      ['key', 'former names'],
      all
        .filter(({ formerNames }) => formerNames.length > 0)
        .map(({ key, formerNames }) => [code(key), formerNames.map(code).join(', ')]),
    ),
  );
}

function row({ key, allowed, builtIn }: LimitReference): readonly string[] {
  return [
    code(key),
    builtIn === null ? 'no limit' : code(String(builtIn)),
    allowed,
    limitTexts[key],
  ];
}
