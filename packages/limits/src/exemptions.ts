import type { ConfigProblem } from '@ds01/contracts';
import { readUsername } from './members.ts';
import type { ExemptLimit, LifecycleExemption } from './policy.ts';
import { createReading } from './reading.ts';
import type { Reading } from './reading.ts';
import { parseTimestamp, timestampRule } from './timestamp.ts';
import { describe } from './yaml-source.ts';
import type { Entry, YamlSource, YamlValue } from './yaml-source.ts';

const keys = [
  'username',
  'exempt_from',
  'reason',
  'expires_on',
  'category',
  'approved_by',
  'approved_on',
];
const exemptLimits: readonly ExemptLimit[] = ['idle_timeout_h', 'max_runtime_h'];

/**
 * Reads lifecycle-exemptions.yaml. An entry with any problem exempts nobody; the others hold.
 */
export function readExemptions(source: YamlSource): {
  readonly exemptions: readonly LifecycleExemption[];
  readonly problems: readonly ConfigProblem[];
} {
  const reading = createReading(source.path);
  const exemptions: LifecycleExemption[] = [];
  for (const entry of reading.entries(source.root, 'the file')) {
    if (entry.key !== 'exemptions') {
      reading.unknownKey(entry, '', ['exemptions']);
      continue;
    }
    for (const item of reading.items(entry.value, 'exemptions')) {
      const before = reading.problems.length;
      const exemption = readExemption(reading, item);
      if (exemption !== undefined && reading.problems.length === before) exemptions.push(exemption);
    }
  }
  return { exemptions, problems: reading.problems };
}

function readExemption(reading: Reading, item: YamlValue): LifecycleExemption | undefined {
  if (item.kind !== 'mapping') {
    reading.report(item.position, {
      code: 'config.wrong-shape',
      message: 'An exemption must be a mapping with username and exempt_from.',
      found: describe(item),
      allowed: 'a mapping with username, exempt_from, reason and expires_on',
    });
    return undefined;
  }
  const entries = item.entries();
  for (const entry of entries) {
    if (!keys.includes(entry.key)) reading.unknownKey(entry, 'an exemption', keys);
  }
  const find = (key: string) => entries.find((entry) => entry.key === key);
  const username = find('username');
  const user =
    username === undefined
      ? missing(reading, item, 'username')
      : readUsername(reading, username.value, 'username');
  const exemptFrom = readExemptFrom(reading, item, find('exempt_from'));
  const untilMs = readExpiry(reading, find('expires_on'));
  const reason = find('reason')?.value;
  if (user === undefined || untilMs === undefined) return undefined;
  return {
    user,
    exemptFrom,
    reason: reason?.kind === 'scalar' ? reason.scalar.text.trim() : 'No reason provided',
    untilMs,
    file: reading.path,
    line: item.position.line,
  };
}

function missing(reading: Reading, item: YamlValue, key: string): undefined {
  reading.report(item.position, {
    code: 'config.invalid-value',
    message: `An exemption needs ${key}.`,
    found: `no ${key}`,
    allowed: 'username and exempt_from',
  });
  return undefined;
}

function readExemptFrom(
  reading: Reading,
  item: YamlValue,
  entry: Entry | undefined,
): readonly ExemptLimit[] {
  if (entry === undefined || entry.value.kind === 'nothing') {
    missing(reading, item, 'exempt_from');
    return [];
  }
  const items =
    entry.value.kind === 'scalar' ? [entry.value] : reading.items(entry.value, 'exempt_from');
  if (items.length === 0 && entry.value.kind === 'list') missing(reading, item, 'exempt_from');
  return items.flatMap((value) => {
    const text = reading.text(value, 'exempt_from', {
      pattern: /^(?:idle_timeout_h|max_runtime_h)$/,
      allowed: 'idle_timeout_h or max_runtime_h',
    });
    return exemptLimits.find((limit) => limit === text) ?? [];
  });
}

/** The moment of expiry, `null` for permanent, `undefined` for a date that can't be read. */
function readExpiry(reading: Reading, entry: Entry | undefined): number | null | undefined {
  if (entry === undefined || entry.value.kind === 'nothing') return null;
  const time =
    entry.value.kind === 'scalar' ? parseTimestamp(entry.value.scalar.text, 'end') : undefined;
  if (time === undefined) {
    reading.invalid(entry.value, 'expires_on', `${timestampRule}, or null for no end`);
  }
  return time;
}
