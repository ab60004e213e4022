import { readForeignLabels, splitDockerName, type ForeignLabels } from '@ds01/contracts';
import type {
  ContainerDetails,
  ContainerEngine,
  ContainerRecord,
  HostAccount,
  ImageDetails,
} from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { decideOwner, type OwnerClaims } from './decide-owner.ts';

type Labels = Readonly<Record<string, string>>;

/** Images by id, so that none is asked for twice in one look. */
export type KnownImages = Map<string, Promise<ImageDetails | null>>;

interface Found {
  readonly details: ContainerDetails;
  readonly images: KnownImages;
}

type AttributionDependencies = Pick<
  ControlPlaneDependencies,
  'engine' | 'accounts' | 'folders' | 'clock' | 'logger'
>;

/** How long after a failure a container isn't looked at again: a home may be on a dead server. */
const retryAfterMs = 60_000;

const postponed = new WeakMap<ContainerEngine, Map<string, number>>();

/** True while looking for the owner of a container failed not long ago. */
export function isPostponed(
  deps: Pick<AttributionDependencies, 'engine' | 'clock'>,
  id: string,
): boolean {
  return (postponed.get(deps.engine)?.get(id) ?? 0) > deps.clock.nowMs();
}

/**
 * The record of a container that DS01 didn't make, with its owner as far as anybody can tell
 * (docs/adr/0016-adoption.md has the rules). When accounts or folders can't be read it stays
 * nobody's and is looked at again later.
 */
export async function attribute(
  deps: AttributionDependencies,
  record: ContainerRecord,
  found: Found,
): Promise<ContainerRecord> {
  const { details } = found;
  try {
    const labels = readForeignLabels(await labelsOfItsOwn(deps, found));
    const { account, by } = decideOwner(await claimsOf(deps, found, labels));
    const name = splitDockerName(details.dockerName)?.name ?? labels.name ?? details.dockerName;
    const isNamedByUid = uidIn(details.dockerName) !== null;
    const workspace = details.mounts.find(({ target }) => target === '/workspace')?.source;
    return {
      ...record,
      user: account?.name ?? null,
      uid: account?.uid ?? null,
      ownerBy: by,
      name,
      interface: labels.interface ?? (isNamedByUid ? 'atomic' : 'docker'),
      workspace: workspace ?? labels.workMount,
      devices: record.devices.length > 0 ? record.devices : labels.gpus,
    };
  } catch (error) {
    const later = postponed.get(deps.engine) ?? new Map<string, number>();
    postponed.set(deps.engine, later);
    later.set(record.id, deps.clock.nowMs() + retryAfterMs);
    deps.logger.warn('the owner of a container could not be looked for', {
      container: details.dockerName,
      error: String(error),
    });
    return { ...record, user: null, uid: null, ownerBy: null };
  }
}

/**
 * Labels that whoever made the container put on it. Those of its image say what somebody else wrote:
 * with them, a person could give an image away and get power over whatever is made from it.
 */
async function labelsOfItsOwn(
  deps: Pick<AttributionDependencies, 'engine'>,
  found: Found,
): Promise<Labels> {
  const said = Object.entries(found.details.labels).filter(([key]) => isTelling(key));
  if (said.length === 0) return {};
  const image = await imageOf(deps, found);
  // Without the image nobody can say which labels were its.
  if (image === null) return {};
  return Object.fromEntries(said.filter(([key, value]) => image.labels[key] !== value));
}

async function imageOf(
  { engine }: Pick<AttributionDependencies, 'engine'>,
  { details, images }: Found,
): Promise<ImageDetails | null> {
  const known = images.get(details.imageId) ?? engine.inspectImage(details.imageId);
  images.set(details.imageId, known);
  return known;
}

const tellingPrefixes = ['ds01.', 'aime.mlc', 'devcontainer.', 'com.docker.compose.'];

function isTelling(key: string): boolean {
  return tellingPrefixes.some((prefix) => key.startsWith(prefix));
}

async function claimsOf(
  deps: AttributionDependencies,
  found: Found,
  labels: ForeignLabels,
): Promise<OwnerClaims> {
  const { details } = found;
  const { devcontainerFolder, composeFolder } = labels;
  const sources = [...new Set(details.mounts.map(({ source }) => source))];
  const paths = [devcontainerFolder ?? '', composeFolder ?? '', ...sources];
  const written = new Set(
    details.mounts.filter(({ readOnly }) => !readOnly).map(({ source }) => source),
  );
  const isSaid = paths.some((path) => path !== '');
  const [opened = null, compose = null, ...mounted] = isSaid
    ? await deps.folders.ownersOf(paths)
    : [];
  return {
    infrastructure: labels.infrastructure,
    label: await firstAccount(deps, labels.users),
    name: await accountInName(deps, details.dockerName),
    mounted: mounted.filter((account) => account !== null),
    writes: sources.some(
      (source, index) => written.has(source) && (mounted[index] ?? null) !== null,
    ),
    opened,
    compose,
    runsAs: await accountItRunsAs(deps, found),
  };
}

/** An image's own uid says nothing: it is the same for everybody who uses it. */
async function accountItRunsAs(
  deps: Pick<AttributionDependencies, 'engine' | 'accounts'>,
  found: Found,
): Promise<HostAccount | null> {
  const uid = /^([1-9]\d{0,9})(?::|$)/.exec(found.details.user)?.[1];
  if (uid === undefined) return null;
  const image = await imageOf(deps, found);
  if (image === null || image.user === found.details.user) return null;
  return deps.accounts.byUid(Number(uid));
}

async function firstAccount(
  deps: Pick<AttributionDependencies, 'accounts'>,
  names: readonly string[],
): Promise<HostAccount | null> {
  for (const name of names) {
    const account = await deps.accounts.byName(name);
    if (account !== null) return account;
  }
  return null;
}

/** The predecessor's `<name>._.<uid>`; `null` for names of another form. */
function uidIn(dockerName: string): string | null {
  const owner = splitDockerName(dockerName)?.owner;
  return owner !== undefined && /^(?:0|[1-9]\d{0,9})$/.test(owner) ? owner : null;
}

/**
 * Digits that are some account's name may be meant as that name, so they count as a uid only where
 * both are the same person.
 */
async function accountInName(
  deps: Pick<AttributionDependencies, 'accounts'>,
  dockerName: string,
): Promise<HostAccount | null> {
  const digits = uidIn(dockerName);
  if (digits === null) return null;
  const named = await deps.accounts.byName(digits);
  if (named === null) return deps.accounts.byUid(Number(digits));
  return named.uid === Number(digits) ? named : null;
}
