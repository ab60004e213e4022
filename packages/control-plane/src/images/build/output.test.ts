import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBuildOutputReader } from './output.ts';

const steps = ['FROM debian', null, 'RUN one', 'RUN two'];

const plain = [
  'Step 1/4 : FROM sha256:00\n',
  ' ---> 0123456789ab\n',
  'Step 2/4 : LABEL ds01.build.owner="1"\n',
  ' ---> Using cache\n',
  ' ---> 1123456789ab\n',
  'Step 3/4 : RUN one\n',
  ' ---> Using cache\n',
  ' ---> 2123456789ab\n',
  'Step 4/4 : RUN two\n',
  ' ---> Running in 3123456789ab\n',
  'first\n\nStep 9/9 : nothing\n',
  'last, without an end',
  'Removing intermediate container 3123456789ab\n',
  ' ---> 4123456789ab\n',
  'Successfully built 4123456789ab\n',
].join('');

const expected = {
  events: [
    { event: 'step', step: 1, steps: 3, instruction: 'FROM debian', elapsedMs: 5 },
    { event: 'step', step: 2, steps: 3, instruction: 'RUN one', elapsedMs: 5 },
    { event: 'cached', step: 2 },
    { event: 'step', step: 3, steps: 3, instruction: 'RUN two', elapsedMs: 5 },
  ],
  output:
    'first\n\nStep 9/9 : nothing\nlast, without an endRemoving intermediate container 3123456789ab\n',
};

function read(pieces: readonly string[]) {
  const reader = createBuildOutputReader(steps, () => 5);
  const all = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  return {
    events: all.filter(({ event }) => event !== 'output'),
    output: all.map((event) => (event.event === 'output' ? event.text : '')).join(''),
    position: reader.position(),
  };
}

test('steps are the person’s, what was put in is not told', () => {
  const { position, ...told } = read([plain]);
  expect(told).toEqual(expected);
  expect(position).toMatchObject({ step: 3, steps: 3, cachedSteps: 1, instruction: 'RUN two' });
  expect(position.lastLines.slice(0, 3)).toEqual(['first', '', 'Step 9/9 : nothing']);
});

test('the events are the same in whatever pieces the text comes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: plain.length - 1 }), { maxLength: 20 }),
      (cuts) => {
        const places = [0, ...cuts.toSorted((one, other) => one - other), plain.length];
        const pieces = places.slice(1).map((end, index) => plain.slice(places[index], end));
        const { position: _, ...told } = read(pieces);
        expect(told).toEqual(expected);
      },
    ),
    { seed: 3, numRuns: 200 },
  );
});

test('a step that prints what the builder would say gets no further step and no number', () => {
  const { events } = read([
    'Step 1/4 : FROM x\nStep 2/4 : LABEL\nStep 3/4 : RUN one\n',
    'Step 3/4 : RUN one\nStep 1/4 : FROM x\nStep 5/4 : RUN\nStep 4/5 : RUN\n',
  ]);
  expect(events).toHaveLength(2);
});

test('a question without a line end is passed on at once, and the last 20 lines are kept', () => {
  const reader = createBuildOutputReader(['RUN ask'], () => 0);
  reader.push('Step 1/1 : RUN ask\n');
  expect(reader.push('Continue? [y/N] ')).toEqual([{ event: 'output', text: 'Continue? [y/N] ' }]);
  reader.push(`\n${Array.from({ length: 50 }, (_, index) => `line ${index}\n`).join('')}`);
  const { lastLines } = reader.position();
  expect([lastLines.length, lastLines[0], lastLines[19]]).toEqual([20, 'line 30', 'line 49']);
});

test('what the engine makes red is told as it was printed, and hides no remark of the builder’s', () => {
  const reader = createBuildOutputReader(['RUN it'], () => 0);
  const pieces = [
    'Step 1/1 : RUN it\n',
    ' ---> Running in 3123456789ab\n',
    '\u001B[91mcan’t fork\n\u001B[0m',
    'Removing intermediate container 3123456789ab\n',
  ];
  const output = pieces.flatMap((piece) => reader.push(piece)).slice(1);
  expect(output).toEqual([{ event: 'output', text: 'can’t fork\n' }]);
});
