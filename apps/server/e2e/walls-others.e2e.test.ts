import { containersOutputSchema } from '@ds01/contracts';
import { configWith, person } from '@ds01/e2e';
import { beforeAll, describe, expect, test } from 'vitest';
import { requestOf, sendAs, type SentRequest } from './harness/callers.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';
import { codeOf, wallsOf } from './harness/walls.ts';

const accounts = [person('alice', 42_001), person('bob', 42_002)];
const webPort = 18_080;

describe.skipIf(!canRun)('what is another’s', () => {
  const config = configWith();
  const sandbox = useDaemon({ name: 'walls-others', gpus: 'none', accounts, config });
  const { deploy, ds01, engineView, inside, made, outside, raw } = wallsOf(sandbox);
  let thesisId = '';

  beforeAll(async () => {
    await made('alice', { name: 'thesis' });
    await made('bob', { name: 'mine' });
    const command = ['sh', '-c', 'echo secret > /tmp/index.html; exec httpd -f -p 8080 -h /tmp'];
    const ports = [{ containerPort: 8080, protocol: 'tcp', hostPort: webPort }];
    await made('bob', { name: 'web', command, ports });
    thesisId = (await engineView('thesis._.alice')).id;
  });

  describe('container', () => {
    test('is reached by none of its names', async () => {
      const names = [
        'thesis',
        'thesis._.alice',
        '/thesis._.alice',
        'alice/thesis',
        'THESIS',
        thesisId,
        thesisId.slice(0, 12),
        thesisId.slice(0, 3),
      ];
      for (const name of ['thesis._.alice', thesisId, thesisId.slice(0, 12)]) {
        expect(await raw('exec', name, 'hostname')).toBe('thesis');
      }
      for (const name of names) {
        for (const verb of ['exec', 'show', 'logs', 'stop', 'start', 'pause', 'remove', 'retire']) {
          const tail = verb === 'exec' ? ['--', 'hostname'] : ['--json'];
          const yes = verb === 'retire' || verb === 'remove' ? ['--yes'] : [];
          const line = ['container', verb, name, ...yes, ...tail];
          if (names.indexOf(name) > 1 && verb !== 'exec') continue;
          expect([name, verb, await ds01('bob', ...line)]).toEqual([
            name,
            verb,
            expect.stringMatching(/^(?:2|3|125) [^]*(?:name\.invalid|container\.not-found)/),
          ]);
        }
      }
      expect((await engineView('thesis._.alice')).state).toBe('running');
    });

    test('is reached by no way of writing a path', async () => {
      const paths = [
        '/api/v1/containers/thesis',
        '/api/v1/containers/%74hesis',
        '/api/v1/containers/thesis%00',
        '/api/v1/containers/mine%2f..%2fthesis',
        '/api/v1/containers/mine/../thesis',
        '/api/v1/containers/thesis._.alice',
        '/api/v1/containers//thesis',
        '/api/v1/containers/thesis?name=thesis&user=alice',
        '/api/v1/containers/mine?name=thesis',
        `/containers/${thesisId}/json`,
        `/v1.41/containers/${thesisId}/archive?path=/etc/passwd`,
        `/api/v1/containers/${thesisId}/archive?path=/`,
        '/info',
      ];
      const headers = { 'ds01-user': 'alice', 'x-forwarded-user': 'alice', 'remote-user': 'alice' };
      const { 'ds01-user': _, ...forged } = headers;
      const requests: readonly SentRequest[] = [
        ...paths.map((path) => ({ method: 'GET', path, headers: forged })),
        { method: 'GET', path: '/api/v1/containers/thesis', headers },
        ...['alice', 'root', '', 'alice,bob', '0'].map((user) => ({
          method: 'GET',
          path: '/api/v1/containers/thesis',
          headers: { 'ds01-user': user },
        })),
      ];
      const answers = await sendAs(sandbox(), 'bob', requests);
      const found = answers.filter(({ status, body }) => status === 200 && !/"mine"/.test(body));
      expect(found).toEqual([]);
      for (const { body } of answers) expect(body).not.toMatch(/ds01\/busybox[^]*thesis/);
      const [own] = await sendAs(sandbox(), 'alice', [
        requestOf('containers.show', { name: 'thesis' }),
      ]);
      expect(codeOf(own)).toBe('ok');
    });

    test.each([
      ['logs', '--tail', '10', 'thesis'],
      ['logs', '--since', '10m', 'thesis'],
      ['exec', '-e', 'mine=1', 'thesis', '--', 'id'],
      ['exec', '--env', 'mine', 'thesis', '--', 'id'],
      ['stop', '-t', '1', 'thesis'],
      ['stop', '--timeout', '1', 'thesis'],
      ['retire', '--timeout', '1', 'thesis', '--yes'],
    ])('hole: a flag with a value does not hide it: container %s %s %s %s', async (...words) => {
      expect(await ds01('bob', 'container', ...words)).toMatch(/^(?:2|3|125) /);
      expect((await engineView('thesis._.alice')).state).toBe('running');
    });

    test.each([['stop'], ['show'], ['logs'], ['remove'], ['pause'], ['retire', '--yes']])(
      'hole: it is no second target of %s',
      async (verb, ...rest) => {
        expect(await ds01('bob', 'container', verb, 'mine', 'thesis', ...rest)).toMatch(/^2 /);
        expect((await engineView('thesis._.alice')).state).toBe('running');
        expect((await engineView('mine._.bob')).state).toBe('running');
      },
    );

    test('hole: the predecessor’s switches that turned its checks off do nothing', async () => {
      const { host } = sandbox();
      const env = { DS01_WRAPPER_BYPASS: '1', DS01_ISOLATION_MODE: 'disabled', DS01_USER: 'alice' };
      const switches = Object.entries(env).map(([key, value]) => `${key}=${value}`);
      const program = [sandbox().programs.node, sandbox().programs.entry('cli')];
      const list = [...program, 'container', 'list', '--all', '--json'];
      const listed = await sandbox().run(['env', ...switches, ...list], { user: 'bob' });
      const names = listed.json(containersOutputSchema).containers.map(({ name }) => name);
      expect(names.toSorted()).toEqual(['mine', 'web']);
      // Without a daemon's socket the command line would be its own writer: only for root.
      const own = [
        `DS01_RUN_DIR=/home/bob`,
        `DS01_STATE_DIR=/home/bob/state`,
        `DS01_ENGINE_DIR=/home/bob/engine`,
        `DOCKER_HOST=unix://${host.paths.socket}`,
      ];
      const alone = await sandbox().run(['env', ...own, ...list], { user: 'bob' });
      expect(alone.code).toBe(6);
    });

    test('has ports, names and processes that only its owner’s containers reach', async () => {
      const { id } = await engineView('web._.bob');
      const template = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.Gateway}}{{end}}';
      const [address = '', gateway = ''] = (await raw('inspect', '-f', template, id)).split(' ');
      const fetch = (place: string): string =>
        `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 ${place.replace(':', ' ')} | tail -n 1`;
      const places = [
        `${address}:8080`,
        'web:8080',
        'web._.bob:8080',
        `${gateway}:${webPort}`,
        `127.0.0.1:${webPort}`,
        `10.0.2.2:${webPort}`,
        `172.17.0.1:${webPort}`,
      ];
      expect(await inside('bob', 'mine', fetch('web:8080'))).toBe('secret');
      expect(await outside(`curl -s http://127.0.0.1:${webPort}/`)).toBe('secret');
      const serve = 'echo plain > /tmp/index.html; exec httpd -f -p 8080 -h /tmp';
      await raw('run', '-d', '--name', 'plain-web', 'ds01/busybox', 'sh', '-c', serve);
      const addressOf = ['inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'plain-web'];
      const plainAddress = await raw(...addressOf);
      const neighbour = ['run', '--rm', 'ds01/busybox', 'sh', '-c', fetch(`${plainAddress}:8080`)];
      expect(await raw(...neighbour)).toBe('plain');
      const script = [...places, `${plainAddress}:8080`]
        .map((place) => `(${fetch(place)}) 2>/dev/null &`)
        .join(' ');
      expect(await inside('alice', 'thesis', `${script} wait`)).toBe('');
      await raw('rm', '-f', 'plain-web');

      expect(await inside('alice', 'thesis', 'ps -o args')).not.toContain('httpd');
      expect(await inside('bob', 'web', 'ps -o args')).toContain('httpd');
      const joined = [
        'run',
        '--rm',
        '--pid',
        `container:${id}`,
        'ds01/busybox',
        'ps',
        '-o',
        'args',
      ];
      expect(await raw(...joined)).toContain('httpd');
      const asked = [`container:${id}`, 'container:web._.bob', 'ds01-bob', 'bridge', 'default'];
      for (const network of asked) {
        expect([network, await deploy('alice', { name: 'other', network })]).toEqual([
          network,
          'request.invalid',
        ]);
      }
      expect(await deploy('alice', { name: 'other', network: 'host' })).toBe('network.refused');
    });

    test('has files that are nobody else’s to see, inside or on the host', async () => {
      const { id } = await engineView('web._.bob');
      const pid = await raw('inspect', '-f', '{{.State.Pid}}', id);
      const layer = await raw('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', id);
      const { paths } = sandbox().host;
      const places = [`/proc/${pid}/root/tmp/index.html`, `${layer}/tmp/index.html`];
      for (const place of places) expect(await outside(`cat ${place}`)).toBe('secret');
      const denied = [
        ...places,
        `/proc/${pid}/environ`,
        `/proc/${pid}/cwd/`,
        paths.dataRoot,
        paths.stateDirectory,
        `${paths.stateDirectory}/ds01.db`,
        `${paths.stateDirectory}/audit.jsonl`,
        `${paths.stateDirectory}/signing.key`,
        `${paths.engineDirectory}/pins`,
        `${paths.engineDirectory}/grants`,
      ];
      for (const place of denied) {
        const read = `if [ -d ${place} ]; then ls ${place}; else cat ${place}; fi`;
        expect([place, await outside(`(${read}) 2>/dev/null`, 'alice')]).toEqual([place, '']);
        expect([place, await inside('alice', 'thesis', `(${read}) 2>/dev/null`)]).toEqual([
          place,
          '',
        ]);
      }
      const write = `for f in ${paths.stateDirectory} ${paths.engineDirectory} ${paths.engineDirectory}/grants ${paths.runDirectory}; do touch $f/x && echo $f; done 2>/dev/null`;
      expect(await outside(write, 'alice')).toBe('');
      expect(
        await inside('alice', 'thesis', `ls /proc/1/root/home; cat /proc/1/root/tmp/index.html`),
      ).not.toContain('secret');
    });
  });
});
