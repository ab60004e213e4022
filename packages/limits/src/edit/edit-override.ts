import { slugOf, type LimitKey, type Username } from '@ds01/contracts';
import { isMap, isSeq } from 'yaml';
import { limitKeySpecs } from '../limit-keys.ts';
import { isNoLimit } from '../value-kinds.ts';
import { checkEdit, withValue } from './checked-edit.ts';
import { isNothing, nodeAt, openYaml, pairOf } from './yaml-nodes.ts';
import { removeKey, setScalar, type EditResult } from './yaml-edit.ts';
import { asRead } from './yaml-text.ts';

/** New values of limits as they are written in the file; `null` takes one away. */
export type LimitEdits = ReadonlyMap<LimitKey, string | null>;

/** What to change in whose override. */
export interface OverrideEdit {
  readonly user: Username;
  readonly edits: LimitEdits;
  /** The mapping of users: at the top of user-overrides.yaml, or `['user_overrides']`. */
  readonly within: readonly string[];
}

/**
 * Changes limits of one user's override in the text of a file. Comments, order, formatting and
 * everybody else's entries stay as they are, byte for byte; an entry that is empty afterwards goes, too.
 * A limit that stands there under a former name is changed there.
 */
export function editOverride(text: string, edit: OverrideEdit): EditResult {
  let current = text;
  for (const [key, value] of edit.edits) {
    const next = editLimit(current, { ...edit, key, value });
    if (!next.ok) return next;
    current = next.text;
  }
  return { ok: true, text: current };
}

interface LimitEdit extends Omit<OverrideEdit, 'edits'> {
  readonly key: LimitKey;
  readonly value: string | null;
}

function editLimit(text: string, { user, key, value, within }: LimitEdit): EditResult {
  const source = openYaml(text);
  if (typeof source === 'string') return { ok: false, reason: source };
  const users = nodeAt(source.document, within);
  if (!isMap(users) && !isNothing(users)) return notAMapping(within);
  const entry = [...within, nameIn(users, user)];
  const names = namesOf(key);
  const present = names.filter((name) => isIn(nodeAt(source.document, entry), name));
  if (value !== null) {
    const path = [...entry, ...(present[0] ?? names[0] ?? [])];
    const written = writtenValue(value);
    return checkEdit(text, setScalar(text, path, written), (data) =>
      withValue(data, path, asRead(written)),
    );
  }
  let current: EditResult = { ok: true, text };
  for (const name of present) {
    if (!current.ok) return current;
    const path = [...entry, ...name];
    const removed = removeKey(current.text, path, within.length);
    current = checkEdit(current.text, removed, (data) => withValue(data, path, undefined));
  }
  return current;
}

/** How a value is written: every word for "no limit" is YAML's own. */
export function writtenValue(value: string): string | null {
  return isNoLimit({ text: value, plain: true }) ? null : value.trim();
}

function notAMapping(within: readonly string[]): EditResult {
  const what = within.length === 0 ? 'the file' : within.join('.');
  return { ok: false, reason: `${what} is no mapping of users` };
}

/** The name under which a user's entry stands; a new one gets the user's own name. */
function nameIn(users: unknown, user: Username): string {
  const slug = slugOf(user);
  const isBySlug = pairOf(users, user) === undefined && pairOf(users, slug) !== undefined;
  return isBySlug ? slug : user;
}

/** Places of a limit inside an entry: today's name, then former ones. */
export function namesOf(key: LimitKey): readonly (readonly string[])[] {
  const formerNames = limitKeySpecs[key].aliases ?? [];
  return [key.split('.'), ...formerNames.map((name) => [name])];
}

/** Whether an entry has a limit under a name of its own. */
export function isIn(entry: unknown, name: readonly string[]): boolean {
  const [key, ...rest] = name;
  if (key === undefined) return true;
  const pair = pairOf(entry, key);
  return pair !== undefined && isIn(pair.value, rest);
}

/** Whether nothing at all is in a mapping or list. */
export function isEmptyNode(node: unknown): boolean {
  return isNothing(node) || ((isMap(node) || isSeq(node)) && node.items.length === 0);
}
