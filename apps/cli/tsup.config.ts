export { default } from '../../tooling/tsup/cli.ts';
