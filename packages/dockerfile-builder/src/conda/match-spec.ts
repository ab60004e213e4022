/** A package as conda writes it. */
export interface CondaSpec {
  /** Before `::`; `null` when the file's channels decide. */
  readonly channel: string | null;
  /** Lower case, as conda has it. */
  readonly name: string;
  /** `=1.26`, `>=2,<3`; empty for any. */
  readonly version: string;
  /** Of the build, after a second `=`; `null` for any. */
  readonly build: string | null;
}

/** `channel::name`, `name=1.2=build`, `name >=1,<2`, `name[version='>=1',build=x]`. */
const matchSpec =
  /^(?:(?<channel>[\w./:+-]+?)::)?(?<name>[A-Za-z0-9_][\w.-]*)\s*(?<rest>[^[\]]*)(?:\[(?<keys>[^\]]*)\])?$/;
const versionText = /^[\w.*+!<>=~,|() -]*$/;

function keysOf(text: string): ReadonlyMap<string, string> {
  const pairs = [...text.matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^,]*))/g)];
  return new Map(
    pairs.map(([, key = '', ...values]) => [key, values.find((v) => v !== undefined) ?? '']),
  );
}

/** A conda match specification (conda documentation, "Package match specifications"), or `null`. */
export function parseCondaSpec(text: string): CondaSpec | null {
  if (text.length > 1000 || /[\r\n]/.test(text)) return null;
  const groups = matchSpec.exec(text.trim())?.groups;
  const name = groups?.['name'];
  if (groups === undefined || name === undefined) return null;
  const rest = (groups['rest'] ?? '').trim();
  if (!versionText.test(rest)) return null;
  const keys = keysOf(groups['keys'] ?? '');
  const exact = /^=?([^<>=!~,| ]+)(?:=|\s+)([^<>=!~,|= ]+)$/.exec(rest);
  const version = exact === null ? rest.replaceAll(/\s+/g, '') : `=${exact[1] ?? ''}`;
  if (version !== '' && !/^[<>=!~]/.test(version) && !/^[\d*]/.test(version)) return null;
  return {
    channel: groups['channel'] ?? keys.get('channel') ?? null,
    name: name.toLowerCase(),
    version: keys.get('version') ?? version,
    build: exact?.[2] ?? keys.get('build') ?? null,
  };
}
