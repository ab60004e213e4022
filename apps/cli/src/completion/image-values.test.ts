import { completeWords } from '@ds01/command-line';
import { expect, test } from 'vitest';
import { program } from '../program.ts';
import { createReadyApi, container, image } from '../wizard/testing/scripted.ts';
import { valuesFor } from './values.ts';

const tags = ['ds01-alice/thesis:latest', 'ds01-alice/thesis:exp'];
const api = createReadyApi({
  'images.list': {
    images: [
      { ...image('thesis', true), tags },
      image('paper', true),
      { ...image('ds01-bob/lab'), sharedBy: 'bob' },
      image('debian'),
    ],
  },
  'containers.list': { containers: [container('works')] },
});

async function offered(line: string): Promise<readonly string[]> {
  const words = line.split(' ');
  const found = await completeWords(program, { calledAs: 'ds01', words }, (request) =>
    valuesFor(request, { ask: (_, question) => question(api, new AbortController().signal) }),
  );
  return found.candidates.map(({ value }) => value);
}

test.each([
  ['image show ', ['thesis', 'paper', 'ds01-bob/lab', 'debian']],
  ['image show th', ['thesis']],
  ['image show thesis:', ['thesis:latest', 'thesis:exp']],
  ['image delete ', ['thesis', 'paper']],
  ['image delete paper ', ['thesis', 'paper']],
  ['image diff thesis thesis:e', ['thesis:exp']],
  ['image rollback thesis --to ', ['latest', 'exp']],
  ['image push thesis ', []],
  ['image create ', []],
  ['image pull ', []],
  ['image sbom thesis --format ', ['spdx', 'cyclonedx']],
  ['image install ', ['works']],
  ['image create x --base ', ['thesis', 'paper', 'ds01-bob/lab', 'debian']],
])('after "ds01 %s" there is %j', async (line, values) => {
  expect(await offered(line)).toEqual(values);
});
