import { groupNameSchema } from '@ds01/contracts';
import type { ConfigProblem, GroupName } from '@ds01/contracts';
import { fileStart, problemAt } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import { readExemptions } from './exemptions.ts';
import { readGroupOverrides } from './group-overrides.ts';
import { addMembersFiles, readArchived, readGroups, severalGroups } from './groups.ts';
import { readLayer, readPolicies } from './layer.ts';
import type { LimitLayerValues } from './layer.ts';
import { readGroupName } from './members.ts';
import { nearestName } from './nearest-name.ts';
import { readOverrides } from './overrides.ts';
import type { UserOverride } from './overrides.ts';
import type {
  LifecycleExemption,
  Policy,
  PolicyGroup,
  TemporaryOverride,
  WrittenReservation,
} from './policy.ts';
import { createReading } from './reading.ts';
import { readReservations } from './reservations.ts';
import {
  readAccessControl,
  readBareMetalAccess,
  readContainerTypes,
  readEnforcement,
  readGpuAllocation,
  readMonitoring,
} from './sections.ts';
import { readTemporaryOverrides } from './temporary-overrides.ts';
import { parseYaml } from './yaml-source.ts';
import type { Entry, YamlSource } from './yaml-source.ts';

/** What `loadPolicy` gives. */
export interface LoadedPolicy {
  /** `null` when a file that limits depend on has an error: the last good policy stays in force. */
  readonly policy: Policy | null;
  /** Everything that was found in every file, by file and place. */
  readonly problems: readonly ConfigProblem[];
}

const sections = [
  'defaults',
  'default_group',
  'groups',
  'user_overrides',
  'policies',
  'container_types',
  'enforcement',
  'gpu_allocation',
  'monitoring',
  'bare_metal_access',
  'access_control',
];

/**
 * Reads a configuration folder: `resource-limits.yaml`, `groups/<group>.members`,
 * `user-overrides.yaml`, `temporary-overrides.yaml`, `lifecycle-exemptions.yaml`,
 * `reservations.yaml`, `group-overrides.txt`, recognised by the end of their paths; other files are ignored. Never throws; all problems of all files are reported at once.
 *
 * Without `resource-limits.yaml` the built-in defaults hold and everybody is in the group `default`
 * (a notice says so; of an empty file, a warning). A file without `default_group` means `student` when there is such a group, as
 * the predecessor did, else `default`. Errors in `lifecycle-exemptions.yaml` don't keep the policy
 * from loading: the entries concerned exempt nobody.
 */
export function loadPolicy(files: readonly ConfigFile[]): LoadedPolicy {
  const fileNamed = (name: string) =>
    files.find(({ path }) => path === name || path.endsWith(`/${name}`));
  const limitsFile = fileNamed('resource-limits.yaml');
  const limits = limitsFile === undefined ? emptyLimits() : readLimitsFile(limitsFile);
  const members = addMembersFiles(limits.settings?.groups ?? null, files);
  const overrides = readOverridesFile(fileNamed('user-overrides.yaml'));
  const temporary = readTemporaryFile(fileNamed('temporary-overrides.yaml'));
  const reservations = readReservationsFile(fileNamed('reservations.yaml'));
  const groupNames = limits.settings?.groups.map(({ name }) => name) ?? null;
  const groupOverrides = readGroupOverrides(fileNamed('group-overrides.txt'), groupNames);
  const problems = [
    ...limits.problems,
    ...members.problems,
    ...severalGroups(members.groups),
    ...overrides.problems,
    ...temporary.problems,
    ...reservations.problems,
    ...groupOverrides.problems,
  ];
  const merged = mergeOverrides(limits.settings?.overrides ?? new Map(), overrides.overrides);
  problems.push(...merged.problems);
  const exemptions = readExemptionsFile(fileNamed('lifecycle-exemptions.yaml'));
  const broken = problems.some(({ severity }) => severity === 'error');
  const policy =
    limits.settings === null || broken
      ? null
      : {
          ...limits.settings,
          groups: members.groups,
          overrides: merged.values,
          temporaryOverrides: temporary.overrides,
          groupOverrides: groupOverrides.groupOf,
          archived: readArchived(files),
          reservations: [...merged.reservations, ...reservations.reservations],
          exemptions: exemptions.exemptions,
        };
  return { policy, problems: inOrder([...problems, ...exemptions.problems]) };
}

