import type { CommandSpec } from '@ds01/command-line';
import type { Runtime } from './runtime.ts';

/** A command that is known, and says that it comes with a later version. */
const notYet = (
  noun: string | null,
  verb: string,
  summary: string,
  classic: readonly string[] = [],
): CommandSpec<Runtime> => ({
  noun,
  verb,
  classic,
  summary: `${summary} (arrives with a later version)`,
  operands: '[name]',
  flags: [],
  trailing: true,
  example: 'ds01 container list',
  load: null,
});

/** What people know from elsewhere or read about, and this version doesn't have. */
export const laterCommands: readonly CommandSpec<Runtime>[] = [
  notYet('project', 'init', 'begin a project', ['new-project']),
  notYet('project', 'launch', 'build a project’s image and deploy it'),
  notYet('user', 'setup', 'first steps', ['new-user', 'user new']),
  notYet('devcontainer', 'init', 'describe a dev container'),
  notYet('devcontainer', 'check', 'check a dev container’s description'),
];
