import {
  ds01Error,
  slugOf,
  type CheckedRouteInput,
  type LimitKey,
  type RouteOutput,
} from '@ds01/contracts';
import type { NewEvent } from '@ds01/contracts/lifecycle';
import {
  addTemporaryOverride,
  changeOf,
  editOverride,
  findLimitKey,
  readLimitValue,
  removeTemporaryLimits,
} from '@ds01/limits';
import { instantOf } from '../present.ts';
import {
  editedText,
  editFolder,
  eventAbout,
  remarks,
  subjectOf,
  type EditedFolder,
  type PolicyEditing,
  type PolicyFolder,
  type Subject,
} from './edit-folder.ts';
import { dateOf, expiryOf, refusePast } from './dates.ts';

type Input = CheckedRouteInput<'admin.limits.set'>;
type Edits = ReadonlyMap<LimitKey, string | null>;

const overridesFile = 'user-overrides.yaml';
const temporaryFile = 'temporary-overrides.yaml';
const limitsFile = 'resource-limits.yaml';

/**
 * Sets limits of one user in user-overrides.yaml (or, where their override stands in
 * resource-limits.yaml, there), or until a moment in temporary-overrides.yaml. `null` takes an override
 * away: one that ends by itself first, if there is one, since it is the one that counts. Fails with
 * `request.invalid` for keys and values that the file would not take, and with `policy.refused`.
 */
export async function setLimits(
  editing: PolicyEditing,
  input: Input,
): Promise<RouteOutput<'admin.limits.set'>> {
  const subject = await subjectOf(editing, input.user);
  const edits = readEdits(input);
  refusePast(input.untilMs, editing.deps.clock.nowMs());
  const edited = editFolder(editing, (folder) => {
    const [name, text] = newTextOf(folder, { editing, subject, edits, input });
    return {
      texts: new Map([[name, text]]),
      events: [eventOf({ editing, subject, edits, input })],
    };
  });
  return outcomeOf(edited, { subject, edits, input });
}

function readEdits({ changes, untilMs, user }: Input): Edits {
  const edits = new Map<LimitKey, string | null>();
  for (const [name, text] of Object.entries(changes)) {
    const found = findLimitKey(name);
    if (!found.found) {
      const hint = found.suggestion === null ? '' : ` Did you mean ${found.suggestion}?`;
      throw invalid(`There is no limit ${JSON.stringify(name)}.${hint}`, user);
    }
    const { key } = found;
    if (text === null && untilMs !== null) {
      throw invalid(`A limit that is taken away, such as ${key}, has no end.`, user);
    }
    if (text !== null) {
      const { value, allowed } = readLimitValue(key, text);
      if (value === undefined) {
        throw invalid(`${key} must be ${allowed}; ${JSON.stringify(text)} isn’t.`, user);
      }
    }
    edits.set(key, text);
  }
  if (edits.size === 0) throw invalid('No limit was named.', user);
  return edits;
}

function invalid(message: string, user: string) {
  return ds01Error('request.invalid', {
    message,
    hint: `ds01 limits show --user ${user}`,
  });
}

interface Asked {
  readonly editing: PolicyEditing;
  readonly subject: Subject;
  readonly edits: Edits;
  readonly input: Input;
}

function newTextOf(folder: PolicyFolder, asked: Asked): readonly [name: string, text: string] {
  const { editing, subject, edits, input } = asked;
  const { user } = subject;
  if (input.untilMs !== null) {
    const limits = new Map(
      [...edits].flatMap(([key, text]) => (text === null ? [] : [[key, text]])),
    );
    const edit = addTemporaryOverride(folder.textOf(temporaryFile), {
      user,
      limits,
      expiresOn: expiryOf(input.untilMs),
      reason: input.reason,
      approvedBy: editing.by,
      approvedOn: dateOf(folder.nowMs),
    });
    return [temporaryFile, editedText(edit, folder.pathOf(temporaryFile))];
  }
  if ([...edits.values()].every((text) => text === null)) {
    const before = folder.textOf(temporaryFile);
    const keys = [...edits.keys()];
    const edit = removeTemporaryLimits(before, { user, keys, nowMs: folder.nowMs });
    const text = editedText(edit, folder.pathOf(temporaryFile));
    if (text !== before) return [temporaryFile, text];
  }
  const isInline = standsInline(folder, subject);
  const name = isInline ? limitsFile : overridesFile;
  const within = isInline ? ['user_overrides'] : [];
  const edit = editOverride(folder.textOf(name), { user, edits, within });
  return [name, editedText(edit, folder.pathOf(name))];
}

/** An entry in user-overrides.yaml would hide the one of the limits file as a whole. */
function standsInline(folder: PolicyFolder, { user }: Subject): boolean {
  const names = [user, slugOf(user)];
  const override = names.map((name) => folder.policy?.overrides.get(name)).find(Boolean);
  const [first] = override?.values() ?? [];
  return first !== undefined && first.file === folder.pathOf(limitsFile);
}

function eventOf({ editing, subject, edits, input }: Asked): NewEvent {
  const changes = Object.fromEntries([...edits].map(([key, text]) => [key, text ?? 'no override']));
  const until = input.untilMs === null ? null : instantOf(input.untilMs);
  const details = { by: editing.by, reason: input.reason, changes, until };
  return { type: 'limits.set', ...eventAbout(subject), details };
}

function outcomeOf(
  edited: EditedFolder,
  { subject, edits, input }: Omit<Asked, 'editing'>,
): RouteOutput<'admin.limits.set'> {
  const { before, after, changed } = edited;
  const { user } = subject;
  const change =
    before.policy === null || after.policy === null
      ? null
      : changeOf(before.policy, after.policy, { user, nowMs: after.nowMs });
  const [name] = changed;
  const what = [...edits].map(([key, text]) =>
    text === null ? `${key} as others` : `${key} ${text}`,
  );
  const until = input.untilMs === null ? '' : ` until ${instantOf(input.untilMs)}`;
  const done = `${user} has ${what.join(', ')}${until}.`;
  const effect =
    change?.changes.length === 0
      ? ' Nothing changes now: other entries count, or say the same.'
      : '';
  return {
    file: name === undefined ? null : after.pathOf(name),
    message: `${name === undefined ? 'It is so already.' : `${done}${effect}`}${remarks(subject, edited)}`,
    change: change === null ? null : { ...change, changes: [...change.changes] },
  };
}
