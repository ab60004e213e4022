import { join } from 'node:path';
import { commandOutputSchemas, errorOutputSchema } from '@ds01/contracts';
import { nameOf } from '@ds01/command-line';
import { configWith, type CommandOutcome } from '@ds01/e2e';
import { beforeAll, describe, expect, test } from 'vitest';
import { commandTable } from '../src/command-table.ts';
import { story, type Step } from './harness/golden-story.ts';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

const commands = commandTable.filter(({ load }) => load !== null).map(nameOf);
const isJson = ({ line }: Step): boolean => line.split(' -- ')[0]?.includes('--json') === true;

test('every command is in the story, for people and for programs', () => {
  const shown = (json: boolean) =>
    new Set(story.filter((step) => isJson(step) === json).map(({ of }) => of));
  expect(commands.filter((name) => !shown(false).has(name))).toEqual([]);
  expect(commands.filter((name) => !shown(true).has(name))).toEqual([]);
  expect(commands.filter((name) => commandOutputSchemas[name] === undefined)).toEqual([]);
  expect(story.map(({ of }) => of).filter((name) => !commands.includes(name))).toEqual([]);
});

describe.skipIf(!canRun)('what the commands print', () => {
  const sandbox = useSandbox({
    name: 'golden',
    daemon: true,
    gpus: 'a100x4-mig',
    config: configWith(),
  });
  const told: { readonly step: Step; readonly outcome: CommandOutcome }[] = [];

  beforeAll(async () => {
    const { programs, run } = sandbox();
    const ds01 = ['env', 'COLUMNS=80', programs.node, programs.entry('cli')];
    for (const step of story) {
      const outcome = await run([...ds01, ...step.line.split(' ')], { user: 'alice' });
      told.push({ step, outcome });
    }
  });

  test.each(commands)('%s is what was agreed', async (name) => {
    const own = told.filter(({ step }) => step.of === name);
    const text = own.map(({ step, outcome }) => shownAs(step, outcome, sandbox().host.paths.root));
    const file = join(import.meta.dirname, 'golden', `${name.replace(' ', '-')}.txt`);
    await expect(`${text.join('\n')}\n`).toMatchFileSnapshot(file);
  });

  test('with --json there is one document of the contracts, whatever happens', () => {
    for (const { step, outcome } of told.filter((one) => isJson(one.step))) {
      const schema = outcome.code === 0 ? commandOutputSchemas[step.of] : errorOutputSchema;
      expect(() => outcome.json(schema ?? errorOutputSchema), step.line).not.toThrow();
    }
  });

  test('no row for people is wider than the terminal, and none has a control character', () => {
    for (const { step, outcome } of told.filter((one) => !isJson(one.step))) {
      expect(outcome.stdout, step.line).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F]/);
      if (step.of === 'completion') continue;
      const rows = outcome.stdout.split('\n').filter((line) => /\S {2,}\S/.test(line));
      expect(
        rows.filter((row) => row.length > 80),
        step.line,
      ).toEqual([]);
    }
  });
});

/** A command as it looks in a terminal without colours: what was typed, both outputs, the exit code. */
function shownAs({ line, varies }: Step, outcome: CommandOutcome, root: string): string {
  const remarks = outcome.stderr.split('\n').filter((text) => text !== '');
  const printed = [
    ...(outcome.stdout === '' ? [] : [outcome.stdout.trimEnd()]),
    ...remarks.map((remark) => `stderr: ${remark}`),
    ...(outcome.code === 0 ? [] : [`exit code ${String(outcome.code)}`]),
  ].join('\n');
  // What varies has no fixed width, and columns beside it no fixed place.
  const text =
    varies === undefined
      ? printed
      : printed.replaceAll(varies, '(varies)').replaceAll(/(?<=\S) {2,}/g, '  ');
  const same = `$ ds01 ${line}\n${text}`
    .replaceAll(root, '/sandbox')
    .replaceAll(/ds01-golden-\d+/g, 'ds01-golden')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-01-01T00:00:00.000Z')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '2026-01-01 00:00:00')
    .replaceAll(/\d{4}-\d\d-\d\d(?!T)/g, '2026-01-01')
    .replaceAll(/\b[0-9a-f]{64}\b/g, '0'.repeat(64))
    .replaceAll(/(?<![\w-])[0-9a-f]{12}\b/g, '0'.repeat(12))
    .replaceAll(/\bl[0-9a-z]{20}\b/g, `l${'0'.repeat(20)}`)
    .replaceAll(/\bq[0-9a-z]{20}\b/g, `q${'0'.repeat(20)}`)
    .replaceAll(/(?<!GPU-|MIG-)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'uuid')
    .replaceAll(/v\d+\.\d+\.\d+/g, 'v0.0.0');
  return `${same}\n`;
}
