import { join } from 'node:path';
import type { CommandOutcome } from '@ds01/e2e';
import type { DaemonSandbox } from './use-sandbox.ts';

const browser = join(import.meta.dirname, '../../../../packages/client/src/browser.ts');

/** Types something into `cat` in a container, as a page does; its output is what `cat` says. */
export function typeInPage(
  sandbox: DaemonSandbox,
  page: {
    readonly url: string;
    readonly token: string;
    readonly container: string;
    readonly text: string;
    /** Certificate to trust; `null` trusts none. */
    readonly ca: string | null;
  },
): Promise<CommandOutcome> {
  const { url, token, container, text, ca } = page;
  const given = JSON.stringify({ url, token, version: '0.0.0' });
  const catIn = JSON.stringify({ name: container, command: ['cat'], stdin: true });
  const script = `
    import { createBrowserClient } from ${JSON.stringify(browser)};
    const client = createBrowserClient(${given});
    const session = await client.session('containers.exec', ${catIn});
    const input = session.stdin.getWriter();
    await input.write(new TextEncoder().encode(${JSON.stringify(text)}));
    await input.close();
    for await (const bytes of session.stdout) process.stdout.write(bytes);
    process.exitCode = (await session.exited) ?? 1;`;
  const trust = ca === null ? [] : [`NODE_EXTRA_CA_CERTS=${ca}`];
  const node = [process.execPath, '--conditions=@ds01/source', '--input-type=module', '--eval'];
  return sandbox.run(['env', ...trust, ...node, script]);
}