type LimitsFileSettings = Omit<
  Policy,
  'overrides' | 'reservations' | 'exemptions' | 'temporaryOverrides' | 'groupOverrides' | 'archived'
> & {
  readonly overrides: ReadonlyMap<string, UserOverride>;
};

interface ReadLimits {
  readonly settings: LimitsFileSettings | null;
  readonly problems: readonly ConfigProblem[];
}

function emptyLimits(): ReadLimits {
  const path = 'resource-limits.yaml';
  const problem = problemAt(path, fileStart, {
    severity: 'notice',
    code: 'config.missing-file',
    message: `There is no ${path}: the built-in defaults hold for everybody.`,
    found: 'no file',
    allowed: `a file ${path} in the configuration folder`,
  });
  const { source } = parseYaml({ path, text: '' });
  return {
    settings: source === null ? null : readSections(source, []).settings,
    problems: [problem],
  };
}

function readLimitsFile(file: ConfigFile): ReadLimits {
  const { source, problems } = parseYaml(file);
  if (source === null) return { settings: null, problems };
  const isEmpty = source.root.kind === 'nothing';
  return readSections(source, isEmpty ? [...problems, emptyFile(file)] : problems);
}

/** As an editor on a full disk leaves it. */
function emptyFile({ path }: ConfigFile): ConfigProblem {
  return problemAt(path, fileStart, {
    severity: 'warning',
    code: 'config.missing-file',
    message: `There is nothing in ${path}: the built-in defaults hold for everybody.`,
    found: 'an empty file, or nothing but comments',
    allowed: 'the limits of this site, or no file',
  });
}

function readSections(source: YamlSource, yamlProblems: readonly ConfigProblem[]): ReadLimits {
  const reading = createReading(source.path);
  const byName = new Map<string, Entry>();
  for (const entry of reading.entries(source.root, 'the file')) {
    if (sections.includes(entry.key)) byName.set(entry.key, entry);
    else reading.unknownKey(entry, '', sections);
  }
  const nothing = { kind: 'nothing', position: fileStart } as const;
  const valueOf = (name: string) => byName.get(name)?.value ?? nothing;
  const policies = byName.get('policies');
  const globalPolicies = policies === undefined ? undefined : readPolicies(source, policies);
  const defaults = readLayer(source, valueOf('defaults'), { where: 'defaults' });
  const groups = readGroups(source, valueOf('groups'), reading);
  const overrides = readOverrides(source, valueOf('user_overrides'));
  const defaultGroup = readDefaultGroup(byName.get('default_group'), groups.groups, reading);
  readMonitoring(reading, valueOf('monitoring'));
  const settings: LimitsFileSettings = {
    defaults: new Map([...(globalPolicies?.values ?? []), ...defaults.values]),
    groups: groups.groups,
    defaultGroup,
    overrides: overrides.overrides,
    containerTypes: readContainerTypes(reading, valueOf('container_types')),
    aggregateLimitsOff: readEnforcement(reading, valueOf('enforcement')),
    strategy: readGpuAllocation(reading, valueOf('gpu_allocation')),
    accessControl: readAccessControl(reading, valueOf('access_control')),
    bareMetalAccess: readBareMetalAccess(reading, valueOf('bare_metal_access')),
  };
  return {
    settings,
    problems: [
      ...yamlProblems,
      ...reading.problems,
      ...(globalPolicies?.problems ?? []),
      ...defaults.problems,
      ...groups.problems,
      ...overrides.problems,
    ],
  };
}

