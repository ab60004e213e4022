import { problemSchema } from '@ds01/contracts';
import { configWith } from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { auditText, expectAudited, logOf } from './harness/audit-log.ts';
import { callerScript } from './harness/caller-script.ts';
import { requestOf, sendAs } from './harness/callers.ts';
import { junkRequests } from './harness/junk-requests.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const deploy = { image: 'ds01/busybox', project: null, workspace: null, gpu: { kind: 'none' } };

describe.skipIf(!canRun)('the door of the daemon', () => {
  const sandbox = useDaemon({ name: 'doors', gpus: 'l40sx2', config: configWith() });

  test('nothing that anybody sends is more than refused', async () => {
    const requests = junkRequests();
    const answers = await sendAs(sandbox(), 'bob', requests);
    const wrong = answers.flatMap((answer, index) => {
      const what = requests[index]?.what ?? '';
      const isRefused = answer.status >= 400 && answer.status < 500;
      return isRefused ? [] : [{ what, ...answer, body: answer.body.slice(0, 300) }];
    });
    expect(wrong).toEqual([]);
    const answered = answers.filter(({ headers }) => headers['content-type'] !== undefined);
    for (const { body } of answered) problemSchema.parse(JSON.parse(body));
    expect(answered.length).toBeGreaterThan(requests.length - 12);
    expect(await sandbox().engine.listContainers()).toEqual([]);
    expect(sandbox().daemon.log()).not.toContain('unexpected');
    expect(sandbox().daemon.log()).not.toContain('"level":"error"');
  });

  test('values of variables and secrets are in no log', async () => {
    const secret = 'correct-horse-battery';
    const base64 = Buffer.from(secret).toString('base64');
    const requests = [
      {
        name: 'quiet',
        ...deploy,
        env: { API_TOKEN: secret },
        secrets: [{ name: 'token', base64 }],
        command: ['sh', '-c', `: ${secret}; sleep 1000`],
      },
      { name: '!', ...deploy, env: { API_TOKEN: secret } },
      { name: 'typo', ...deploy, enw: { API_TOKEN: secret } },
      { name: 'typo', ...deploy, env: { API_TOKEN: secret, NVIDIA_VISIBLE_DEVICES: secret } },
      { name: 'typo', ...deploy, secrets: [{ name: '../x', base64 }] },
    ].map((input) => requestOf('containers.deploy', input));
    const exec = requestOf('containers.exec', {
      name: 'quiet',
      command: ['sh', '-c', `cat /run/secrets/token; echo $API_TOKEN; : ${secret}`],
      tty: false,
      stdin: false,
      size: null,
      env: { MORE: secret },
    });
    const answers = await sendAs(sandbox(), 'alice', [...requests, exec]);
    expect(answers[0]?.status).toBe(200);
    expect(answers.slice(1, -1).map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect(answers.at(-1)?.body).toContain(secret);
    for (const text of [sandbox().daemon.log(), auditText(sandbox())]) {
      expect(text).toContain('containers.deploy');
      for (const value of [secret, base64]) expect(text).not.toContain(value);
    }
    for (const answer of answers.slice(1, -1)) expect(answer.body).not.toContain(secret);
  });

  test('each line of the log is a JSON object, each request has one', () => {
    const lines = logOf(sandbox().daemon.log());
    expect(lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['listening', 'ready', 'request']),
    );
    const requests = lines.filter(({ message }) => message === 'request');
    expect(requests.length).toBeGreaterThan(5);
    for (const line of requests) {
      expect(line).toMatchObject({
        requestId: expect.stringMatching(/^[0-9a-f]{16}$/),
        operation: expect.stringMatching(/^[a-z.-]+$/),
        code: expect.stringMatching(/^(?:ok|[a-z-]+\.[a-z-]+)$/),
        durationMs: expect.any(Number),
      });
    }
    expectAudited(sandbox(), sandbox().daemon.log());
  });

  test('a process inside a container may not call, wherever it got the socket from', async () => {
    const { daemon, host, run } = sandbox();
    const me = requestOf('users.me', {});
    expect((await sendAs(sandbox(), 'alice', [me]))[0]?.status).toBe(200);
    const shared = [`${daemon.socketPath}:/ds01.sock`, `${process.execPath}:/node:ro`];
    const libraries = ['/usr/lib', '/lib', '/lib64'].map((folder) => `${folder}:${folder}:ro`);
    const inside = await run(
      [
        host.environment['DS01_DOCKER'] ?? 'docker',
        'run',
        '--rm',
        '--interactive',
        '--user=42001:42001',
        ...[...shared, ...libraries].flatMap((bind) => ['--volume', bind]),
        'ds01/busybox',
        '/node',
        '-e',
        callerScript,
      ],
      { stdin: JSON.stringify({ target: { socketPath: '/ds01.sock' }, requests: [me] }) },
    );
    expect(inside.stderr).toContain('request ');
    const [answer] = inside.json(z.array(z.object({ status: z.int(), body: z.string() })));
    expect(answer?.status).toBe(403);
    expect(answer?.body).toContain('a process in a container may not talk to the daemon');
  });
});
