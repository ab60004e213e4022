import type { MountedFolder } from '@ds01/contracts';
import type { ContainerMount, HostAccount, Pin, PinRequest } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { groupFor, passwdFor, type InsideIdentity } from '../identity/account-files.ts';
import type { ImageFacts } from '../identity/image-facts.ts';
import { aliasesFile } from '../identity/aliases.ts';
import {
  aliasesPath,
  loginStartPath,
  shellStartFile,
  shellStartPath,
  zshStartPath,
} from '../identity/shell-start.ts';
import type { CurrentPolicy } from '../policy.ts';
import { allowedFolders } from './folders.ts';
import type { Secret } from './secrets.ts';

/** Something to pin, and where the container has it. */
export interface PlannedMount {
  readonly request: PinRequest;
  readonly targets: readonly string[];
  readonly readOnly: boolean;
}

/** What a container mounts. */
export interface MountParts {
  readonly owner: HostAccount;
  readonly policy: CurrentPolicy;
  readonly name: string;
  readonly workspace: string;
  readonly createWorkspace: boolean;
  readonly data: readonly MountedFolder[];
  /** `null` for containers of before there were such files. */
  readonly own: { readonly facts: ImageFacts; readonly groups: InsideIdentity['groups'] } | null;
  /** `kept`: those that are there already. */
  readonly secrets: readonly Secret[] | 'kept' | null;
}

/**
 * Everything that a container mounts. The order is part of the container: pins that are made again
 * for it come to the same paths.
 */
export function plannedMounts(parts: MountParts): readonly PlannedMount[] {
  const { owner, policy, data, secrets } = parts;
  const allowed = allowedFolders(owner, policy);
  const folder = (path: string, how: { readonly create: boolean; readonly readOnly: boolean }) => ({
    kind: 'folder' as const,
    account: owner,
    folder: path,
    ...how,
    within: allowed === null ? null : how.readOnly ? allowed.readable : allowed.writable,
  });
  return [
    {
      request: folder(parts.workspace, { create: parts.createWorkspace, readOnly: false }),
      targets: ['/workspace'],
      readOnly: false,
    },
    ...data.map((mount) => ({
      request: folder(mount.folder, { create: false, readOnly: mount.readOnly }),
      targets: [mount.target],
      readOnly: mount.readOnly,
    })),
    ...ownFiles(parts),
    ...(secrets === null
      ? []
      : [
          {
            request: {
              kind: 'secrets' as const,
              account: owner,
              files: secrets === 'kept' ? null : secrets,
            },
            targets: ['/run/secrets'],
            readOnly: true,
          },
        ]),
  ];
}

function ownFiles({ own, owner, name }: MountParts): readonly PlannedMount[] {
  if (own === null) return [];
  const { facts, groups } = own;
  const identity = { ...owner, groups, shell: facts.shell };
  const file = (fileName: string, text: string, targets: readonly string[]): PlannedMount => ({
    request: { kind: 'file', name: fileName, text },
    targets,
    readOnly: true,
  });
  const start = [shellStartPath, ...(facts.hasLoginStart ? [loginStartPath] : [])];
  return [
    file('passwd', passwdFor(facts.passwd, identity), ['/etc/passwd']),
    file('group', groupFor(facts.group, identity), ['/etc/group']),
    file('shrc', shellStartFile(owner.slug, name), start),
    file('aliases', aliasesFile(owner.slug, name), [aliasesPath, zshStartPath]),
  ];
}

/** The mounts of the container, once everything is pinned. */
export function containerMountsOf(
  planned: readonly PlannedMount[],
  pins: readonly Pin[],
): readonly ContainerMount[] {
  return planned.flatMap(({ targets }, index) => {
    const pin = pins[index];
    if (pin === undefined) throw new Error('something was planned that is not pinned');
    const { path: source, readOnly } = pin;
    return targets.map((target) => ({ source, target, readOnly }));
  });
}

/** The groups of an owner that the site shares with containers. */
export async function sharedGroupsOf(
  deps: Pick<ControlPlaneDependencies, 'accounts'>,
  owner: HostAccount,
  policy: CurrentPolicy,
): Promise<InsideIdentity['groups']> {
  const names = policy.settings.shared_groups;
  if (names.length === 0) return [];
  const ids = await deps.accounts.groupIds(names);
  return [...ids]
    .map(([name, gid]) => ({ name, gid }))
    .filter(({ gid }) => gid !== owner.gid && gid !== 0 && owner.groupIds.includes(gid));
}
