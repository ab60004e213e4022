import {
  analyseBuild,
  type DockerfileEdit,
  editDockerfile,
  pinBuild,
} from '@ds01/dockerfile-builder';
import type { ImageDetails } from '@ds01/ports';
import { beforeAll, describe, expect, test } from 'vitest';
import { corpusTexts } from '../fixtures/corpus/texts.ts';
import { canRun, useClassicBuilder } from './harness/classic-builder.ts';
import { describeRendered } from './rendered-parts.ts';

const long = process.env['DS01_TEST_LONG'] === '1';
const sample = ['windows-line-ends', 'copy-forms', 'arg-defaults'];
const buildable = corpusTexts.filter(
  ({ name, base, classicBuilder, needsNetwork }) =>
    base !== null && classicBuilder && !needsNetwork && (long || sample.includes(name)),
);
const removal: readonly DockerfileEdit[] = [{ kind: 'remove-packages', packages: ['wheel'] }];
/** Both are there already: nothing is fetched. */
const addition: readonly DockerfileEdit[] = [
  { kind: 'add-packages', packages: ['pip'] },
  { kind: 'add-system', packages: ['base-files'] },
];
/** RUN is read by Python there, so that nothing can be added; a file that pip leaves is read there. */
const exceptions: Readonly<Record<string, readonly DockerfileEdit[]>> = {
  'shell-unknown': removal,
  'sudo-and-wrappers': addition,
};
/** What stands in for programs that busybox doesn't have. */
const lacking = ['pip', 'pip3', 'python3', 'apt-get'];
describe.skipIf(!canRun)('Dockerfiles, built by the classic builder', () => {
  const builder = useClassicBuilder();
  describeRendered(builder);

  const build = async (
    text: string,
    context: Readonly<Record<string, string>> = {},
  ): Promise<ImageDetails> => (await builder().build({ ...context, Dockerfile: text })).image;
  /** The text that the daemon gives to the engine. */
  const pinned = async (text: string): Promise<string> => {
    const analysis = analyseBuild(text);
    if (!analysis.ok) throw new Error(analysis.problems.map(({ message }) => message).join(' '));
    const images = new Map<string, string>();
    for (const { key, reference } of analysis.images) {
      images.set(key, (await builder().engine.inspectImage(reference))?.id ?? '');
    }
    return pinBuild(text, { images, afterFrom: 'LABEL ds01.build.owner="1"\n' });
  };

  beforeAll(async () => {
    const { host, engine } = builder();
    // Debian's pip refuses to install beside apt's packages otherwise.
    const python = `FROM ${await host.image('python')}\nENV PIP_BREAK_SYSTEM_PACKAGES=1\n`;
    const make = lacking.map(
      (name) => `printf '#!/bin/sh\\n' >/bin/${name}; chmod 755 /bin/${name}`,
    );
    const busybox = `FROM ${await host.image('busybox')}\nRUN ${make.join('; ')}\n`;
    for (const [name, text] of Object.entries({ python, busybox })) {
      const { id } = await build(text);
      await engine.tagImage(id, { repository: `ds01/${name}`, tag: 'latest' });
    }
  });

  test.each(buildable)(
    '$name becomes the same image when it is pinned, and builds after an edit',
    async ({ name, text, context }) => {
      const before = await build(text, context);
      const other = await build(await pinned(text), context);
      expect(configurationOf(other)).toEqual(configurationOf(before));
      const edited = editDockerfile(text, exceptions[name] ?? [...removal, ...addition]);
      if (!edited.ok) throw new Error(edited.problems.map(({ message }) => message).join(' '));
      const after = await build(await pinned(edited.text), context);
      expect(configurationOf(after)).toMatchObject({
        ...configurationOf(before),
        layers: expect.any(Number),
      });
    },
  );
});

function configurationOf(image: ImageDetails) {
  const { command, entrypoint, env, user, workingDirectory, onBuild, layers } = image;
  const { 'ds01.build.owner': _owner, ...labels } = image.labels;
  const configuration = { command, entrypoint, env, user, workingDirectory, onBuild, labels };
  return { ...configuration, layers: layers.length };
}
