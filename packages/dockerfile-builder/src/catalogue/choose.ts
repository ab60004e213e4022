import { cudaOfDriver } from './cuda.ts';
import { normaliseFramework, type CatalogueEntry } from './entry.ts';
import type { GpuArchitecture } from './gpu-architecture.ts';
import { judgeBase, type BaseJudgement } from './judge.ts';
import { compareVersions, matchesVersion, parseVersion } from './version.ts';

/** A base, and whether it runs here: also what `image bases` lists. */
export interface JudgedBase {
  readonly framework: string;
  readonly version: string;
  readonly image: string;
  readonly cuda: string | null;
  readonly source: 'built-in' | 'site';
  readonly runs: boolean | null;
  readonly reason: string | null;
  /** What doesn't work though it runs. */
  readonly note?: string | null;
  /** Python version inside; absent or `null` when unknown. */
  readonly python?: string | null;
  /** It is on this server already, which decides between two that are as good. */
  readonly present?: boolean;
}

/** Why there is no base. */
export type NoBaseReason =
  | 'unknown-framework'
  | 'unknown-version'
  | 'unknown-python'
  | 'does-not-run';

/** A choice, and why it is this one; or why there is none, with what could be had instead. */
export type BaseChoice<Base extends JudgedBase> =
  | { readonly ok: true; readonly base: Base; readonly explanation: string }
  | {
      readonly ok: false;
      readonly reason: NoBaseReason;
      /** One or two sentences for people. */
      readonly message: string;
      /** The newest of the framework that runs here; `null` when none does. */
      readonly newest: Base | null;
      /** What there is: frameworks, or versions of this one, newest first. */
      readonly known: readonly string[];
    };

/** What is wanted. */
export interface BaseWish {
  /** Any of its names: `torch`, `Pytorch`. */
  readonly framework: string;
  /** `2.8.0-aime` exactly; `2.8` the newest 2.8.x; absent or `latest` the newest. */
  readonly version?: string | null;
  /** `3.12`. Images whose Python is not known count when none is known to have it. */
  readonly python?: string | null;
}

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)];

/**
 * Best first: what runs for sure, the newest, the site's, CUDA that the driver knows in full, what is
 * there already, the newest CUDA.
 */
function preference<Base extends JudgedBase>(
  maxCuda: string | null,
): (left: Base, right: Base) => number {
  const fits = ({ cuda }: Base): boolean =>
    cuda === null ||
    maxCuda === null ||
    compareVersions(cuda.split('.').slice(0, 2).join('.'), maxCuda) <= 0;
  return (left, right) =>
    Number(right.runs === true) - Number(left.runs === true) ||
    Number(parseVersion(left.version).preRelease) -
      Number(parseVersion(right.version).preRelease) ||
    compareVersions(right.version, left.version) ||
    Number(right.source === 'site') - Number(left.source === 'site') ||
    Number(fits(right)) - Number(fits(left)) ||
    Number(right.present === true) - Number(left.present === true) ||
    compareVersions(right.cuda ?? '0', left.cuda ?? '0') * (fits(left) ? 1 : -1);
}

function withPython<Base extends JudgedBase>(
  bases: readonly Base[],
  python: string | null,
): readonly Base[] {
  if (python === null) return bases;
  const same = bases.filter(
    (base) => typeof base.python === 'string' && matchesVersion(base.python, python),
  );
  return same.length > 0 ? same : bases.filter((base) => (base.python ?? null) === null);
}

function explain(
  base: JudgedBase,
  wish: { readonly asked: string | null; readonly python: string | null },
): string {
  const cuda = base.cuda === null ? '' : ` with CUDA ${base.cuda}`;
  const why =
    wish.asked === null
      ? 'the newest that runs on this server'
      : wish.asked === base.version
        ? 'as asked'
        : `the newest ${wish.asked}`;
  const unknownPython =
    wish.python !== null && (base.python ?? null) === null
      ? `; whether its Python is ${wish.python} is not known`
      : '';
  const remark = base.reason ?? base.note ?? null;
  const doubt = remark === null ? '' : `; ${remark}`;
  return `${base.framework} ${base.version}${cuda}: ${why}${doubt}${unknownPython}`;
}

/**
 * The base that suits a wish, of those that were judged. The newest version that runs here, or
 * exactly what was asked. Refuses a framework, version or Python that is not there, and one that
 * this server can't run, each with the newest that it can. `maxCuda`: the newest CUDA version that
 * the driver knows in full; decides between images of one version.
 */
