import { expect, test } from 'vitest';
import { checkLimits } from '../admin.ts';
import { checkPolicy } from '../doctor/policy.ts';
import { createWorld } from '../testing/world.ts';

const path = '/etc/ds01/bases.csv';
const settings = `images: { catalogue: ${path} }\n`;
const good = 'Pytorch, 99.0.0, [CUDA_ADA], registry.example.org/ai/pytorch:99, cuda=12.6';

test.each([
  ['is not there', {}, 'config.missing-file', 1],
  ['has a mistake', { [path]: `${good}\nnothing, of, sense\n` }, 'config.invalid-value', 2],
] as const)(
  'a catalogue of bases that %s is told by the check of the files and by the doctor, with its line',
  async (_what, namedFiles, code, line) => {
    const deps = createWorld({ settings, namedFiles }).deps();
    const check = await checkLimits(deps);
    expect(check).toMatchObject({ valid: false, stale: false });
    expect(check.problems).toContainEqual(expect.objectContaining({ code, file: path, line }));
    const [summary, ...found] = (await checkPolicy(deps)).checks;
    expect(summary).toMatchObject({ id: 'policy', ok: true });
    expect(found).toMatchObject([{ id: 'policy-problem', ok: false, severity: 'error' }]);
    expect(found[0]?.message).toContain(`${path}:${String(line)}:`);
  },
);

test('one without mistakes is nothing to tell', async () => {
  const deps = createWorld({ settings, namedFiles: { [path]: `${good}\n` } }).deps();
  expect(await checkLimits(deps)).toEqual({ valid: true, stale: false, problems: [] });
  expect((await checkPolicy(deps)).checks.map(({ ok }) => ok)).toEqual([true]);
});
