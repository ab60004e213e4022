import { switchFlag, textFlag } from '@ds01/command-line';
import {
  caIn,
  createClient,
  readCredentials,
  serverAddress,
  writeCredentials,
} from '@ds01/composition/login';
import type { CommandContext } from '../context.ts';
import { readSecret } from '../login/read-secret.ts';
import { credentialsPath } from '../login/credentials-path.ts';
import { version } from '../version.ts';

/** `ds01 login`: the token is tried before it is kept. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const url = serverAddress(operands[0] ?? '');
  const path = credentialsPath(runtime);
  const caFile = textFlag(flags, 'ca');
  const ca = caFile === null ? null : caIn(caFile);
  const kept = readCredentials(path);
  if (switchFlag(flags, 'dryRun')) {
    const text = `a token would be asked for, tried at ${url}, and kept in ${path}`;
    output.result({ server: url, user: null }, () => text);
    return 0;
  }
  const token = await readSecret(flags, { interactive: output.interactive, signal });
  const target = { url, token, ...(ca === null ? {} : { ca }) };
  const client = createClient({ ...target, version, retry: false });
  try {
    const { user } = await client.call('users.me', {}, { signal });
    const servers = { ...kept.servers, [url]: { token, ca } };
    writeCredentials(path, { current: url, servers });
    output.result({ server: url, user }, () => `logged in to ${url} as ${user}`);
    if (runtime.isHere === true) {
      output.say(
        `this machine’s own server goes first; to use that one: export DS01_SERVER=${url}`,
      );
    }
  } finally {
    client.close();
  }
  return 0;
}