export function chooseAmongBases<Base extends JudgedBase>(
  options: BaseWish & { readonly bases: readonly Base[]; readonly maxCuda?: string | null },
): BaseChoice<Base> {
  const framework = normaliseFramework(options.framework);
  const byPreference = preference<Base>(options.maxCuda ?? null);
  const ofFramework = options.bases
    .filter((base) => base.framework === framework)
    .toSorted(byPreference);
  const newest = ofFramework.find((base) => base.runs !== false) ?? null;
  const latest =
    options.version === undefined || options.version === null || options.version === 'latest';
  // Versions of plain Python are Python's.
  const asked = latest
    ? framework === 'python'
      ? (options.python ?? null)
      : null
    : (options.version ?? null);
  const python = framework === 'python' && latest ? null : (options.python ?? null);
  const refuse = (reason: NoBaseReason, message: string, known: readonly string[]) =>
    ({ ok: false, reason, message: suggest(message, newest), newest, known }) as const;
  if (ofFramework.length === 0) {
    const known = unique(options.bases.map((base) => base.framework)).toSorted();
    return {
      ok: false,
      reason: 'unknown-framework',
      message: `There is no base image for ${options.framework}.`,
      newest: null,
      known,
    };
  }
  const versions = unique(ofFramework.map((base) => base.version)).toSorted((a, b) =>
    compareVersions(b, a),
  );
  const matching =
    asked === null
      ? ofFramework
      : ofFramework.filter((base) => matchesVersion(base.version, asked));
  const exact = matching.filter((base) => base.version === asked);
  const candidates = exact.length > 0 ? exact : matching;
  if (candidates.length === 0) {
    return refuse('unknown-version', `There is no base image for ${framework} ${asked}.`, versions);
  }
  const suitable = withPython(candidates, python);
  const [best] = suitable;
  if (best === undefined) {
    return refuse(
      'unknown-python',
      `No base image for ${framework} has Python ${python}.`,
      versions,
    );
  }
  const usable = suitable.find((base) => base.runs !== false);
  if (usable === undefined) {
    const why = best.reason === null ? '' : `: ${best.reason}`;
    return refuse(
      'does-not-run',
      `${best.framework} ${best.version} does not run on this server${why}.`,
      versions,
    );
  }
  return { ok: true, base: usable, explanation: explain(usable, { asked, python }) };
}

function suggest(message: string, newest: JudgedBase | null): string {
  if (newest === null) return message;
  return `${message} The newest that runs here is ${newest.version} (${newest.image}).`;
}

/** A row of the catalogue with what was found about it. */
export type JudgedEntry = CatalogueEntry & BaseJudgement;

/** How choosing ended; `reason` and `message` are those of {@link BaseChoice}. */
export type EntryChoice =
  | { readonly ok: true; readonly entry: JudgedEntry; readonly explanation: string }
  | {
      readonly ok: false;
      readonly reason: NoBaseReason;
      readonly message: string;
      readonly newest: JudgedEntry | null;
      readonly known: readonly string[];
    };

/**
 * The base of a catalogue that suits a wish and a machine. `architecture` is the generation of its
 * GPUs, or several; `driverVersion: null` a machine without NVIDIA's driver, on which images with
 * CUDA run without a GPU.
 *
 * @example
 * const choice = chooseBase({ framework: 'torch', version: '2.8', driverVersion: '570.124.06', architecture: 'ada', catalogue });
 * if (choice.ok) console.log(choice.entry.image, choice.explanation);
 */
export function chooseBase(
  options: BaseWish & {
    readonly catalogue: readonly CatalogueEntry[];
    readonly architecture?: GpuArchitecture | readonly GpuArchitecture[] | null;
    readonly driverVersion?: string | null;
  },
): EntryChoice {
  const driverVersion = options.driverVersion ?? null;
  const architectures = [options.architecture ?? []].flat();
  const host = { driverVersion, architectures };
  const wanted = normaliseFramework(options.framework);
  // The others are only named; judging them would be most of the work.
  const bases = options.catalogue.map((entry) =>
    entry.framework === wanted
      ? { ...entry, ...judgeBase(entry, host) }
      : { ...entry, runs: null, reason: null, note: null },
  );
  const maxCuda = driverVersion === null ? null : cudaOfDriver(driverVersion);
  const { framework, version = null, python = null } = options;
  const choice = chooseAmongBases({ framework, version, python, bases, maxCuda });
  return choice.ok ? { ok: true, entry: choice.base, explanation: choice.explanation } : choice;
}
