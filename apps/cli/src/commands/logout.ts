import { switchFlag } from '@ds01/command-line';
import { readCredentials, serverAddress, writeCredentials } from '@ds01/composition/login';
import type { CommandContext } from '../context.ts';
import { credentialsPath } from '../login/credentials-path.ts';

/** `ds01 logout`: without an address, of the server that was logged in to last. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime } = context;
  const path = credentialsPath(runtime);
  const { current, servers } = readCredentials(path);
  const url = operands[0] === undefined ? current : serverAddress(operands[0]);
  const isKnown = url !== null && servers[url] !== undefined;
  if (!isKnown) {
    const server = url ?? null;
    output.result(
      { server, forgotten: false },
      () => `you are not logged in to ${operands[0] === undefined ? 'a server elsewhere' : server}`,
    );
    return 0;
  }
  const dryRun = switchFlag(flags, 'dryRun');
  const { [url]: _, ...rest } = servers;
  if (!dryRun) writeCredentials(path, { current: current === url ? null : current, servers: rest });
  output.result({ server: url, forgotten: !dryRun }, () =>
    dryRun ? `the token of ${url} would be forgotten` : `the token of ${url} is forgotten here`,
  );
  output.say('on the server it counts until it is revoked: ds01 token list');
  return 0;
}
