/** Data to write into a YAML file. */
export type PlainYaml =
  | string
  | null
  | readonly PlainYaml[]
  | { readonly [key: string]: PlainYaml | undefined };

const plainText = /^[A-Za-z0-9/+.][A-Za-z0-9_.@+%/-]*(?::[0-9]+)?$/;
const plainTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** A text as YAML, quoted where it could be taken for something else. */
function yamlText(text: string): string {
  const isPlain = plainText.test(text) && text.toLowerCase() !== 'null';
  return isPlain || plainTime.test(text) ? text : JSON.stringify(text);
}

/** Data on one line: `{username: alice, limits: {max_cpus: 4}}`. */
export function flowText(data: PlainYaml): string {
  if (data === null) return 'null';
  if (typeof data === 'string') return yamlText(data);
  if (isList(data)) return `[${data.map(flowText).join(', ')}]`;
  return `{${entriesOf(data)
    .map(([key, value]) => `${yamlText(key)}: ${flowText(value)}`)
    .join(', ')}}`;
}

/** Lines of a mapping, each without its end; lists of texts are written on one line. */
export function blockLines(data: PlainYaml, indent: number): readonly string[] {
  const space = ' '.repeat(indent);
  if (data === null || typeof data === 'string' || isList(data)) {
    return [`${space}${flowText(data)}`];
  }
  return entriesOf(data).flatMap(([key, value]) => {
    const head = `${space}${yamlText(key)}:`;
    if (value === null || typeof value === 'string') return [`${head} ${flowText(value)}`];
    if (!isList(value)) return [head, ...blockLines(value, indent + 2)];
    if (value.every((item) => typeof item === 'string')) return [`${head} ${flowText(value)}`];
    return [head, ...value.flatMap((item) => itemLines(item, indent + 2))];
  });
}

/** Lines of one item of a list, the first one with its dash. */
export function itemLines(item: PlainYaml, indent: number): readonly string[] {
  const [first = '', ...others] = blockLines(item, indent + 2);
  return [`${' '.repeat(indent)}- ${first.trimStart()}`, ...others];
}

/** What a reader finds that takes every scalar for a text. */
export function asRead(data: PlainYaml): unknown {
  if (data === null) return 'null';
  if (typeof data === 'string') return data;
  if (isList(data)) return data.map(asRead);
  return Object.fromEntries(entriesOf(data).map(([key, value]) => [key, asRead(value)]));
}

function entriesOf(data: { readonly [key: string]: PlainYaml | undefined }) {
  return Object.entries(data).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
}

function isList(data: PlainYaml): data is readonly PlainYaml[] {
  return Array.isArray(data);
}
