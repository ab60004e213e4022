import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { mayAsk } from '../wizard/wants-questions.ts';
import { fewOf, newPackagesOf } from './new-packages.ts';
import { ownImageOf, savedText, savePackages } from './save-packages.ts';

/** Nobody waits longer for a question that they didn't ask for. */
const patienceMs = 1000;

/**
 * Whether the packages of a container are to be saved before it goes: as `--save-packages` says, else
 * at a terminal as the person says, who is asked only when there are new ones, the image is their own,
 * and all that is known within a second.
 */
export async function wantsPackagesSaved(context: CommandContext): Promise<boolean> {
  const { flags, operands, output, signal } = context;
  if (switchFlag(flags, 'savePackages')) return true;
  const [name] = operands;
  const isOffered = mayAsk(context) && !switchFlag(flags, 'force') && !switchFlag(flags, 'dryRun');
  if (!isOffered || name === undefined) return false;
  const packages = await packagesToOffer(context, name);
  if (packages.length === 0) return false;
  const { createTerminalPrompter } = await import('../wizard/terminal-prompter.ts');
  return createTerminalPrompter(output, signal).confirm(
    `Installed in it, and in no image: ${fewOf(packages)}. Save them into its image first?`,
  );
}

async function packagesToOffer(
  { runtime: { api }, signal }: CommandContext,
  name: string,
): Promise<readonly string[]> {
  const soon = { signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) };
  try {
    const { container, changes } = await api.call('containers.packages', { name }, soon);
    const { slug } = await api.call('users.me', {}, soon);
    if (container.state !== 'running' || ownImageOf(container.image, slug) === null) return [];
    const { python, system } = newPackagesOf(changes);
    return [...python, ...system];
  } catch {
    signal.throwIfAborted();
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
