import { sessionProtocol } from '@ds01/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchSession } from './match-session.ts';

const headers = { upgrade: sessionProtocol };
const matched = (url: string, method = 'POST') => matchSession({ method, url, headers });
const notFound = expect.objectContaining({ code: 'route.not-found' });

test('sessions are found by method and path, whatever the name', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (name) => {
      fc.pre(!/^\.+$/.test(name) && name.isWellFormed());
      const found = matched(`/api/v1/containers/${encodeURIComponent(name)}/exec?dryRun=true`);
      expect(found.id).toBe('containers.exec');
      expect(found.parameters).toEqual({ name });
      expect(found.query.getAll('dryRun')).toEqual(['true']);
    }),
  );
  expect(matched('/api/v1/containers/thesis/attach').id).toBe('containers.attach');
});

test.each([
  ['another method', '/api/v1/containers/x/exec', 'GET'],
  ['a call', '/api/v1/containers/x/stop', 'POST'],
  ['no name', '/api/v1/containers//exec', 'POST'],
  ['more behind it', '/api/v1/containers/x/exec/', 'POST'],
  ['a step up', '/api/v1/containers/../exec', 'POST'],
  ['no path', '//', 'POST'],
  ['a broken address', 'http://[', 'POST'],
  ['nothing', '', 'POST'],
])('%s is no session', (_, url, method) => {
  expect(() => matched(url, method)).toThrow(notFound);
});

test('another protocol is no session', () => {
  const url = '/api/v1/containers/x/exec';
  for (const upgrade of ['websocket', 'ds01-session/2', undefined]) {
    const given = upgrade === undefined ? {} : { upgrade };
    expect(() => matchSession({ method: 'POST', url, headers: given })).toThrow(notFound);
  }
});

test('a name that is no UTF-8 is left as it was sent', () => {
  expect(matched('/api/v1/containers/%zz/exec').parameters).toEqual({ name: '%zz' });
});
