import {
  dockerNameOf,
  ds01Error,
  problemOf,
  readObjectName,
  slugOf,
  usernameSchema,
} from '@ds01/contracts';

/** What Docker calls somebody's container, or what the API would answer to its name. */
export function nameContainer(user: string, typed: string): string {
  const read = readObjectName(typed);
  if (read.ok) return dockerNameOf(read.name, slugOf(usernameSchema.parse(user)));
  const error = ds01Error('name.invalid', {
    message: `"${typed}" can't be a name.`,
    hint: `ds01 container deploy ${read.suggestion}`,
  });
  const { status, code, detail, hint } = problemOf(error);
  return `${status} ${code}: ${detail} Try: ${hint}`;
}
