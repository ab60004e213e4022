import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { probeFailure } from './probe-failure.ts';

/** An element of a document, reduced to what `nvidia-smi` uses: no attributes, no mixed content. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Text directly inside, trimmed, entities as written. */
  readonly text: string;
}

const parser = new XMLParser({
  preserveOrder: true,
  processEntities: false,
  parseTagValue: false,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  trimValues: true,
});

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return isRecord(value) && '#text' in value;
}

/** Turns one entry of the parser's ordered form, `{ name: [children] }`, into an element. */
function elementOf(entry: unknown): XmlElement[] {
  if (!isRecord(entry) || isText(entry)) return [];
  return Object.entries(entry)
    .filter(([name]) => name !== ':@')
    .map(([name, content]) => {
      const entries: readonly unknown[] = Array.isArray(content) ? content : [];
      return {
        name,
        children: entries.flatMap(elementOf),
        text: entries
          .flatMap((part) => (isRecord(part) && isText(part) ? [String(part['#text'])] : []))
          .join(' '),
      };
    });
}

/**
 * Reads a well-formed document with exactly one root of this name. Document type declarations are
 * dropped and entities never expanded. Throws `gpu.probe-failed` for anything else.
 */
export function readXml(document: string, rootName: string): XmlElement {
  const withoutDoctype = document.replace(/<!DOCTYPE[^<>[\]]*>/u, '');
  try {
    if (!/<!DOCTYPE/iu.test(withoutDoctype) && XMLValidator.validate(withoutDoctype) === true) {
      const parsed: unknown = parser.parse(withoutDoctype);
      const roots = Array.isArray(parsed) ? parsed.flatMap(elementOf) : [];
      const root = roots[0];
      if (root !== undefined && roots.length === 1 && root.name === rootName) return root;
    }
  } catch (cause) {
    throw probeFailure('The XML of nvidia-smi can’t be read.', {}, cause);
  }
  throw probeFailure('The XML of nvidia-smi is incomplete or damaged.');
}

/** Elements of this name directly inside. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The element at a path; `undefined` when it is missing or, at any step, there are several. */
export function elementAt(element: XmlElement, ...path: readonly string[]): XmlElement | undefined {
  let current: XmlElement | undefined = element;
  for (const name of path) {
    const found: readonly XmlElement[] = current === undefined ? [] : childrenOf(current, name);
    current = found.length === 1 ? found[0] : undefined;
  }
  return current;
}

/** Text at a path; `null` when {@link elementAt} finds nothing. */
export function textAt(element: XmlElement, ...path: readonly string[]): string | null {
  return elementAt(element, ...path)?.text ?? null;
}
