/** A flag of a command, as people read it and as the parser takes it. */
export interface FlagSpec {
  /** Commander's notation: `-w, --workspace <dir>`. */
  readonly flags: string;
  readonly description: string;
  /**
   * What a value that may be left out (`[time]`) looks like: a word after the flag that doesn't is no
   * value of it. Without a value the flag is a switch.
   */
  readonly takes?: RegExp;
  /** May be given several times; values are collected. */
  readonly repeat?: boolean;
  /** Not available in this version: giving it is refused with exit 2. */
  readonly later?: boolean;
}

/** Values of a command's flags as the parser gives them, by their names in camel case. */
export type FlagValues = Readonly<Record<string, unknown>>;

/** A flag that is known but refused in this version. */
export const later = (flags: string, description: string): FlagSpec => ({
  flags,
  description,
  later: true,
});

/** Flags of every command. */
export const commonFlags: readonly FlagSpec[] = [
  { flags: '--json', description: 'one JSON document on stdout' },
  { flags: '--dry-run', description: 'change nothing, say what would happen' },
  { flags: '-y, --yes', description: 'answer every question with yes' },
  { flags: '--user <name>', description: 'act for this user (root only)' },
  { flags: '-q, --quiet', description: 'only errors on stderr' },
  { flags: '--no-color', description: 'no colours' },
  { flags: '--guided', description: 'explain while doing' },
  { flags: '--concepts', description: 'only explain, do nothing' },
  { flags: '--info', description: 'help and explanation together' },
];

/** Text of a flag; `null` when it wasn't given. */
export function textFlag(flags: FlagValues, name: string): string | null {
  const value = flags[name];
  return typeof value === 'string' ? value : null;
}

/** True when a switch was given. */
export function switchFlag(flags: FlagValues, name: string): boolean {
  return flags[name] === true;
}

/** Values of a flag that may be repeated, in the order given. */
export function listFlag(flags: FlagValues, name: string): readonly string[] {
  const value = flags[name];
  return Array.isArray(value) ? value.map(String) : [];
}
