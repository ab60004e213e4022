import { describe, expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';

const root = { uid: 0, gid: 0 };
const refused = expect.objectContaining({ code: 'usage.invalid' });

describe('the environment', () => {
  test('has defaults, and the engine folder follows the run folder', () => {
    expect(readEnvironment({}, root)).toMatchObject({
      stateDirectory: '/var/lib/ds01',
      engineDirectory: '/run/ds01/engine',
      engineSocket: '/var/run/docker.sock',
      kernelLog: '/dev/kmsg',
    });
    expect(readEnvironment({ DS01_RUN_DIR: '/srv/run' }, root).engineDirectory).toBe(
      '/srv/run/engine',
    );
  });

  test.each(['/proc/ds01', '/sys', '/tmp/../proc/x', ''])(
    'refuses to keep its state in %j',
    (folder) => {
      expect(() => readEnvironment({ DS01_STATE_DIR: folder }, root)).toThrow(refused);
    },
  );

  test.each(['tcp://10.0.0.1:2375', 'ssh://host'])('refuses the engine at %s', (host) => {
    expect(() => readEnvironment({ DOCKER_HOST: host }, root)).toThrow(refused);
  });
});
