import { isNode, nameOf, type Node, type Rule, type RuleContext } from './ast.ts';

const impureGlobals = new Set([
  'process',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
  'Buffer',
  'globalThis',
  'require',
  'Promise',
]);
const impureMembers: Readonly<Record<string, ReadonlySet<string>>> = {
  Date: new Set(['now']),
  Math: new Set(['random']),
};
const platformModule =
  /^(?:node:|(?:fs|path|os|child_process|crypto|net|http|https|url|util)(?:\/|$))/;

const declaredHere = (node: Node): boolean => {
  const parent = node['parent'];
  if (!isNode(parent)) return false;
  const asProperty =
    parent.type === 'MemberExpression' && parent['property'] === node && !parent['computed'];
  const asKey =
    (parent.type === 'Property' ||
      parent.type === 'PropertyDefinition' ||
      parent.type === 'MethodDefinition') &&
    parent['key'] === node &&
    !parent['computed'] &&
    !parent['shorthand'];
  return asProperty || asKey || parent.type.startsWith('TS');
};

const visitImport =
  (context: RuleContext) =>
  (node: Node): void => {
    const source = nameOf(node['source']);
    if (source !== undefined && platformModule.test(source)) {
      context.report({ node, message: `a pure package may not import ${source}` });
    }
  };

const visitFunction =
  (context: RuleContext) =>
  (node: Node): void => {
    if (node['async'] === true) {
      context.report({ node, message: 'a pure package has no async functions' });
    }
  };

/**
 * Keeps a package pure: no platform modules, no clock, no randomness, no process, no timers, no
 * network, no console, nothing asynchronous. `new Date(value)` is fine, `new Date()` reads the clock.
 */
export const pure: Rule = {
  create: (context) => ({
    ImportDeclaration: visitImport(context),
    ExportNamedDeclaration: visitImport(context),
    ImportExpression: (node) =>
      context.report({ node, message: 'a pure package loads nothing at run time' }),
    FunctionDeclaration: visitFunction(context),
    FunctionExpression: visitFunction(context),
    ArrowFunctionExpression: visitFunction(context),
    AwaitExpression: (node) => context.report({ node, message: 'a pure package does not wait' }),
    NewExpression: (node) => {
      const readsClock =
        nameOf(node['callee']) === 'Date' &&
        Array.isArray(node['arguments']) &&
        node['arguments'].length === 0;
      if (readsClock) {
        context.report({ node, message: 'new Date() reads the clock; take the time as a value' });
      }
    },
    CallExpression: (node) => {
      if (isNode(node['callee']) && nameOf(node['callee']) === 'Date') {
        context.report({ node, message: 'Date() reads the clock; take the time as a value' });
      }
    },
    MemberExpression: (node) => {
      const owner = nameOf(node['object']);
      const member = nameOf(node['property']);
      if (owner === undefined || member === undefined) return;
      if (impureMembers[owner]?.has(member)) {
        const message = `${owner}.${member} is not a function of its arguments; take a value instead`;
        context.report({ node, message });
      }
    },
    Identifier: (node) => {
      const name = nameOf(node);
      if (name !== undefined && impureGlobals.has(name) && !declaredHere(node)) {
        context.report({ node, message: `a pure package may not use ${name}` });
      }
    },
  }),
};
