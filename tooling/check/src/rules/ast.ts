/** The little that the rules need to know of an ESTree node. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What a rule is given by oxlint, which follows the ESLint plugin interface. */
export interface RuleContext {
  report: (finding: { readonly node: Node; readonly message: string }) => void;
}

/** A rule: for each type of node a function that looks at it. */
export interface Rule {
  create: (context: RuleContext) => Record<string, (node: Node) => void>;
}

/** Whether a value found in a tree is itself a node. */
export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** The name of an identifier, or the text of a string literal; undefined for anything else. */
export const nameOf = (value: unknown): string | undefined => {
  if (!isNode(value)) return undefined;
  const name = value.type === 'Identifier' ? value['name'] : value['value'];
  return typeof name === 'string' ? name : undefined;
};
