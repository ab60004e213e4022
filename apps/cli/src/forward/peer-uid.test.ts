import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { peerUidOf, uidIn } from './peer-uid.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:22B8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 41 1 0 100 0 0 10 0
   1: 0100007F:22B8 0100007F:D3A2 01 00000000:00000000 00:00000000 00000000  1000        0 42 1 0 20 4 30 10 -1
   2: 0100007F:D3A2 0100007F:22B8 01 00000000:00000000 00:00000000 00000000  1002        0 43 1 0 20 4 30 10 -1
`;
const ends = { localAddress: '127.0.0.1', localPort: 8888, remoteAddress: '127.0.0.1' };

test('the other end’s line is the one that begins with its address', () => {
  expect(uidIn(table, { ...ends, remotePort: 0xd3a2 })).toBe(1002);
  expect(uidIn(table, { ...ends, remotePort: 0xd3a3 })).toBeNull();
});

test('whoever closed the connection before it was looked at isn’t taken for root', () => {
  const closed = ` 3: 0100007F:D3A4 0100007F:22B8 05 00000000:00000000 03:0000176A 00000000     0        0 0 3 0\n`;
  expect(uidIn(table + closed, { ...ends, remotePort: 0xd3a4 })).toBeNull();
});

test('a connection of this process is this user’s', async () => {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = accepted;
  expect(await peerUidOf({ localAddress, localPort, remoteAddress, remotePort })).toBe(
    process.getuid?.(),
  );
  client.destroy();
  accepted.destroy();
  server.close();
});
