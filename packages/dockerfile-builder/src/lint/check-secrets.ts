import type { DockerfileDocument } from '../document/types.ts';
import { findingAt } from './finding.ts';
import { type InstructionProperty, propertiesOf } from './properties.ts';
import type { LintFinding } from './types.ts';

/** Secrets that ENV and ARG would leave in the image and its history. A value is never repeated. */
export function checkSecrets(document: DockerfileDocument): LintFinding[] {
  return document.instructions.flatMap((instruction) =>
    propertiesOf(instruction)
      .filter((property) => isSecret(instruction.keyword, property))
      .map(({ name, at }) =>
        findingAt(document, instruction, {
          rule: 'secret-in-image',
          message: `${name} looks like a secret; it stays in the image's history.`,
          hint: 'Give it to the container when it runs: container deploy --env-file FILE.',
          at,
        }),
      ),
  );
}

const secretWords = new Set(
  'PASSWORD PASSWD PASS PASSPHRASE SECRET TOKEN APIKEY CREDENTIALS'.split(' '),
);
const secretEndings = /(^|_)(API|ACCESS|PRIVATE|SECRET|ENCRYPTION)_?KEY$/;
const secretValues =
  /^(AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|hf_\w{20,}|sk-[\w-]{20,}|glpat-[\w-]{16,})/;
/** An address with a password in it, which isn't a variable. */
const secretAddress = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]+:[^/\s@$]+@/i;

function isSecret(keyword: string, { name, value }: InstructionProperty): boolean {
  if (value !== null && (secretValues.test(value) || secretAddress.test(value))) return true;
  if (keyword === 'ENV' && (value === null || value === '')) return false;
  const upper = name.toUpperCase();
  if (/_(FILE|PATH|DIR|URL)$/.test(upper)) return false;
  return upper.split(/[_.-]/).some((part) => secretWords.has(part)) || secretEndings.test(upper);
}
