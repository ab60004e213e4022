import { table, textFlag, type Cell, type Screen } from '@ds01/command-line';
import type { BaseImage, RouteOutput } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';

/** `ds01 image bases`. */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const framework = textFlag(flags, 'framework');
  const result = await runtime.api.call('images.bases', { framework }, { signal });
  if (framework !== null && result.bases.length === 0) {
    output.say(`note: no base of this catalogue is called ${framework}; see: ds01 image bases`);
  }
  output.result(result, (screen) => basesText(result, screen));
  return 0;
}

/** The catalogue as a table, and what the driver of this server can run. */
export function basesText(
  { driverVersion, maxCuda, bases }: RouteOutput<'images.bases'>,
  screen: Screen,
): string {
  const driver =
    driverVersion === null
      ? 'no NVIDIA driver was found on this server'
      : `driver ${driverVersion}${maxCuda === null ? '' : `, which runs CUDA up to ${maxCuda}`}`;
  if (bases.length === 0) return `${driver}\nno base images`;
  const listed = table(
    {
      columns: [
        { heading: 'FRAMEWORK' },
        { heading: 'VERSION' },
        { heading: 'GPUS', drop: 3 },
        { heading: 'CUDA', drop: 2 },
        { heading: 'RUNS' },
        { heading: 'HERE', drop: 1 },
        { heading: 'IMAGE', atLeast: 24 },
      ],
      rows: bases.map((base): readonly Cell[] => [
        base.framework,
        base.version,
        base.architecture ?? 'any',
        base.cuda ?? '-',
        runsCell(base),
        base.present ? 'yes' : 'no',
        base.image,
      ]),
    },
    screen,
  );
  return `${listed}\n\n${driver}`;
}

function runsCell({ runs }: BaseImage): Cell {
  if (runs === null) return 'unknown';
  return runs ? { text: 'yes', style: 'green' } : { text: 'no', style: 'red' };
}
