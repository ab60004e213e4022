import type { GrantReading } from './protocol.ts';

/** True for the full id of a container. */
export function isContainerId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/** A field of something that came out of JSON; `undefined` when it isn't an object or has none. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The texts of a JSON array; `null` when it is anything else. */
export function textsOf(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  const texts = value.filter((item) => typeof item === 'string');
  return texts.length === value.length ? texts : null;
}

/** Parsed JSON of a file's text; `undefined` when it isn't JSON. Checked by the callers by hand. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** What a grant's file grants to the container `containerId`. Written by `createGrants`. */
export function readGrantText(text: string, containerId: string): GrantReading {
  const value = parseJson(text);
  const devices = textsOf(fieldOf(value, 'devices'));
  if (devices === null || fieldOf(value, 'containerId') !== containerId) {
    return { state: 'unreadable', reason: 'its grant is damaged' };
  }
  return { state: 'granted', devices };
}