function readDefaultGroup(
  entry: Entry | undefined,
  groups: readonly PolicyGroup[],
  reading: ReturnType<typeof createReading>,
): GroupName {
  const names = groups.map(({ name }) => name);
  const fallback = names.find((name) => name === 'student') ?? groupNameSchema.parse('default');
  if (entry === undefined || entry.value.kind === 'nothing') return fallback;
  const name = readGroupName(reading, entry.value, 'default_group');
  if (name === undefined || names.includes(name)) return name ?? fallback;
  reading.report(entry.value.position, {
    code: 'config.unknown-group',
    message: `default_group names "${name}", which is no group of this file.`,
    found: name,
    allowed: names.join(', ') || 'a group defined under groups',
    suggestion: nearestName(name, names),
  });
  return fallback;
}

type ReadOverrides = ReturnType<typeof readOverrides>;

function readOverridesFile(file: ConfigFile | undefined): ReadOverrides {
  if (file === undefined) return { overrides: new Map(), problems: [] };
  const { source, problems } = parseYaml(file);
  if (source === null) return { overrides: new Map(), problems };
  const read = readOverrides(source, source.root);
  return { overrides: read.overrides, problems: [...problems, ...read.problems] };
}

function readTemporaryFile(file: ConfigFile | undefined): {
  readonly overrides: readonly TemporaryOverride[];
  readonly problems: readonly ConfigProblem[];
} {
  if (file === undefined) return { overrides: [], problems: [] };
  const { source, problems } = parseYaml(file);
  if (source === null) return { overrides: [], problems };
  const read = readTemporaryOverrides(source);
  return { overrides: read.overrides, problems: [...problems, ...read.problems] };
}

function readReservationsFile(file: ConfigFile | undefined): {
  readonly reservations: readonly WrittenReservation[];
  readonly problems: readonly ConfigProblem[];
} {
  if (file === undefined) return { reservations: [], problems: [] };
  const { source, problems } = parseYaml(file);
  if (source === null) return { reservations: [], problems };
  const read = readReservations(source);
  return { ...read, problems: [...problems, ...read.problems] };
}

function mergeOverrides(
  inline: ReadonlyMap<string, UserOverride>,
  fromFile: ReadonlyMap<string, UserOverride>,
) {
  const problems: ConfigProblem[] = [];
  for (const [user, { entry, file }] of fromFile) {
    const other = inline.get(user);
    if (other === undefined) continue;
    problems.push(
      problemAt(file, entry.position, {
        severity: 'warning',
        code: 'config.several-overrides',
        message: `${user} has an override here and in ${other.file} line ${other.entry.position.line}; this one counts, as a whole.`,
        found: user,
        allowed: 'one override a user',
      }),
    );
  }
  const all = new Map([...inline, ...fromFile]);
  const values = new Map<string, LimitLayerValues>();
  for (const [user, override] of all) values.set(user, override.values);
  const reservations = [...all.values()].flatMap(({ reservation }) => reservation ?? []);
  return { values, reservations, problems };
}

function readExemptionsFile(file: ConfigFile | undefined): {
  readonly exemptions: readonly LifecycleExemption[];
  readonly problems: readonly ConfigProblem[];
} {
  if (file === undefined) return { exemptions: [], problems: [] };
  const { source, problems } = parseYaml(file);
  if (source === null) return { exemptions: [], problems };
  const read = readExemptions(source);
  // A duplicate key could hide an end date: nobody is exempt by accident.
  const exemptions = problems.length === 0 ? read.exemptions : [];
  return { exemptions, problems: [...problems, ...read.problems] };
}

/** By file and place; what several mappings take over by a merge or an alias is one problem. */
function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const files = [...new Set(problems.map(({ file }) => file))];
  const byPlace = new Map<string, ConfigProblem>();
  for (const problem of problems) {
    const { file, line, column, code, found } = problem;
    const key = [file, line, column, code, found].join('\n');
    if (!byPlace.has(key)) byPlace.set(key, problem);
  }
  return [...byPlace.values()].toSorted(
    (left, right) =>
      files.indexOf(left.file) - files.indexOf(right.file) ||
      left.line - right.line ||
      left.column - right.column,
  );
}
