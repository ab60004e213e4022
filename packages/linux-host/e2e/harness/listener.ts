import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';

/*
 * Program: answers HTTP on a port of every address with a word, and, given an address, DNS questions
 * with it. Prints `ready`.
 */
const [word = '', port = '', address] = process.argv.slice(2);

/** RFC 1035: the question as it came, with one A record, or none for other types. */
function answerTo(question: Buffer, bytes: readonly number[]): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const isAddress = question.readUInt16BE(end - 4) === 1;
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(isAddress ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...bytes];
  return Buffer.concat([head, question.subarray(12, end), Buffer.from(isAddress ? record : [])]);
}

if (address !== undefined) {
  const bytes = address.split('.').map(Number);
  const socket = createSocket('udp4');
  socket.on('message', (question, peer) => {
    socket.send(answerTo(question, bytes), peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(53, resolve));
}
const server = createServer((_request, response) => response.end(word));
await new Promise<void>((resolve) => server.listen(Number(port), '0.0.0.0', resolve));
process.stdout.write('ready\n');
