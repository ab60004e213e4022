/**
 * A program without dependencies for `node -e`: makes as many connections at once to a port of this
 * machine as it is told, sends `bytes` of random data on each and then ends its side, and prints for
 * each whether what came back is what was sent.
 */
export const connectorScript = String.raw`
const net = require('node:net');
const { createHash, randomBytes } = require('node:crypto');
const { once } = require('node:events');

const [port, connections, bytes] = process.argv.slice(1).map(Number);

async function one() {
  const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  const sent = createHash('sha256');
  const got = createHash('sha256');
  let received = 0;
  socket.on('data', (chunk) => { got.update(chunk); received += chunk.length; });
  const over = new Promise((resolve) => {
    socket.on('end', resolve);
    socket.on('error', resolve);
    socket.on('close', resolve);
  });
  await Promise.race([once(socket, 'connect'), over]);
  const piece = randomBytes(Math.min(bytes, 65536));
  for (let left = bytes; left > 0 && socket.writable; left -= piece.length) {
    const part = piece.subarray(0, left);
    sent.update(part);
    if (!socket.write(part)) await Promise.race([once(socket, 'drain'), over]);
  }
  socket.end();
  await over;
  socket.destroy();
  const same = sent.digest('hex') === got.digest('hex');
  return received === bytes && same ? 'same' : received + ' bytes';
}

Promise.all(Array.from({ length: connections }, one)).then((all) => console.log(all.join('\n')));
`;
