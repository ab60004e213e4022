import type { ConfigProblem } from '@ds01/contracts';
import { readLayer } from './layer.ts';
import { readUsername } from './members.ts';
import type { TemporaryOverride } from './policy.ts';
import { createReading } from './reading.ts';
import type { Reading } from './reading.ts';
import { parseTimestamp, timestampRule } from './timestamp.ts';
import { describe } from './yaml-source.ts';
import type { Entry, YamlSource, YamlValue } from './yaml-source.ts';

const keys = ['username', 'limits', 'expires_on', 'reason', 'approved_by', 'approved_on'];
const needed = 'username, limits and expires_on';

/** Reads temporary-overrides.yaml: `overrides`, a list of limits that some user has until a date. */
export function readTemporaryOverrides(source: YamlSource): {
  readonly overrides: readonly TemporaryOverride[];
  readonly problems: readonly ConfigProblem[];
} {
  const reading = createReading(source.path);
  const problems: ConfigProblem[] = [];
  const overrides: TemporaryOverride[] = [];
  for (const entry of reading.entries(source.root, 'the file')) {
    if (entry.key !== 'overrides') {
      reading.unknownKey(entry, '', ['overrides']);
      continue;
    }
    for (const item of reading.items(entry.value, 'overrides')) {
      const read = readItem(source, reading, item);
      problems.push(...read.problems);
      if (read.override !== null) overrides.push(read.override);
    }
  }
  return { overrides, problems: [...problems, ...reading.problems] };
}

function readItem(
  source: YamlSource,
  reading: Reading,
  item: YamlValue,
): { readonly override: TemporaryOverride | null; readonly problems: readonly ConfigProblem[] } {
  if (item.kind !== 'mapping') {
    reading.report(item.position, {
      code: 'config.wrong-shape',
      message: `A temporary override must be a mapping with ${needed}.`,
      found: describe(item),
      allowed: `a mapping with ${needed}, optionally reason`,
    });
    return { override: null, problems: [] };
  }
  const entries = item.entries();
  for (const entry of entries) {
    if (!keys.includes(entry.key)) reading.unknownKey(entry, 'a temporary override', keys);
  }
  const find = (key: string): Entry | undefined => {
    const entry = entries.find((candidate) => candidate.key === key);
    if (entry === undefined || entry.value.kind === 'nothing') missing(reading, item, key);
    return entry?.value.kind === 'nothing' ? undefined : entry;
  };
  const username = find('username');
  const limits = find('limits');
  const expiry = find('expires_on');
  const reason = entries.find(({ key }) => key === 'reason')?.value;
  const user =
    username === undefined ? undefined : readUsername(reading, username.value, 'username');
  const untilMs = expiry === undefined ? undefined : readExpiry(reading, expiry);
  const layer =
    limits === undefined
      ? { values: new Map(), problems: [] }
      : readLayer(source, limits.value, { where: `overrides.${user ?? 'limits'}` });
  const override =
    user === undefined || untilMs === undefined
      ? null
      : {
          user,
          values: layer.values,
          untilMs,
          reason: reason?.kind === 'scalar' ? reason.scalar.text.trim() : 'No reason provided',
          file: reading.path,
          line: item.position.line,
        };
  return { override, problems: layer.problems };
}

function missing(reading: Reading, item: YamlValue, key: string): void {
  reading.report(item.position, {
    code: 'config.invalid-value',
    message: `A temporary override needs ${key}.`,
    found: `no ${key}`,
    allowed: needed,
  });
}

function readExpiry(reading: Reading, { value }: Entry): number | undefined {
  const time = value.kind === 'scalar' ? parseTimestamp(value.scalar.text, 'end') : undefined;
  if (time === undefined) reading.invalid(value, 'expires_on', timestampRule);
  return time;
}
