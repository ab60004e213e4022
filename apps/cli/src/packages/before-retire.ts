import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { mayAsk } from '../wizard/wants-questions.ts';
import { fewOf, newPackagesOf } from './new-packages.ts';
import { ownImageOf, savedText, savePackages } from './save-packages.ts';

/** Nobody waits longer for a question that they didn't ask for. */
const patienceMs = 1000;

/** A look at the packages of a container, which goes on while the person answers other questions. */
export interface PackagesLook {
  /** Whether they are to be saved before the container goes. */
  readonly wantsSaved: () => Promise<boolean>;
  /** Ends the look. */
  readonly end: () => void;
}

/**
 * Finds out whether the packages of a container are to be saved before it goes: as `--save-packages`
 * says, else at a terminal as the person says, who is asked only when there are new ones, the image is
 * their own, and all that is known a second after they are to be asked.
 */
export function lookAtPackages(context: CommandContext): PackagesLook {
  const { flags, operands, output, signal } = context;
  const [name] = operands;
  const isOffered = mayAsk(context) && !switchFlag(flags, 'force') && !switchFlag(flags, 'dryRun');
  if (switchFlag(flags, 'savePackages') || !isOffered || name === undefined) {
    const wanted = switchFlag(flags, 'savePackages');
    return { wantsSaved: () => Promise.resolve(wanted), end: () => undefined };
  }
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const found = packagesToOffer(context, name, AbortSignal.any([signal, ended.signal]));
  const wantsSaved = async (): Promise<boolean> => {
    const timer = setTimeout(end, patienceMs);
    const packages = await found.finally(() => clearTimeout(timer));
    if (packages.length === 0) return false;
    const { createTerminalPrompter } = await import('../wizard/terminal-prompter.ts');
    return createTerminalPrompter(output, signal).confirm(
      `Installed in it, and in no image: ${fewOf(packages)}. Save them into its image first?`,
    );
  };
  return { wantsSaved, end };
}

/** What could be saved; nothing where that can't be told. */
async function packagesToOffer(
  { runtime: { api } }: CommandContext,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const { container, changes } = await api.call('containers.packages', { name }, { signal });
    const { slug } = await api.call('users.me', {}, { signal });
    if (container.state !== 'running' || ownImageOf(container.image, slug) === null) return [];
    const { python, system } = newPackagesOf(changes);
    return [...python, ...system];
  } catch {
    return [];
  }
}

/** Saves the packages of a container that is about to go; what was done is a remark. */
export async function saveBeforeRetire(context: CommandContext, name: string): Promise<void> {
  const { buildOptionsOf } = await import('../images/build-image.ts');
  const how = { kind: 'dockerfile', build: true, options: buildOptionsOf({}) } as const;
  const saved = await savePackages(context, name, how);
  for (const notice of saved.notices) context.output.say(notice);
  context.output.say(savedText(saved, switchFlag(context.flags, 'dryRun')));
}
