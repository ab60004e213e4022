/** What an option of a requirements file means to us. */
export interface OptionRule {
  readonly spellings: readonly [string, ...string[]];
  readonly takesValue: boolean;
  /** It belongs to one requirement; else to the whole file. */
  readonly perRequirement: boolean;
}

function forFile(takesValue: boolean, ...spellings: [string, ...string[]]): OptionRule {
  return { spellings, takesValue, perRequirement: false };
}
function forOne(...spellings: [string, ...string[]]): OptionRule {
  return { spellings, takesValue: true, perRequirement: true };
}

/** Every option, its own name first. pip, "Requirements File Format", and what older ones had. */
const rules: readonly OptionRule[] = [
  forFile(true, '--requirement', '-r', '--requirements'),
  forFile(true, '--constraint', '-c', '--constraints'),
  forFile(true, '--editable', '-e'),
  forFile(true, '--index-url', '-i', '--pypi-url'),
  forFile(true, '--extra-index-url'),
  forFile(true, '--find-links', '-f'),
  forFile(false, '--no-index'),
  forFile(false, '--pre'),
  forFile(true, '--all-releases'),
  forFile(true, '--only-final'),
  forFile(false, '--prefer-binary'),
  forFile(true, '--no-binary'),
  forFile(true, '--only-binary'),
  forFile(false, '--require-hashes'),
  forFile(true, '--trusted-host'),
  forFile(true, '--use-feature'),
  forOne('--hash'),
  forOne('--config-settings', '-C', '--config-setting'),
  forOne('--global-option'),
];

/** The rule of an option by any of its spellings. */
export const optionRules: ReadonlyMap<string, OptionRule> = new Map(
  rules.flatMap((rule) => rule.spellings.map((spelling) => [spelling, rule] as const)),
);
