// For a web page: a shell in the container `train`, for a terminal such as xterm.js has.
import { createBrowserClient } from '@ds01/client/browser';

/** Connects what is typed (`readable`) and shown (`writable`) with a shell, and gives its exit code. */
export async function openShell(url: string, token: string, terminal: TransformStream<Uint8Array>) {
  const client = createBrowserClient({ url, token });
  const how = { command: null, tty: true, stdin: true, size: { columns: 80, rows: 24 } };
  const session = await client.session('containers.exec', { name: 'train', ...how });
  await session.resize({ columns: 100, rows: 30 });
  void terminal.readable.pipeTo(session.stdin);
  await session.stdout.pipeTo(terminal.writable);
  client.close();
  return session.exited;
}
