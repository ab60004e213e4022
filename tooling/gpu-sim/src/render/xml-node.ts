/** An element: a name with text, or with children. */
export type XmlNode = readonly [name: string, content: string | number | readonly XmlNode[]];

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Lines of a node as the tool writes them: tabs, one element a line. */
export const xmlLines = ([name, content]: XmlNode, depth: number): string[] => {
  const indent = '\t'.repeat(depth);
  // The one element whose text stands on a line of its own.
  if (name === 'mig_devices' && typeof content === 'string') {
    return [`${indent}<${name}>`, `${indent}\t${content}`, `${indent}</${name}>`];
  }
  if (typeof content !== 'object') {
    return [`${indent}<${name}>${escapeText(String(content))}</${name}>`];
  }
  const [tag = name] = name.split(' ');
  return [
    `${indent}<${name}>`,
    ...content.flatMap((child) => xmlLines(child, depth + 1)),
    `${indent}</${tag}>`,
  ];
};

/** Children of the same value, e.g. `N/A` for each of a block. */
export const same = (value: string | number, ...names: readonly string[]): XmlNode[] =>
  names.map((name) => [name, value] as const);
