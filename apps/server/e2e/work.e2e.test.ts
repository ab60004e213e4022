import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { deployOutputSchema, problemSchema, type RouteId } from '@ds01/contracts';
import { operationSchema } from '@ds01/contracts/service';
import { wrongThings } from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { requestOf, sendAs, type Answer, type SentRequest } from './harness/callers.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

/** A tar archive (ustar) of one file. */
function tarOf(name: string, text: string): string {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0'.repeat(2), 108);
  header.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(`${'0'.repeat(11)}\0        0ustar\u000000`, 136);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  body.write(text);
  return Buffer.concat([header, body, Buffer.alloc(1024)]).toString('latin1');
}

function keyed(request: SentRequest, key: string, type?: string): SentRequest {
  const given = { ...request.headers, 'idempotency-key': key };
  return { ...request, headers: type === undefined ? given : { ...given, 'content-type': type } };
}

const json = (answer: Answer | undefined): unknown => JSON.parse(answer?.body ?? '');
const operationIn = (answer: Answer | undefined) => operationSchema.parse(json(answer));

function deploy(name: string, wait: object | null): SentRequest {
  const nothing = { project: null, workspace: null };
  const input = { name, image: 'ds01/busybox', ...nothing, gpu: { kind: 'any' }, wait };
  return requestOf('containers.deploy', input);
}

describe.skipIf(!canRun)('kill -9 of the daemon in the middle of long work', () => {
  const sandbox = useDaemon({ name: 'work', gpus: 'l40sx2' });
  const send = async (who: string, request: SentRequest): Promise<Answer> => {
    const [answer] = await sendAs(sandbox(), who, [request]);
    if (answer === undefined) throw new Error('no answer');
    return answer;
  };
  const ask = (who: string, id: RouteId, input: Readonly<Record<string, unknown>>) =>
    send(who, requestOf(id, input));

  test('what waits goes on, the rest has failed, nothing is done twice, and all of it can be read', async () => {
    const first = keyed(deploy('first', null), 'first');
    const made = await send('bob', first);
    expect([made.status, (await send('carol', deploy('first', null))).status]).toEqual([200, 200]);
    const turn = keyed(deploy('thesis', { forMs: null }), 'turn');
    const upload = requestOf('images.upload', { name: 'slow' });
    const archive = tarOf('Dockerfile', 'FROM ds01/busybox\nRUN sleep 60\n');
    const build = keyed({ ...upload, body: archive }, 'build', 'application/x-tar');
    const waiting = await send('alice', turn);
    const building = await send('alice', build);
    expect([waiting.status, building.status]).toEqual([202, 202]);
    expect(operationIn(waiting)).toMatchObject({ state: 'running', object: 'thesis' });

    await sandbox().daemon.kill();
    await sandbox().daemon.start();

    const again = await send('bob', first);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(json(again)).toEqual(json(made));
    expect(problemSchema.parse(json(await send('alice', build))).code).toBe('work.interrupted');
    const { id } = operationIn(waiting);
    expect(operationIn(await send('alice', turn))).toMatchObject({ id, state: 'running' });
    expect(readdirSync(join(sandbox().host.paths.stateDirectory, 'uploads'))).toEqual([]);
    expect((await ask('alice', 'images.show', { name: 'slow' })).status).toBe(404);
    expect(json(await ask('alice', 'containers.list', { all: true }))).toMatchObject({
      containers: [],
    });

    const follow = requestOf('operations.follow', { id });
    const events = send('alice', {
      ...follow,
      headers: { accept: 'text/event-stream', 'last-event-id': '0' },
    });
    expect((await ask('bob', 'containers.retire', { name: 'first', force: true })).status).toBe(
      200,
    );
    expect((await events).body).toMatch(/event: end\ndata: \{\}\n\n$/);
    const done = operationIn(await ask('alice', 'operations.show', { id }));
    expect(done).toMatchObject({ state: 'succeeded', error: null });
    const { container } = deployOutputSchema.parse(done.result);
    expect(json(await ask('alice', 'containers.list', { all: true }))).toMatchObject({
      containers: [
        { id: container?.id, name: 'thesis', state: 'running', slots: [expect.any(String)] },
      ],
    });
    const quick = await send('alice', {
      ...requestOf('images.upload', { name: 'quick' }),
      headers: { 'content-type': 'application/x-tar' },
      body: tarOf('Dockerfile', 'FROM ds01/busybox\nLABEL of=upload\n'),
    });
    await ask('alice', 'operations.follow', { id: operationIn(quick).id });
    expect(
      operationIn(await ask('alice', 'operations.show', { id: operationIn(quick).id })),
    ).toMatchObject({
      state: 'succeeded',
      result: { name: 'quick', steps: 2 },
    });
    expect(await wrongThings(sandbox())).toEqual([]);
  }, 90_000);
});
