import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMessengers } from './messengers.ts';

/** Answers of a small mail server (RFC 5321): the first word of a command -> reply. */
type Replies = Readonly<Record<string, string>>;

const usual: Replies = {
  EHLO: '250-localhost\r\n250 SIZE 1000000',
  HELO: '250 localhost',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  QUIT: '221 bye',
};

describe('mail', () => {
  let server: Server;
  let commands: string[] = [];
  let letters: string[] = [];
  let replies: Replies = usual;
  let greeting: string | null = '220 localhost ready';
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    commands = [];
    letters = [];
    replies = usual;
    greeting = '220 localhost ready';
    server = createServer(talk);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  function talk(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (greeting !== null) socket.write(`${greeting}\r\n`);
    let letter: string | null = null;
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      rest += text;
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (letter === null) {
          commands.push(line);
          const word = line.split(' ')[0]?.toUpperCase() ?? '';
          socket.write(`${replies[word] ?? '500 what?'}\r\n`);
          if (word === 'DATA') letter = '';
        } else if (line === '.') {
          letters.push(letter);
          letter = null;
          socket.write(`${replies['.'] ?? '250 taken'}\r\n`);
        } else {
          letter += `${line}\n`;
        }
      }
    });
  }

  const mail = (change: object = {}) => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return {
      server: `smtp://127.0.0.1:${port}`,
      from: 'ds01@example.org',
      to: 'alice@example.org',
      subject: 'thesis will be stopped',
      text: 'Container thesis will be stopped.\nSave your work.\n',
      ...change,
    };
  };

  test('reaches its person as plain text that nothing answers', async () => {
    await createMessengers().mail(mail());
    expect(commands).toEqual(
      expect.arrayContaining(['MAIL FROM:<ds01@example.org>', 'RCPT TO:<alice@example.org>']),
    );
    expect(letters).toHaveLength(1);
    expect(letters[0]).toContain('Subject: thesis will be stopped\n');
    expect(letters[0]).toContain('Auto-Submitted: auto-generated\n');
    expect(letters[0]).toContain('Content-Type: text/plain; charset=utf-8\n');
    expect(letters[0]).toContain('\nSave your work.\n');
  });

  test('can’t be given a header or another reader by what is written into it', async () => {
    const subject = 'stopped\r\nBcc: eve@example.org\r\n\r\nbody';
    await createMessengers().mail(
      mail({ subject, text: 'a\r\n.\r\nRCPT TO:<eve@x.org>\u001b[2J' }),
    );
    const head = letters[0]?.split('\n\n')[0] ?? '';
    expect(head).not.toMatch(/^Bcc:/im);
    expect(commands.filter((it) => it.startsWith('RCPT'))).toEqual(['RCPT TO:<alice@example.org>']);
    expect(letters).toHaveLength(1);
    expect(letters[0]).not.toContain('\u001b');
  });

  test.each([
    'alice@example.org, eve@example.org',
    'alice@example.org\r\nRCPT TO:<eve@example.org>',
    'Alice <alice@example.org>',
    '<alice@example.org>',
    'alice',
    '"a b"@example.org',
    '@relay:alice@example.org',
  ])('is not sent to %j', async (to) => {
    await expect(createMessengers().mail(mail({ to }))).rejects.toMatchObject({
      code: 'notify.failed',
      retryable: false,
    });
    expect(commands).toEqual([]);
  });

  test('that the server refuses for now may be sent later; what it refuses for good not', async () => {
    replies = { ...usual, RCPT: '451 greylisted, come back' };
    const later = { code: 'notify.failed', retryable: true, details: { answered: true } };
    await expect(createMessengers().mail(mail())).rejects.toMatchObject(later);
    replies = { ...usual, RCPT: '550 no such \u001b[31mmailbox' };
    const failure = createMessengers().mail(mail());
    await expect(failure).rejects.toMatchObject({ code: 'notify.failed', retryable: false });
    await expect(failure).rejects.toThrow('no such [31mmailbox');
  });

  test('to a server that is not there, or says nothing, may be sent later', async () => {
    greeting = null;
    const silent = createMessengers({ timeoutMs: 100 }).mail(mail());
    await expect(silent).rejects.toMatchObject({ retryable: true, details: { answered: false } });
    const nowhere = createMessengers().mail(mail({ server: 'smtp://127.0.0.1:1' }));
    await expect(nowhere).rejects.toMatchObject({ code: 'notify.failed', retryable: true });
  });

  test('is given up when it is interrupted', async () => {
    greeting = null;
    const controller = new AbortController();
    const sending = createMessengers().mail(mail(), controller.signal);
    controller.abort();
    await expect(sending).rejects.toMatchObject({ code: 'notify.failed' });
  });

  test('uses the password of the address, and tells it nobody', async () => {
    replies = { ...usual, EHLO: '250-localhost\r\n250 AUTH PLAIN', AUTH: '535 wrong' };
    const address = mail().server.replace('smtp://', 'smtp://ds01:s%40cret@');
    const failure = createMessengers().mail(mail({ server: address }));
    await expect(failure).rejects.toMatchObject({ code: 'notify.failed', retryable: false });
    await expect(failure).rejects.not.toThrow(/s@cret|s%40cret/);
    const login = Buffer.from('\0ds01\0s@cret').toString('base64');
    expect(commands).toContain(`AUTH PLAIN ${login}`);
  });
});
