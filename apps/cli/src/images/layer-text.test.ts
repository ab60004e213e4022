import { expect, test } from 'vitest';
import { lastWritten } from './last-written.ts';
import { layerText } from './layer-text.ts';

test.each([
  ['/bin/sh -c apt-get update     && true', 'RUN apt-get update && true'],
  ['/bin/sh -c #(nop)  USER 42001:42001', 'USER 42001:42001'],
  ['/bin/sh -c #(nop) WORKDIR /workspace', 'WORKDIR /workspace'],
  [`/bin/sh -c #(nop) COPY file:${'9'.repeat(64)} in /tmp/a.txt `, 'COPY … in /tmp/a.txt'],
  ['/bin/bash -o pipefail -c true', 'RUN true'],
  ['RUN /bin/sh -c true # buildkit', 'RUN /bin/sh -c true # buildkit'],
  ['COPY a b', 'COPY a b'],
  ['', '-'],
])('the layer %j is %j to people', (createdBy, text) => {
  expect(layerText(createdBy)).toBe(text);
});

test.each([
  ['plain', 'plain'],
  ['(Reading ... 5%\r(Reading ... 10%\r', '(Reading ... 10%'],
  ['5%\rdone\r', 'done'],
  ['\r', ''],
])('of the line %j is seen %j', (line, seen) => {
  expect(lastWritten(line)).toBe(seen);
});
