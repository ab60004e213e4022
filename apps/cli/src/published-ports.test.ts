import { expect, test } from 'vitest';
import { publishedPortsOf } from './published-ports.ts';

test.each([
  ['8888', { containerPort: 8888, protocol: 'tcp', hostPort: null }],
  ['8080:80', { containerPort: 80, protocol: 'tcp', hostPort: 8080 }],
  ['53/udp', { containerPort: 53, protocol: 'udp', hostPort: null }],
  ['5353:53/udp', { containerPort: 53, protocol: 'udp', hostPort: 5353 }],
  ['65535:1/tcp', { containerPort: 1, protocol: 'tcp', hostPort: 65_535 }],
])('-p %s', (value, port) => {
  expect(publishedPortsOf([value])).toEqual([port]);
});

test.each([
  '',
  'http',
  '0',
  '65536',
  '80:0',
  ':80',
  '80:',
  '80/sctp',
  '-1',
  '1e3',
  '8000-8010:8000-8010',
  '127.0.0.1:80:80',
  '80:80 ',
])('-p %j is refused', (value) => {
  expect(() => publishedPortsOf([value])).toThrow(
    expect.objectContaining({ code: 'usage.invalid' }),
  );
});

test('one host port is published once for each protocol', () => {
  expect(() => publishedPortsOf(['80:80', '80:81'])).toThrow(/Port 80 would be published twice/);
  expect(publishedPortsOf(['80:80', '80:80/udp', '80', '81'])).toHaveLength(4);
});
