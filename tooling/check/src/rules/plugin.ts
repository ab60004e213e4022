import { isNode, nameOf, type Rule } from './ast.ts';
import { pure } from './pure.ts';

/** Forbids `export * from`: an index names what it exports. */
const noExportStar: Rule = {
  create: (context) => ({
    ExportAllDeclaration: (node) =>
      context.report({ node, message: 'name what is exported instead of export *' }),
  }),
};

const isTrue = (value: unknown): boolean =>
  isNode(value) && value.type === 'Literal' && value['value'] === true;

/** Forbids `{ shell: true }`: processes are spawned with argument arrays. */
const noShell: Rule = {
  create: (context) => ({
    Property: (node) => {
      if (nameOf(node['key']) === 'shell' && isTrue(node['value'])) {
        context.report({ node, message: 'spawn with an argument array, without a shell' });
      }
    },
  }),
};

/** Our own lint rules, loaded by .oxlintrc.json as the plugin `ds01`. */
export default {
  meta: { name: 'ds01' },
  rules: { pure, 'no-export-star': noExportStar, 'no-shell': noShell },
};
