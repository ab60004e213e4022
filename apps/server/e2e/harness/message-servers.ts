/**
 * A program with a mail server (RFC 5321, on 2525) and a server for webhooks (on 8025), both on
 * localhost. It prints a line of JSON for each mail and each POST.
 */
export const messageServers = `
const say = (it) => process.stdout.write(JSON.stringify(it) + '\\n');
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (bytes) => (body += bytes)).on('end', () => {
    say({ post: JSON.parse(body) });
    response.end();
  });
}).listen(8025, '127.0.0.1', () => say({ ready: 'http' }));
require('node:net').createServer((socket) => {
  let [rest, letter] = ['', null];
  const to = [];
  socket.write('220 localhost\\r\\n');
  socket.on('error', () => undefined).setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\\r\\n');
    rest = lines.pop();
    for (const line of lines) {
      if (letter === null) {
        const word = line.slice(0, 4).toUpperCase();
        if (word === 'RCPT') to.push(line.slice(8));
        if (word === 'DATA') letter = '';
        socket.write(word === 'DATA' ? '354 go on\\r\\n' : word === 'QUIT' ? '221 bye\\r\\n' : '250 ok\\r\\n');
      } else if (line === '.') {
        say({ mail: letter, to });
        letter = null;
        socket.write('250 taken\\r\\n');
      } else {
        letter += line + '\\n';
      }
    }
  });
}).listen(2525, '127.0.0.1', () => say({ ready: 'smtp' }));
`;
