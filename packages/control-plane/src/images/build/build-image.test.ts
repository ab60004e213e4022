import { expect, test } from 'vitest';
import { built } from '../../testing/builds.ts';
import { createWorld } from '../../testing/world.ts';

const base = { tags: ['debian:12'], files: { '/etc/passwd': 'root:x:0:0::/:/bin/sh\n' } };

test('a build copies, runs and gets its tags', async () => {
  const world = createWorld({ images: [base] });
  const dockerfile = 'FROM debian:12\nCOPY a.txt /a.txt\nRUN echo hello\n';
  const events = await built(world.deps(), dockerfile, { files: { 'a.txt': 'A' } });
  expect(events).toEqual([
    { event: 'step', step: 1, steps: 3, instruction: 'FROM debian:12', elapsedMs: 0 },
    { event: 'step', step: 2, steps: 3, instruction: 'COPY a.txt /a.txt', elapsedMs: 0 },
    { event: 'step', step: 3, steps: 3, instruction: 'RUN echo hello', elapsedMs: 0 },
    { event: 'output', text: 'hello\n' },
    { event: 'done', image: expect.objectContaining({ name: 'thesis', steps: 3, cachedSteps: 0 }) },
  ]);
  const image = await world.engine.inspectImage('ds01-alice/thesis:latest');
  expect(image?.tags).toHaveLength(2);
});
