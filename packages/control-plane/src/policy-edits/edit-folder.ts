import {
  ds01Error,
  isDs01Error,
  usernameSchema,
  type ConfigProblem,
  type SiteSettings,
  type Username,
} from '@ds01/contracts';
import type { NewEvent } from '@ds01/contracts/lifecycle';
import { formatProblem, type EditResult, type Policy } from '@ds01/limits';
import type { HostAccount, PolicyFile } from '@ds01/ports';
import type { UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendEvent } from '../events/record-event.ts';
import { keepAsLastGood, readPolicyFolder } from '../policy.ts';

/** What every edit of the configuration folder needs. */
export interface PolicyEditing {
  readonly deps: ControlPlaneDependencies;
  /** Who edits. */
  readonly by: Username;
  readonly options: UseCaseOptions;
}

/** The folder as an edit finds it. */
export interface PolicyFolder {
  /** `null` when its errors keep it from taking effect. */
  readonly policy: Policy | null;
  readonly settings: SiteSettings | null;
  readonly nowMs: number;
  /** The text of a file by its name in the folder; empty when it isn't there. */
  textOf(name: string): string;
  /** The path of a file as people see it. */
  pathOf(name: string): string;
}

/** New texts by names of files, and what is told about them. */
export interface PlannedEdit {
  readonly texts: ReadonlyMap<string, string>;
  readonly events: readonly NewEvent[];
}

/** The folder before and after an edit. */
export interface EditedFolder {
  readonly before: PolicyFolder;
  readonly after: PolicyFolder;
  /** Names of the files that were written, or would be in a dry run. */
  readonly changed: readonly string[];
}

const mostTries = 10;

/**
 * Edits files of the configuration folder: `plan` makes new texts of those that are there. Texts that
 * would bring an error into the folder are refused (`policy.refused`). Each file is written in one step,
 * together with the events, and only if it still is what the plan was made from; else the plan is made
 * again, so that edits at the same time all land (`policy.changed` when somebody changes it without end).
 * A dry run writes nothing.
 */
export function editFolder(
  { deps, options }: Pick<PolicyEditing, 'deps' | 'options'>,
  plan: (folder: PolicyFolder) => PlannedEdit,
): EditedFolder {
  for (let tries = 1; ; tries += 1) {
    try {
      return editOnce(deps, plan, options.dryRun === true);
    } catch (error) {
      if (tries === mostTries || !isDs01Error(error) || error.code !== 'policy.changed')
        throw error;
    }
  }
}

function editOnce(
  deps: ControlPlaneDependencies,
  plan: (folder: PolicyFolder) => PlannedEdit,
  dryRun: boolean,
): EditedFolder {
  const nowMs = deps.clock.nowMs();
  const files = deps.policyFiles.read();
  const before = openFolder(files, nowMs);
  const { texts, events } = plan(before);
  const changed = [...texts].filter(([name, text]) => text !== before.textOf(name));
  const newTexts = new Map(changed.map(([name, text]) => [before.pathOf(name), text]));
  const newFiles = [
    ...files.filter(({ path }) => !newTexts.has(path)),
    ...[...newTexts].map(([path, text]) => ({ path, text, error: null })),
  ];
  refuseNewErrors(files, newFiles);
  const after = openFolder(newFiles, nowMs);
  if (!dryRun && changed.length > 0) {
    deps.store.transaction((transaction) => {
      for (const [name, text] of changed) {
        const expected = fileOf(files, name)?.text ?? null;
        deps.policyFiles.write({ name, expected, text });
      }
      for (const event of events) appendEvent(transaction, event, nowMs);
    });
    // What was set by a command must survive a mistake by hand a moment later.
    if (after.policy !== null && after.settings !== null) keepAsLastGood(deps, newFiles);
  }
  return { before, after, changed: changed.map(([name]) => name) };
}

function openFolder(files: readonly PolicyFile[], nowMs: number): PolicyFolder {
  const { policy, settings } = readPolicyFolder(files);
  return {
    policy,
    settings,
    nowMs,
    textOf: (name) => readable(fileOf(files, name)),
    pathOf: (name) => fileOf(files, name)?.path ?? `${folderOf(files)}${name}`,
  };
}

function fileOf(files: readonly PolicyFile[], name: string): PolicyFile | undefined {
  return files.find(({ path }) => path === name || path.endsWith(`/${name}`));
}

function readable(file: PolicyFile | undefined): string {
  if (file === undefined || file.text !== null) return file?.text ?? '';
  throw ds01Error('policy.refused', {
    message: `${file.path} can’t be read: ${file.error ?? 'nobody knows why'}.`,
    hint: 'ds01-admin limits check',
    details: { path: file.path },
  });
}

/** Where the files are, as far as one of them tells. */
function folderOf(files: readonly PolicyFile[]): string {
  const path = files.find((file) => !file.path.includes('/groups/'))?.path ?? files[0]?.path ?? '';
  return path.replace(/(?:groups\/)?[^/]*$/, '');
}

function refuseNewErrors(before: readonly PolicyFile[], after: readonly PolicyFile[]): void {
  const known = new Map<string, number>();
  for (const problem of errorsOf(before))
    known.set(keyOf(problem), (known.get(keyOf(problem)) ?? 0) + 1);
  const added = errorsOf(after).filter((problem) => {
    const left = known.get(keyOf(problem)) ?? 0;
    known.set(keyOf(problem), left - 1);
    return left <= 0;
  });
  if (added.length === 0) return;
  throw ds01Error('policy.refused', {
    message: `The change would make the configuration invalid: ${added.map(formatProblem).join('; ')}`,
    hint: 'ds01-admin limits check',
    details: { problems: added },
  });
}

function errorsOf(files: readonly PolicyFile[]): readonly ConfigProblem[] {
  return readPolicyFolder(files).problems.filter(({ severity }) => severity === 'error');
}

/** The same problem on another line is no new one. */
function keyOf({ file, code, message, found }: ConfigProblem): string {
  return [file, code, message.replaceAll(/\bline \d+/g, 'line'), found].join('\n');
}

/** The text of an edit; fails with `policy.refused` when a person has to make it. */
export function editedText(edit: EditResult, path: string): string {
  if (edit.ok) return edit.text;
  throw ds01Error('policy.refused', {
    message: `${path}: ${edit.reason}; a person has to edit it.`,
    hint: 'ds01-admin limits check',
    details: { path },
  });
}

/** Somebody whom an edit is about; accounts that don't exist yet can have limits, too. */
export interface Subject {
  readonly user: Username;
  readonly account: HostAccount | null;
}

/** Reads a user's name. Fails with `user.unknown` for what can't be one. */
export async function subjectOf({ deps }: PolicyEditing, given: string): Promise<Subject> {
  const user = usernameSchema.safeParse(given);
  if (!user.success) {
    throw ds01Error('user.unknown', {
      message: `${JSON.stringify(given)} is no user name.`,
      hint: 'ds01-admin users',
      details: { user: given },
    });
  }
  return { user: user.data, account: await deps.accounts.byName(user.data) };
}

/** An event about a person. */
export function eventAbout({ user, account }: Subject) {
  return { user, uid: account?.uid ?? null, container: null, containerId: null };
}

/** What to say beside what was done: about an account that isn't there, and files with errors. */
export function remarks({ user, account }: Subject, { after }: EditedFolder): string {
  const isMissing = account === null ? ` There is no account ${user} on this server.` : '';
  const isBroken =
    after.policy === null || after.settings === null
      ? ' The files have errors, so that it takes effect when those are mended.'
      : '';
  return `${isMissing}${isBroken}`;
}
