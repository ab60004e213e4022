import { siteSettingsSchema } from '@ds01/contracts';
import { z } from 'zod';
import { code, notice, page, table } from './markdown.ts';
import { settingTexts } from './setting-texts.ts';

/** One setting as the schema describes it. */
interface Setting {
  readonly key: string;
  readonly type: string;
  readonly standard: string;
}

interface Node {
  readonly type?: string | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly properties?: Readonly<Record<string, Node>> | undefined;
  readonly items?: Node | undefined;
  readonly anyOf?: readonly Node[] | undefined;
  readonly default?: unknown;
}

const nodeSchema: z.ZodType<Node> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    properties: z.record(z.string(), nodeSchema).optional(),
    items: nodeSchema.optional(),
    anyOf: z.array(nodeSchema).optional(),
    default: z.unknown().optional(),
  }),
);

/** The page about `ds01.yaml`. Throws when a setting has no text, or a text no setting. */
export function siteSettingsPage(): string {
  const root = nodeSchema.parse(z.toJSONSchema(siteSettingsSchema, { io: 'input' }));
  const settings = settingsOf(root, '', undefined);
  const missing = settings.filter(({ key }) => settingTexts[key] === undefined);
  const stray = Object.keys(settingTexts).filter((key) => !settings.some((one) => one.key === key));
  if (missing.length > 0 || stray.length > 0) {
    const names = [...missing.map(({ key }) => key), ...stray].join(', ');
    throw new Error(`setting-texts.ts and the schema differ in: ${names}`);
  }
  const inForce = settings.filter(({ key }) => settingTexts[key]?.later !== true);
  const coming = settings.filter(({ key }) => settingTexts[key]?.later === true);
  return page(
    '# Site settings',
    notice,
    '`ds01.yaml` in the configuration folder. Every key may be left out, and so may the file; an ' +
      'unknown key is an error. Dots stand for nesting: `leases.reserve_ttl_s` is `reserve_ttl_s` ' +
      'under `leases`. A number in a key that ends in a unit (`_ms`, `_s`, `_m`, `_h`, `_days`) may ' +
      'also be written as a duration: `90s`, `2d`. A file with an error does not take effect: the ' +
      'last good one stays in force, and `ds01 doctor` says what is wrong and where.',
    '## In force',
    settingsTable(inForce),
    '## Read, without effect in this version',
    'Checked today, used by what comes later, so that a file can be written once.',
    settingsTable(coming),
  );
}

function settingsTable(settings: readonly Setting[]): string {
  return table(
    ['key', 'default', 'type', 'meaning'],
    settings.map(({ key, type, standard }) => [
      code(key),
      standard === '' ? '' : code(standard),
      type,
      settingTexts[key]?.text ?? '',
    ]),
  );
}

function settingsOf(node: Node, key: string, inherited: unknown): readonly Setting[] {
  const standard = node.default === undefined ? inherited : node.default;
  const branches = node.anyOf ?? [node];
  const mapping = branches.find(({ properties }) => properties !== undefined);
  if (mapping?.properties === undefined) {
    return [{ key, type: typesOf(branches), standard: shown(standard) }];
  }
  return Object.entries(mapping.properties).flatMap(([name, child]) =>
    settingsOf(child, key === '' ? name : `${key}.${name}`, undefined),
  );
}

function typesOf(branches: readonly Node[]): string {
  return [...new Set(branches.map(typeOf))].join(' or ');
}

function typeOf(node: Node): string {
  if (node.enum !== undefined) return node.enum.map((value) => code(String(value))).join(', ');
  if (node.type === 'array') {
    return node.items === undefined
      ? 'list'
      : `list of: ${typesOf(node.items.anyOf ?? [node.items])}`;
  }
  if (node.type === 'null') return code('null');
  if (node.type === 'integer' || node.type === 'number') return numberType(node);
  return { string: 'text', boolean: 'true or false' }[node.type ?? ''] ?? node.type ?? 'text';
}

function numberType({ type, minimum = 0, maximum }: Node): string {
  const what = type === 'integer' ? 'whole number' : 'number';
  return maximum === undefined ? what : `${what}, ${String(minimum)} to ${String(maximum)}`;
}

function shown(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value).replaceAll('"', '');
}
