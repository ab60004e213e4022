import { eventTable } from '@ds01/contracts/lifecycle';
import { z } from 'zod';
import { code, notice, page, table } from './markdown.ts';

/** What the first word of a type is about. */
const areas: Readonly<Record<string, string>> = {
  container: 'Containers',
  gpu: 'GPUs and leases',
  lifecycle: 'The rules of the life of containers',
  policy: 'Configuration files',
  limits: 'Limits',
  exemption: 'Exemptions',
  reservation: 'Reservations',
  group: 'Groups',
  user: 'People',
  emergency: 'Emergencies',
  notification: 'Messages',
  queue: 'The queue',
  token: 'Tokens',
  access: 'Strangers',
  operation: 'Long work',
  hook: 'Hooks',
  daemon: 'The daemon',
};

/** The page about every type of event. */
export function eventsPage(): string {
  const rows = Object.entries(eventTable);
  const found = [...new Set(rows.map(([type]) => areaOf(type)))];
  return page(
    '# Events',
    notice,
    'What happened is written down in the ledger, in the transaction in which it did, and kept for ' +
      '`retention.events_days`. `ds01 events` shows a person their own events, `ds01-admin events` ' +
      'shows everybody’s; both list (`--since`, `--until`, `--type`, `--container`, `--limit`), count ' +
      '(`--summary`) and go on as things happen (`--follow`). Why it is so is in ' +
      '[ADR 0023](../adr/0023-the-event-log.md).',
    'With `--json` an event has the fields `id` (only grows), `at` (RFC 3339, UTC), `type`, `user`, ' +
      '`container` (Docker’s name), `containerId`, `message` (in words, which may change) and ' +
      '`details`, which are those of its type. `--follow --json` prints one event a line; ' +
      '`ds01 events --jsonl` and `ds01-admin events --export` print all that are kept, oldest first, ' +
      'and so does `GET /api/v1/events/export`.',
    ...found.flatMap((area) => [
      `## ${areas[area] ?? area}`,
      table(
        ['type', 'what it says', 'details'],
        rows
          .filter(([type]) => areaOf(type) === area)
          .map(([type, { summary, details }]) => [code(type), summary, detailsText(details)]),
      ),
    ]),
  );
}

function areaOf(type: string): string {
  return type.split('.')[0] ?? type;
}

const propertySchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  enum: z.array(z.string()).optional(),
  get anyOf() {
    return z.array(propertySchema).optional();
  },
  get items() {
    return propertySchema.optional();
  },
});
const detailsSchema = z.looseObject({ properties: z.record(z.string(), propertySchema) });

function detailsText(details: z.ZodObject): string {
  const { properties } = detailsSchema.parse(z.toJSONSchema(details));
  const texts = Object.entries(properties).map(([name, of]) => `${code(name)} ${typeText(of)}`);
  return texts.join(', ');
}

function typeText(property: z.infer<typeof propertySchema>): string {
  const { anyOf, enum: values, items, format, type } = property;
  if (anyOf !== undefined) return anyOf.map(typeText).join(' or ');
  if (values !== undefined) return values.map(code).join(' or ');
  if (items !== undefined) return `list of ${typeText(items)}`;
  return format === 'date-time' ? 'time' : [type ?? 'object'].flat().join(' or ');
}
