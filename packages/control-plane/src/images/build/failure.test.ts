import type { RunStep } from '@ds01/docker-engine';
import { afterEach, describe, expect, test } from 'vitest';
import {
  beginBuilding,
  built,
  contextOf,
  eventsOf,
  personalTags,
  recordsIn,
} from '../../testing/builds.ts';
import { createWorld, type World, type WorldOptions } from '../../testing/world.ts';

const opened: World[] = [];
afterEach(() => {
  for (const world of opened.splice(0)) world.close();
});

const open = (options: WorldOptions = {}): World => {
  const world = createWorld({ images: [{ tags: ['debian:12'] }], ...options });
  opened.push(world);
  return world;
};

describe('a build that fails', () => {
  const fails = async (dockerfile: string, runStep?: RunStep) => {
    const world = open(runStep === undefined ? {} : { runStep });
    const session = await beginBuilding(world.deps(), dockerfile);
    const events = await eventsOf(session);
    const error: unknown = await session.exited.catch((reason: unknown) => reason);
    expect(recordsIn(world)).toMatchObject([{ state: 'failed' }]);
    expect(await personalTags(world)).toEqual([]);
    return { error, events, world };
  };
  const printing =
    (text: string, code: number): RunStep =>
    (step) => {
      step.write(text);
      return code;
    };

  test('says which step, with what exit code, and its last lines', async () => {
    const { error, events } = await fails('FROM debian:12\n# why\nRUN echo tried; \\\n  exit 3\n');
    expect(error).toMatchObject({
      code: 'image.build-failed',
      message: 'Step 2/2 failed: RUN echo tried; exit 3 (exit code 3).',
      details: { step: 2, steps: 2, exitCode: 3, lastLines: ['tried'] },
    });
    expect(events.at(-1)).toEqual({ event: 'output', text: 'tried\n' });
  });

  test.each([
    ['/bin/sh: pip: not found\n', 'ds01 image update thesis --add-system python3-pip'],
    ['/bin/sh: 1: git: not found\n', 'ds01 image update thesis --add-system git'],
    ['OSError: [Errno 28] No space left on device\n', 'ds01 image prune'],
    ["/bin/sh: can't fork: Resource temporarily unavailable\n", 'ds01 limits show'],
    [
      'error: externally-managed-environment\n',
      expect.stringContaining('ENV PIP_BREAK_SYSTEM_PACKAGES=1'),
    ],
    ['E: Unable to locate package treee\n', expect.stringContaining('apt-get update')],
    [
      'ERROR: No matching distribution found for torhc\n',
      'correct it in the file that names it, then: ds01 image update thesis --rebuild',
    ],
    ["Could not resolve 'deb.debian.org'\n", expect.stringContaining('ds01 doctor')],
  ])('%j says what to try', async (text, hint) => {
    const { error } = await fails('FROM debian:12\nRUN it\n', printing(text, 100));
    expect(error).toMatchObject({ hint });
  });

  test.each([
    [
      'RUN pip install \\\n  torhc==3',
      'ERROR: No matching distribution found for torhc==3\n',
      "ds01 image update thesis --remove 'torhc==3'",
    ],
    [
      'RUN apt-get update && apt-get install -y treee',
      'E: Unable to locate package treee\n',
      'ds01 image update thesis --remove-system treee',
    ],
  ])('%j that names it itself is told how to take it out', async (run, text, hint) => {
    const { error } = await fails(`FROM debian:12\n${run}\n`, printing(text, 1));
    expect(error).toMatchObject({ hint });
  });

  test.each([
    ['https://pypi.example.org/simple/', 'did not reach the network', 'ds01 doctor'],
    ['http://127.0.0.1:8765/simple/', '127.0.0.1', 'ds01 image build thesis --network host'],
  ])('is not taken for a missing version when %s does not answer', async (index, why, hint) => {
    const text =
      `Looking in indexes: ${index}\nWARNING: Retrying after connection broken by ` +
      "'Failed to establish a new connection: [Errno 111] Connection refused'\n" +
      'ERROR: No matching distribution found for timm\n';
    const { error } = await fails('FROM debian:12\nRUN pip install timm\n', printing(text, 1));
    expect(error).toMatchObject({
      message: expect.stringContaining(why),
      hint: expect.stringContaining(hint),
    });
  });

  test('has of a line that was written over only its end among its last lines', async () => {
    const text =
      '(Reading database ... \r(Reading database ... 5%\r(Reading database ... done)\r\n';
    const { error } = await fails('FROM debian:12\nRUN it\n', printing(text, 1));
    expect(error).toMatchObject({ details: { lastLines: ['(Reading database ... done)'] } });
  });

  test('because it was killed names the limit and where it is written', async () => {
    const { error } = await fails('FROM debian:12\nRUN it\n', printing('', 137));
    expect(error).toMatchObject({
      message: expect.stringMatching(/memory: 1 GiB is the limit, set in .*resource-limits\.yaml/),
      hint: 'ds01 limits show',
    });
  });

  test.each([
    ['FROM debian:12\nRUN --mount=type=cache,target=/x true\n', 'RUN --mount'],
    ['FROM debian:12\nCOPY --link a /a\n', 'COPY --link'],
  ])('%j is refused before it begins', async (dockerfile, what) => {
    const world = open();
    await expect(beginBuilding(world.deps(), dockerfile)).rejects.toMatchObject({
      code: 'dockerfile.invalid',
      message: expect.stringContaining(what),
    });
    expect(recordsIn(world)).toEqual([]);
  });

  test('for its context says what is wrong with that', async () => {
    const world = open();
    const archive = contextOf({ '../out': 'x' });
    await expect(built(world.deps(), 'FROM debian:12\n', { archive })).rejects.toMatchObject({
      code: 'build.context-invalid',
    });
    expect(recordsIn(world)).toMatchObject([{ state: 'failed' }]);
  });
});
