import { commonFlags, type Program } from '@ds01/command-line';
import { commandTable } from './command-table.ts';
import type { Runtime } from './runtime.ts';
import { version } from './version.ts';

/** An administrator acts for nobody else, and there are no lessons. */
const others = ['--user', '--guided'];

/** `ds01-admin` as administrators see it. */
export const program: Program<Runtime> = {
  name: 'ds01-admin',
  description: 'everything on this GPU server, for administrators',
  version,
  commands: commandTable,
  commonFlags: commonFlags.filter(({ flags }) => !others.some((other) => flags.includes(other))),
};
