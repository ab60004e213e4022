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
  const token = await readSecret(flags, { interactive: output.interactive, signal });
  const target = { url, token, ...(ca === null ? {} : { ca }) };
  const client = createClient({ ...target, version, retry: false });
  try {
    const { user } = await client.call('users.me', {}, { signal });
    const dryRun = switchFlag(flags, 'dryRun');
    if (!dryRun) {
      const servers = { ...kept.servers, [url]: { token, ca } };
      writeCredentials(path, { current: url, servers });
    }
    output.result({ server: url, user }, () =>
      dryRun ? `${user} would be logged in to ${url}` : `logged in to ${url} as ${user}`,
    );
  } finally {
    client.close();
  }
  return 0;
}
