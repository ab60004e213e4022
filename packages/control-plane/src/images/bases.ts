import { isDs01Error, type BaseImage, type GpuInventory, type RouteOutput } from '@ds01/contracts';
import {
  architectureOfGpu,
  catalogue,
  cudaOfDriver,
  judgeBase,
  mergeCatalogues,
  normaliseFramework,
  type CatalogueEntry,
  type HostGpus,
} from '@ds01/dockerfile-builder';
import { formatProblem } from '@ds01/limits';
import type { UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { loadCurrentPolicy, type CurrentPolicy } from '../policy.ts';
import { readRegistryReference } from './registries.ts';
import { readSiteCatalogue } from './site-catalogue.ts';

/** How long to wait for the driver: the catalogue is of use without it. */
const patienceMs = 500;

/**
 * The catalogue of base images, of one framework or all: DS01's own and the site's, with what is known
 * of whether this server's driver and GPUs run them. A server whose GPUs can't be read in time says that
 * it doesn't know.
 */
export async function listBases(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'probe' | 'policyFiles' | 'logger' | 'clock'>,
  input: { readonly framework: string | null },
  options: UseCaseOptions = {},
): Promise<RouteOutput<'images.bases'>> {
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  const [inventory, images] = await Promise.all([
    inventoryOf(deps, options),
    deps.engine.listImages(options),
  ]);
  const present = new Set(images.flatMap(({ tags }) => tags));
  const wanted = input.framework === null ? null : normaliseFramework(input.framework);
  const host = hostOf(inventory);
  const bases = mergeCatalogues(catalogue, await siteCatalogue(deps, policy))
    .filter(({ framework }) => wanted === null || framework === wanted)
    .flatMap((entry) => rowsOf(entry, { host, present, isKnown: inventory !== null }));
  const { driverVersion } = host;
  return {
    driverVersion,
    maxCuda: driverVersion === null ? null : cudaOfDriver(driverVersion),
    bases,
  };
}

async function inventoryOf(
  deps: Pick<ControlPlaneDependencies, 'probe'>,
  { signal }: UseCaseOptions,
): Promise<GpuInventory | null> {
  try {
    return await deps.probe.read({ patienceMs, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (isDs01Error(error) && error.code === 'gpu.probe-failed') return null;
    throw error;
  }
}

function hostOf(inventory: GpuInventory | null): HostGpus {
  const architectures = inventory?.devices.flatMap(({ model }) => architectureOfGpu(model) ?? []);
  return {
    driverVersion: inventory?.driverVersion ?? null,
    architectures: [...new Set(architectures)],
  };
}

/** A row for each generation of GPUs that an image is made for. */
function rowsOf(
  entry: CatalogueEntry,
  known: {
    readonly host: HostGpus;
    readonly present: ReadonlySet<string>;
    readonly isKnown: boolean;
  },
): readonly BaseImage[] {
  const { framework, version, image, cuda, python, packages, source } = entry;
  const judged = judgeBase(entry, known.host);
  const isUnknown = !known.isKnown && entry.accelerator !== 'none';
  return [
    {
      framework,
      version,
      architecture: entry.architectures.length === 0 ? null : entry.architectures.join(', '),
      image,
      cuda,
      python,
      packages: [...packages],
      source,
      present: known.present.has(readRegistryReference(image).familiar),
      runs: isUnknown ? null : judged.runs,
      reason: isUnknown
        ? 'the GPUs of this server can’t be read now'
        : (judged.reason ?? judged.note),
    },
  ];
}

/** Of a site's file that can't be used nothing is taken, and administrators read why. */
async function siteCatalogue(
  deps: Pick<ControlPlaneDependencies, 'policyFiles' | 'logger'>,
  { settings }: Pick<CurrentPolicy, 'settings'>,
): Promise<readonly CatalogueEntry[]> {
  const { entries, problems } = await readSiteCatalogue(deps, settings);
  if (problems.length > 0) {
    deps.logger.warn('the site’s catalogue of base images can’t be used', {
      path: settings.images.catalogue,
      why: problems.map(formatProblem).join('; '),
    });
  }
  return entries;
}
