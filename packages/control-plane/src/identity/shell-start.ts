import type { ObjectName, Slug } from '@ds01/contracts';

/** Where a container's start file for shells is, inside. */
export const shellStartPath = '/etc/ds01/shrc';

/** Folder of an image's own start files for login shells. */
export const loginStartFolder = '/etc/profile.d';
/** Our file in it. */
export const loginStartPath = `${loginStartFolder}/ds01.sh`;

/** Where the aliases of a container are, inside. */
export const aliasesPath = '/etc/ds01/aliases';

/** What zsh reads first of all, when its settings are looked for in `ZDOTDIR`. */
export const zshFolder = '/etc/ds01/zsh';
/** Our file in it. */
export const zshStartPath = `${zshFolder}/.zshenv`;

/**
 * What lets every interactive bash have the aliases, also one that reads no file of ours: it runs this
 * before it prompts, the first time to read them.
 */
export const promptCommand = `[ "\${ds01_shell-}" = $$ ] || . ${aliasesPath}`;

/**
 * The prompt as every shell understands it: bash, dash and ash expand parameters in it, and nothing
 * else of it means anything to them.
 */
export function promptOf(slug: Slug, name: ObjectName | string): string {
  return `${slug}@${name}:\${PWD}$ `;
}

/**
 * What shells read when they start: by `ENV` (sh), as the file of an interactive bash, and from the
 * image's profile (login shells). An image's own files come first, since they set prompts of theirs;
 * the owner's come last, so that they may choose another one.
 */
export function shellStartFile(slug: Slug, name: string): string {
  return `# Made by DS01. Your own settings go into ~/.bashrc and ~/.profile.
case $- in
  *i*) PS1='${promptOf(slug, name)}' ;;
esac
if [ -r ${aliasesPath} ]; then . ${aliasesPath}; fi
if [ -n "\${BASH_VERSION-}" ] && [ "\${BASH_SOURCE-}" = ${shellStartPath} ]; then
  if [ -r ~/.bashrc ]; then . ~/.bashrc; fi
fi
`;
}

/** The shell of somebody who asked for none: bash where the image has it, else sh. */
export const personalShell: readonly string[] = [
  '/bin/sh',
  '-c',
  `if command -v bash >/dev/null; then
  if [ -r ${shellStartPath} ]; then exec bash --rcfile ${shellStartPath}; fi
  exec bash
fi
exec sh`,
];
