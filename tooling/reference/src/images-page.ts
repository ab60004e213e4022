import { catalogue, cudaDrivers, lintRules, type CatalogueEntry } from '@ds01/dockerfile-builder';
import { code, notice, page, table } from './markdown.ts';

/** The page about what `image lint` finds and what images can begin with. */
export function imagesPage(): string {
  return page(
    '# Images',
    notice,
    '## What `ds01 image lint` finds',
    'Each finding has the id of its rule, which stays the same from version to version. Errors end the ' +
      'command with exit code 4; the rest is advice.',
    table(
      ['rule', 'severity', 'what it is about'],
      Object.entries(lintRules).map(([rule, { severity, summary }]) => [
        code(rule),
        severity,
        summary,
      ]),
    ),
    '## Drivers and CUDA',
    'A base image runs where the driver is new enough for the CUDA version inside, and where that CUDA ' +
      'version knows the GPU. From CUDA 11 on, a driver runs every version of a generation; programs that ' +
      'are compiled at run time (PTX) need the second column. Blackwell needs CUDA 12.8, Hopper 11.8, ' +
      'Ada and Ampere 11.0; CUDA 13 no longer knows Maxwell, Pascal and Volta.',
    table(
      ['CUDA', 'oldest driver', 'for everything'],
      cudaDrivers.map(({ cuda, oldestDriver, fullDriver }) => [cuda, oldestDriver, fullDriver]),
    ),
    '## Base images',
    'What `--framework` and `--version` choose from, besides what the site lists. `ds01 image bases` says ' +
      'which of them run on this server.',
    ...frameworks().flatMap(([framework, entries]) => [
      `### ${framework}`,
      table(
        ['version', 'for', 'CUDA', 'image'],
        entries.map(({ version, architectures, cuda, image, packages }) => [
          version,
          architectures.join(', '),
          cuda ?? '',
          packages.length === 0 ? code(image) : `${code(image)} and its packages`,
        ]),
      ),
    ]),
    '## The catalogue of a site',
    'One image a line, in the file that `images.catalogue` of the [site settings](site-settings.md) names: ' +
      'framework, version, GPU generations between square brackets, image, and then what is known of it. ' +
      'A version of a framework that the site lists replaces all that DS01 knows of it.',
    [
      '```text',
      '# framework, version, [GPU generations], image, more',
      'Pytorch, 2.8.0, [CUDA_ADA;CUDA_AMPERE], registry.example.org/ai/pytorch:2.8.0, cuda=12.6, python=3.12',
      'Lab, 1.4, [], registry.example.org/lab/base:1.4, package=lab-tools==1.4',
      '```',
    ].join('\n'),
  );
}

function frameworks(): readonly (readonly [string, readonly CatalogueEntry[]])[] {
  return [...Map.groupBy(catalogue, ({ framework }) => framework)];
}
