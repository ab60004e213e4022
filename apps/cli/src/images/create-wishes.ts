import { listFlag, switchFlag, textFlag, type FlagValues } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import { isUseCase, type UseCase } from '@ds01/dockerfile-builder';
import { packagesOfFlags, wordsOfFlags } from './package-words.ts';

/** What a new image shall have, as the flags say. */
export interface CreateWishes {
  /** `null` asks the catalogue for `framework`. */
  readonly base: string | null;
  readonly framework: string | null;
  readonly version: string | null;
  readonly python: string | null;
  readonly pin: boolean;
  readonly useCase: UseCase | null;
  readonly jupyter: boolean;
  readonly dataScience: boolean;
  /** True with `--type`: the tools that people expect are installed, too. */
  readonly usual: boolean;
  readonly packages: readonly string[];
  readonly system: readonly string[];
  readonly requirements: readonly string[];
  readonly conda: string | null;
  readonly uv: boolean;
  readonly multiStage: boolean;
}

const frameworkNames: Readonly<Record<string, string>> = { torch: 'pytorch', tf: 'tensorflow' };

/** The wishes of a command line. Fails with `usage.invalid` and `requirements.invalid`. */
export function createWishesOf(flags: FlagValues): CreateWishes {
  const [base, given] = [textFlag(flags, 'base'), textFlag(flags, 'framework')];
  const word = given?.toLowerCase() ?? null;
  const framework = word === null ? null : (frameworkNames[word] ?? word);
  if (framework === 'custom' && base === null) {
    throw invalid(
      'A custom image begins with one of your choice.',
      'ds01 image create thesis --base debian:12',
    );
  }
  if (base !== null && framework !== null && framework !== 'custom') {
    throw invalid(
      '--base names the image, and --framework would choose one.',
      'ds01 image create thesis --base debian:12',
    );
  }
  const [version, python] = [textFlag(flags, 'version'), textFlag(flags, 'python')];
  if (base !== null && (version !== null || python !== null)) {
    throw invalid(
      '--version and --python choose among the bases of a framework.',
      'ds01 image create thesis --base debian:12',
    );
  }
  const type = textFlag(flags, 'type')?.toLowerCase() ?? null;
  if (type !== null && type !== 'custom' && !isUseCase(type)) {
    throw invalid(
      `There is no use case ${JSON.stringify(type)}: ml, cv, nlp, rl, audio, ts, llm, custom.`,
      'ds01 image create thesis --framework pytorch --type ml',
    );
  }
  const usual = type !== null && type !== 'custom';
  return {
    base,
    framework: framework === 'custom' ? null : framework,
    version,
    python,
    pin: switchFlag(flags, 'pin'),
    useCase: type !== null && isUseCase(type) ? type : null,
    jupyter: chosen(flags['jupyter'], usual),
    dataScience: chosen(flags['dataScience'], usual),
    usual,
    packages: packagesOfFlags(listFlag(flags, 'packages')),
    system: wordsOfFlags(listFlag(flags, 'system')),
    requirements: listFlag(flags, 'requirements'),
    conda: textFlag(flags, 'conda'),
    uv: switchFlag(flags, 'uv'),
    multiStage: switchFlag(flags, 'multiStage'),
  };
}

function chosen(flag: unknown, preset: boolean): boolean {
  return typeof flag === 'boolean' ? flag : preset;
}

function invalid(message: string, hint: string) {
  return ds01Error('usage.invalid', { message, hint });
}
