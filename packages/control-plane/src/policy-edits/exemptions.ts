import { ds01Error, slugOf, type CheckedRouteInput, type RouteOutput } from '@ds01/contracts';
import { addExemption, removeExemptions } from '@ds01/limits';
import { loadCurrentPolicy, type PolicySource } from '../policy.ts';
import { instantOf } from '../present.ts';
import { dateOf, expiryOf, refusePast } from './dates.ts';
import {
  editedText,
  editFolder,
  eventAbout,
  remarks,
  subjectOf,
  type PolicyEditing,
  type PolicyFolder,
  type Subject,
} from './edit-folder.ts';

const file = 'lifecycle-exemptions.yaml';

/** Every exemption of the file that is in force, those that are over too. */
export function listExemptions(deps: PolicySource): RouteOutput<'admin.exemptions'> {
  const nowMs = deps.clock.nowMs();
  const { exemptions } = loadCurrentPolicy(deps, { dryRun: true }).limits;
  return {
    exemptions: exemptions.map(({ user, exemptFrom, reason, untilMs, file: path, line }) => ({
      user,
      rules: [...exemptFrom],
      reason,
      until: untilMs === null ? null : instantOf(untilMs),
      active: untilMs === null || nowMs < untilMs,
      file: path,
      line,
    })),
  };
}

/**
 * Exempts a person from rules of the life of containers, for good or until a moment. One that already
 * is, for at least as long, is no change. Fails with `request.invalid` and `policy.refused`.
 */
export async function exempt(
  editing: PolicyEditing,
  input: CheckedRouteInput<'admin.exemptions.add'>,
): Promise<RouteOutput<'admin.exemptions.add'>> {
  const { untilMs, reason } = input;
  const subject = await subjectOf(editing, input.user);
  const rules = [...new Set(input.rules)];
  refusePast(untilMs, editing.deps.clock.nowMs());
  const edited = editFolder(editing, (folder) => {
    const left = rules.filter((rule) => !isExempt(folder, subject, { rule, untilMs }));
    if (left.length === 0) return { texts: new Map(), events: [] };
    const edit = addExemption(folder.textOf(file), {
      user: subject.user,
      rules: left,
      expiresOn: untilMs === null ? null : expiryOf(untilMs),
      reason,
      approvedBy: editing.by,
      approvedOn: dateOf(folder.nowMs),
    });
    const until = untilMs === null ? null : instantOf(untilMs);
    const details = { by: editing.by, reason, rules: left, until };
    return {
      texts: new Map([[file, editedText(edit, folder.pathOf(file))]]),
      events: [{ type: 'exemption.added', ...eventAbout(subject), details }],
    };
  });
  const [name] = edited.changed;
  const until = untilMs === null ? 'for good' : `until ${instantOf(untilMs)}`;
  return {
    file: name === undefined ? null : edited.after.pathOf(name),
    message: `${subject.user} is exempt from ${rules.join(' and ')} ${name === undefined ? 'already' : until}.${remarks(subject, edited)}`,
  };
}

function isExempt(
  { policy, nowMs }: PolicyFolder,
  { user }: Subject,
  wanted: { readonly rule: string; readonly untilMs: number | null },
): boolean {
  return (policy?.exemptions ?? []).some((exemption) => {
    const isTheirs = exemption.user === user || exemption.user === slugOf(user);
    const isFor = exemption.exemptFrom.some((limit) => limit === wanted.rule);
    const until = exemption.untilMs ?? Number.POSITIVE_INFINITY;
    return (
      isTheirs && isFor && until > nowMs && until >= (wanted.untilMs ?? Number.POSITIVE_INFINITY)
    );
  });
}

/** Ends all exemptions of a person. Fails with `exemption.not-found` when there is none. */
export async function endExemptions(
  editing: PolicyEditing,
  input: CheckedRouteInput<'admin.exemptions.remove'>,
): Promise<RouteOutput<'admin.exemptions.remove'>> {
  const subject = await subjectOf(editing, input.user);
  const details = { by: editing.by, reason: null };
  const edited = editFolder(editing, (folder) => {
    const before = folder.textOf(file);
    const text = editedText(removeExemptions(before, subject.user), folder.pathOf(file));
    if (text === before) throw notExempt(subject);
    return {
      texts: new Map([[file, text]]),
      events: [{ type: 'exemption.removed', ...eventAbout(subject), details }],
    };
  });
  return {
    file: edited.after.pathOf(file),
    message: `${subject.user} is not exempt any more.${remarks(subject, edited)}`,
  };
}

function notExempt({ user }: Subject) {
  return ds01Error('exemption.not-found', {
    message: `${user} is exempt from no rule.`,
    hint: 'ds01-admin exempt list',
    details: { user },
  });
}
