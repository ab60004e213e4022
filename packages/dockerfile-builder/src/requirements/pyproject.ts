import { z } from 'zod';
import { parseRequirement, type Requirement } from './requirement.ts';
import type { TextProblem } from './text-problem.ts';
import { placeOfValue, readToml } from './toml-text.ts';

/** A requirement of a `pyproject.toml`, and where it stands. */
export interface ProjectRequirement {
  /** As written. */
  readonly spec: string;
  readonly requirement: Requirement;
  readonly line: number;
}

/** A member of a dependency group: a requirement, or all of another group (PEP 735). */
export type GroupMember =
  | ({ readonly kind: 'package' } & ProjectRequirement)
  | { readonly kind: 'include'; readonly group: string };

/** What a `pyproject.toml` says about packages. */
export interface Pyproject {
  readonly name: string;
  /** `null` when it says none, or has it made by a tool. */
  readonly version: string | null;
  /** `>=3.11`; `null` when it doesn't say. */
  readonly requiresPython: string | null;
  readonly dependencies: readonly ProjectRequirement[];
  /** `[project.optional-dependencies]`: by extra. */
  readonly extras: Readonly<Record<string, readonly ProjectRequirement[]>>;
  /** `[dependency-groups]`, and `dev` with what `[tool.uv] dev-dependencies` has. */
  readonly groups: Readonly<Record<string, readonly GroupMember[]>>;
  /** `[tool.uv]` is there: `uv` is who manages it. */
  readonly usesUv: boolean;
  /** Names that `[tool.uv.sources]` takes from elsewhere than an index. */
  readonly uvSources: readonly string[];
}

/** How reading it ended; `problems` has every one, at least one. */
export type PyprojectResult =
  | { readonly ok: true; readonly project: Pyproject; readonly warnings: readonly TextProblem[] }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

const specs = z.array(z.string());
const schema = z.looseObject({
  project: z
    .looseObject({
      name: z.string(),
      version: z.string().optional(),
      'requires-python': z.string().optional(),
      dependencies: specs.default([]),
      'optional-dependencies': z.record(z.string(), specs).default({}),
      dynamic: z.array(z.string()).default([]),
    })
    .optional(),
  'dependency-groups': z
    .record(
      z.string(),
      z.array(z.union([z.string(), z.strictObject({ 'include-group': z.string() })])),
    )
    .default({}),
  tool: z
    .looseObject({
      uv: z
        .looseObject({
          'dev-dependencies': specs.default([]),
          sources: z.record(z.string(), z.unknown()).default({}),
        })
        .optional(),
      poetry: z.unknown().optional(),
    })
    .default({}),
});
type Data = z.infer<typeof schema>;

const file = 'pyproject.toml';

function noProject(data: Data): TextProblem {
  const hint =
    data.tool.poetry === undefined
      ? 'a project that packages can be installed from begins with [project], name and dependencies'
      : 'Poetry’s own table is not read: export it with "poetry export -o requirements.txt"';
  return { file, line: 1, column: 1, message: 'there is no [project] table', hint };
}

function schemaProblems(text: string, error: z.ZodError): TextProblem[] {
  return error.issues.map((issue) => {
    const path = issue.path.map(String);
    const after = path.slice(0, -1).join('.');
    const place = placeOfValue(text, { after: after === '' ? '[' : `[${after}`, value: '' });
    return {
      file,
      ...place,
      message: `${path.join('.')} has another form than it should: ${issue.message}`,
      hint: null,
    };
  });
}

/** Reads lists of requirements and keeps what is wrong with them. */
function createReader(text: string, problems: TextProblem[]) {
  const one = (spec: string, after: string): ProjectRequirement[] => {
    const place = placeOfValue(text, { after, value: spec });
    const result = parseRequirement(spec);
    if (result.ok) return [{ spec, requirement: result.requirement, line: place.line }];
    const { offset, message, hint } = result.problem;
    problems.push({ file, line: place.line, column: place.column + 1 + offset, message, hint });
    return [];
  };
  const many = (list: readonly string[], after: string) => list.flatMap((spec) => one(spec, after));
  return { one, many };
}

function missingGroups(data: Data, text: string): TextProblem[] {
  const known = new Set(Object.keys(data['dependency-groups']));
  return Object.values(data['dependency-groups'])
    .flat()
    .flatMap((member) => (typeof member === 'string' ? [] : [member['include-group']]))
    .filter((group) => !known.has(group))
    .map((group) => ({
      file,
      ...placeOfValue(text, { after: '[dependency-groups', value: group }),
      message: `the group ${group} is included, but there is none of that name`,
      hint: null,
    }));
}

/**
 * What a `pyproject.toml` says about packages: PEP 621 (`[project]`), PEP 735 (`[dependency-groups]`)
 * and uv's own table. Refuses broken TOML, a file without `[project]`, requirements that PEP 508
 * doesn't know, groups that include one that isn't there; warns of dependencies made by a tool.
 */
export function parsePyproject(text: string): PyprojectResult {
  const toml = readToml(text, file);
  if (!toml.ok) return { ok: false, problems: [toml.problem] };
  const parsed = schema.safeParse(toml.data);
  if (!parsed.success) return { ok: false, problems: schemaProblems(text, parsed.error) };
  const { data } = parsed;
  const { project } = data;
  if (project === undefined) return { ok: false, problems: [noProject(data)] };
  const problems = missingGroups(data, text);
  const read = createReader(text, problems);
  const extras = Object.entries(project['optional-dependencies']).map(
    ([extra, list]) => [extra, read.many(list, '[project.optional-dependencies')] as const,
  );
  const groups = new Map<string, GroupMember[]>(
    Object.entries(data['dependency-groups']).map(([group, members]) => [
      group,
      members.flatMap((member): GroupMember[] =>
        typeof member === 'string'
          ? read.one(member, '[dependency-groups').map((found) => ({ kind: 'package', ...found }))
          : [{ kind: 'include', group: member['include-group'] }],
      ),
    ]),
  );
  const development = read.many(data.tool.uv?.['dev-dependencies'] ?? [], '[tool.uv');
  if (development.length > 0) {
    const members = development.map((found) => ({ kind: 'package' as const, ...found }));
    groups.set('dev', [...(groups.get('dev') ?? []), ...members]);
  }
  const dependencies = read.many(project.dependencies, '[project');
  if (problems.length > 0) return { ok: false, problems };
  const dynamic = project.dynamic.includes('dependencies');
  return {
    ok: true,
    project: {
      name: project.name,
      version: project.version ?? null,
      requiresPython: project['requires-python'] ?? null,
      dependencies,
      extras: Object.fromEntries(extras),
      groups: Object.fromEntries(groups),
      usesUv: data.tool.uv !== undefined,
      uvSources: Object.keys(data.tool.uv?.sources ?? {}),
    },
    warnings: dynamic
      ? [
          {
            file,
            ...placeOfValue(text, { after: '[project', value: 'dependencies' }),
            message: 'its dependencies are made by its build tool: only installing it tells them',
            hint: null,
          },
        ]
      : [],
  };
}
