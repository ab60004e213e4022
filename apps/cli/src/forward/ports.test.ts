import { expect, test } from 'vitest';
import { wantedForwardsOf } from './ports.ts';

test('a port is the same here as inside, unless another one is given', () => {
  expect(wantedForwardsOf(['8888', '9999:6006', '0:22'])).toEqual([
    { port: 8888, localPort: 8888 },
    { port: 6006, localPort: 9999 },
    { port: 22, localPort: 0 },
  ]);
});

test.each(['', 'http', '0', '65536', '70000:80', ':80', '80:', '1.2.3.4:80:80', '80/udp'])(
  '%j is no port',
  (value) => {
    expect(() => wantedForwardsOf([value])).toThrow(
      expect.objectContaining({ code: 'usage.invalid' }),
    );
  },
);

test('one port of this machine can’t lead to two places, any free one can be taken twice', () => {
  expect(() => wantedForwardsOf(['8888', '8888:80'])).toThrow('two places');
  expect(wantedForwardsOf(['0:80', '0:81'])).toHaveLength(2);
});
