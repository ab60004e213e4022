// Reads and writes a small file as somebody, as the daemon does it for files in a person's tree:
//   walls-small-file.ts <name> <uid> <gid> <path> <text> [root]...
// Prints what came of reading it and then of writing it, as JSON.
import { readFileOf, writeFileOf } from '@ds01/as-user';
import { isDs01Error, slugOf, usernameSchema } from '@ds01/contracts';

const [name = '', uid = '', gid = '', path = '', text = '', ...within] = process.argv.slice(2);
const user = usernameSchema.parse(name);
const ids = { uid: Number(uid), gid: Number(gid) };
const home = `/home/${name}`;
const account = { name: user, slug: slugOf(user), ...ids, groupIds: [ids.gid], home };
const codeOf = (error: unknown): string => (isDs01Error(error) ? error.code : String(error));
const read = await readFileOf({ account, path, maxBytes: 4096, within }).then(
  (bytes) => (bytes === null ? 'none' : new TextDecoder().decode(bytes)),
  codeOf,
);
const written = await writeFileOf({ account, path, text, mode: 0o600, within }).then(
  () => 'ok',
  codeOf,
);
process.stdout.write(JSON.stringify({ read, written }));
