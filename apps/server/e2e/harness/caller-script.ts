/**
 * A program without dependencies for `node -e`, run as whoever calls: reads `{ target, requests }` from
 * its input, sends one after the other on connections of their own, and prints the answers. The target
 * is what `net.connect` takes, with `ca` for TLS.
 */
export const callerScript = String.raw`
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');
const { once } = require('node:events');

async function main() {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  const { target, requests } = JSON.parse(text);
  const answers = [];
  for (const request of requests) {
    const send = request.raw === undefined ? ask : askRaw;
    answers.push(await send(target, request).catch((error) => ({ status: 0, error: String(error) })));
  }
  process.stdout.write(JSON.stringify(answers));
}

function ask(target, { method, path, headers, body, bodyBytes, chunked, hangUp }) {
  return new Promise((resolve, reject) => {
    const content = bodyBytes === undefined ? body : 'x'.repeat(bodyBytes);
    const length = content == null || chunked ? {} : { 'content-length': Buffer.byteLength(content) };
    const { request } = target.ca === undefined ? http : https;
    const sent = request({ ...target, agent: false, method, path, headers: { ...length, ...headers } });
    let answered = false;
    sent.on('error', (error) => { if (!answered) reject(error); });
    sent.on('response', async (response) => {
      answered = true;
      const { statusCode: status, headers } = response;
      process.stderr.write('request ' + headers['x-request-id'] + '\n');
      let body = '';
      if (!hangUp || status >= 400) for await (const chunk of response) body += chunk;
      sent.destroy();
      resolve({ status, headers, body });
    });
    sent.on('upgrade', async ({ statusCode: status, headers }, socket, head) => {
      answered = true;
      const chunks = [head];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', () => {});
      if (hangUp) socket.destroy();
      else socket.on('end', () => socket.end());
      if (!socket.closed) await once(socket, 'close');
      resolve({ status, headers, body: Buffer.concat(chunks).toString('latin1') });
    });
    if (chunked) {
      const half = Math.ceil(content.length / 2);
      sent.write(content.slice(0, half));
      sent.end(content.slice(half));
    } else sent.end(content ?? undefined);
  });
}

function askRaw(target, { raw }) {
  return new Promise((resolve, reject) => {
    const { connect } = target.ca === undefined ? net : tls;
    const socket = connect(target.socketPath === undefined ? target : { path: target.socketPath });
    socket.once(target.ca === undefined ? 'connect' : 'secureConnect', () => socket.end(raw, 'latin1'));
    let text = '';
    socket.setEncoding('latin1');
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => { text += chunk; });
    socket.on('error', reject);
    socket.on('close', () => {
      const status = Number(text.split(' ')[1] ?? 0);
      resolve({ status, headers: {}, body: text.split('\r\n\r\n').slice(1).join('\r\n\r\n') });
    });
  });
}

main();
`;
