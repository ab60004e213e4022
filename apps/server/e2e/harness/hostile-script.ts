/**
 * A program without dependencies for `node -e`: reads `{ target, head, attack }` from its input, does
 * what nobody should, and prints what came of it. `head` are the headers of whoever attacks.
 */
export const hostileScript = String.raw`
const net = require('node:net');
const tls = require('node:tls');

async function main() {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  const { target, head, attack } = JSON.parse(text);
  const result = await attacks[attack.kind]({ target, head, ...attack });
  process.stdout.write(JSON.stringify(result));
  process.exit(0);
}

function open(target, onText) {
  const secure = target.ca !== undefined;
  const to = target.socketPath === undefined ? target : { path: target.socketPath };
  const socket = (secure ? tls : net).connect({ ...to, allowHalfOpen: true });
  const state = { socket, text: '', closed: false, status: 0 };
  state.ready = new Promise((resolve) => {
    socket.once(secure ? 'secureConnect' : 'connect', resolve);
    socket.once('close', resolve);
  });
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    if (state.text.length < 4096) state.text += chunk.toString('latin1');
    if (state.status === 0) state.status = Number(state.text.split(' ')[1] ?? 0);
  });
  state.over = new Promise((resolve) => socket.once('close', () => { state.closed = true; resolve(); }));
  state.answered = new Promise((resolve) => {
    socket.once('data', resolve);
    socket.once('close', resolve);
  });
  return state;
}

const within = (promise, ms) => {
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, ms); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

function tally(states) {
  const statuses = {};
  for (const { status } of states) statuses[status] = (statuses[status] ?? 0) + 1;
  return { statuses, open: states.filter(({ closed }) => !closed).length };
}

const attacks = {
  // As many bytes as are taken, of a body that says how long it is, or doesn't.
  async body({ target, head, bytes, chunked, path }) {
    const state = open(target);
    await state.ready;
    const length = chunked ? 'transfer-encoding: chunked' : 'content-length: ' + bytes;
    state.socket.write('POST ' + path + ' HTTP/1.1\r\nhost: ds01\r\n' + head + 'content-type: application/json\r\n' + length + '\r\n\r\n');
    const piece = Buffer.alloc(65536, 120);
    let sent = 0;
    while (sent < bytes && !state.closed && state.socket.writable) {
      const out = chunked ? Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]) : piece;
      sent += piece.length;
      if (!state.socket.write(out)) {
        await Promise.race([new Promise((resolve) => state.socket.once('drain', resolve)), state.over]);
      }
    }
    await within(state.answered, 5000);
    return { status: state.status, sent, ...tally([state]) };
  },
  // Many connections that say the beginning of something, and then nothing.
  async begin({ target, head, count, text, waitMs, halfClose, everyMs }) {
    const states = Array.from({ length: count }, () => open(target));
    await Promise.all(states.map(({ ready }) => ready));
    const data = text.replace('HEAD', head);
    for (const { socket } of states) {
      if (socket.destroyed) continue;
      if (halfClose) socket.end(data);
      else socket.write(data);
    }
    const drip = everyMs === undefined ? null : setInterval(() => {
      for (const { socket } of states) if (socket.writable) socket.write('x');
    }, everyMs);
    await within(Promise.all(states.map(({ over }) => over)), waitMs);
    if (drip !== null) clearInterval(drip);
    return tally(states);
  },
  // Many requests, whose answers may never end; waits for the first bytes of each.
  async streams({ target, head, count, path }) {
    const states = [];
    for (let at = 0; at < count; at += 1) {
      const state = open(target);
      states.push(state);
      await state.ready;
      state.socket.write('GET ' + path + ' HTTP/1.1\r\nhost: ds01\r\n' + head + '\r\n');
    }
    await within(Promise.all(states.map(({ answered }) => answered)), 10000);
    process.stderr.write('open\n');
    const result = tally(states);
    await new Promise((resolve) => process.stdin.destroyed ? setTimeout(resolve, 0) : setTimeout(resolve, 0));
    return result;
  },
};

main();
`;
