import { chmodSync, mkdirSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { webhookBodySchema } from '@ds01/contracts/lifecycle';
import { configWith, succeeded, type RunningCommand } from '@ds01/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { messageServers } from './harness/message-servers.ts';
import { openTerminal, type Terminal } from './harness/terminal.ts';
import { until } from './harness/until.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const settings = `
notify:
  mail: { smtp: 'smtp://127.0.0.1:2525', from: ds01@example.org, domain: example.org }
  webhooks: ['http://127.0.0.1:8025/hook']
`;
/** 10.8 s: warned after 5.8 and 7.2, stopped after 10.8. */
const config = configWith({ max_runtime_h: 0.003, idle_timeout_h: null }, settings);

const lineSchema = z.looseObject({
  post: webhookBodySchema.optional(),
  mail: z.string().optional(),
  to: z.array(z.string()).optional(),
});

describe.skipIf(!canRun)('a container that reaches its longest runtime', () => {
  const sandbox = useDaemon({ name: 'told', gpus: 'l40sx2', config });
  let servers: RunningCommand;
  let printed = '';
  let terminal: Terminal;
  let workspace = '';

  beforeAll(async () => {
    servers = sandbox().start([process.execPath, '-e', messageServers], { timeoutMs: 110_000 });
    servers.child.stdout?.on('data', (text: string) => {
      printed += text;
    });
    await servers.printed('"ready":"http"');
    await servers.printed('"ready":"smtp"');
    terminal = await openTerminal(sandbox(), 'alice');
    const words = ['container', 'deploy', 'thesis', '--image', 'ds01/busybox', '--background'];
    succeeded(await sandbox().ds01(words, { user: 'alice' }));
    workspace = sandbox().homePath('/home/alice/workspace/thesis');
    const { uid, gid } = statSync(workspace);
    const [folder, hook] = [`${workspace}/.ds01`, `${workspace}/.ds01/on-stop`];
    mkdirSync(folder);
    writeFileSync(
      hook,
      '#!/bin/sh\necho "saved: $DS01_STOP_REASON as $(id -u)" | tee checkpoint\n',
    );
    chmodSync(hook, 0o700);
    for (const path of [folder, hook]) chownSync(path, uid, gid);
  });
  afterAll(async () => {
    await terminal.close();
    servers.child.kill('SIGKILL');
    await servers.done;
  });

  const told = () =>
    printed
      .split('\n')
      .slice(0, -1)
      .map((line) => lineSchema.parse(JSON.parse(line)));

  const mails = () => told().filter(({ mail }) => mail !== undefined);

  test('its owner is told by every way before and at its stop, and the hook runs inside', async () => {
    await servers.printed('"severity":"stopped"');
    await terminal.shows('WARNING: thesis will be stopped');
    await terminal.shows('WARNING: last warning: thesis will be stopped');
    await terminal.shows('STOPPED: thesis is being stopped');
    const isStopped = async () =>
      (await sandbox().engine.listContainers()).at(0)?.state === 'exited';
    await until('the container is stopped', isStopped);
    await until('three mails are there', () => mails().length === 3);
    expect(readFileSync(`${workspace}/checkpoint`, 'utf8')).toBe('saved: max-runtime as 42001\n');
    expect(readFileSync(`${workspace}/.ds01/on-stop.log`, 'utf8')).toContain(
      'it succeeded\nsaved:',
    );
    const alerts = `${workspace}/.ds01-alerts`;
    expect(readFileSync(alerts, 'utf8').match(/(?:WARNING|STOPPED):/g)).toEqual([
      'WARNING:',
      'WARNING:',
      'STOPPED:',
    ]);
    expect(statSync(alerts).uid).toBe(42_001);
    const posts = told().flatMap(({ post }) => (post === undefined ? [] : [post]));
    expect(posts.map(({ severity, user }) => [severity, user])).toEqual([
      ['warning', 'alice'],
      ['warning', 'alice'],
      ['stopped', 'alice'],
    ]);
    expect(mails().map(({ to }) => to)).toEqual(
      Array.from({ length: 3 }, () => ['<alice@example.org>']),
    );
  });
});
