import { deployOutputSchema } from '@ds01/contracts';
import {
  type CommandOutcome,
  type Sandbox,
  allContainers,
  devicesOf,
  retireAll,
  configWith,
  failureOf,
} from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { expectAgreement } from './harness/agreement.ts';
import { canRun, isLong, useSandbox } from './harness/use-sandbox.ts';

/** 60 processes that each start an nvidia-smi keep two processors busy for longer than one may take. */
const patient = 'probe: {timeout_ms: 60000}\n';

const users = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'];

/** As many processes at once as asked for each user. */
async function deployAtOnce(
  sandbox: Sandbox,
  attemptsOfEach: number,
): Promise<readonly { readonly user: string; readonly outcome: CommandOutcome }[]> {
  const attempts = users.flatMap((user) =>
    Array.from({ length: attemptsOfEach }, (_, index) => ({ user, name: `n${String(index)}` })),
  );
  return await Promise.all(
    attempts.map(async ({ user, name }) => {
      const words = ['container', 'deploy', name, '--image', 'ds01/busybox', '--json'];
      return { user, outcome: await sandbox.ds01(words, { user, timeoutMs: 110_000 }) };
    }),
  );
}

/** Refusals as code -> number, after every one was found to be an orderly refusal. */
function refusalsOf(attempts: readonly { readonly outcome: CommandOutcome }[]) {
  const counts: Record<string, number> = {};
  for (const { outcome } of attempts) {
    if (outcome.code === 0) continue;
    const { exitCode, code, detail, hint } = failureOf(outcome);
    expect({ exitCode, code, detail, hint }).toEqual({
      exitCode: 5,
      code: expect.stringMatching(/^(?:gpu\.none-free|quota\.)/),
      detail: expect.stringMatching(/\w/),
      hint: expect.stringMatching(/^ds01 /),
    });
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

describe.skipIf(!canRun)('60 deploys at once on 8 GPUs', () => {
  const sandbox = useSandbox({
    name: 'rush',
    gpus: 'h100x8',
    config: configWith({ max_gpu_equivalents: 2, max_containers_per_user: 3 }, patient),
  });

  test('give out every GPU once, two at most to a user, and refuse the others with a reason', async () => {
    const attempts = await deployAtOnce(sandbox(), 10);
    const winners = attempts.filter(({ outcome }) => outcome.code === 0);
    const refusals = refusalsOf(attempts);
    expect(winners).toHaveLength(8);
    expect(Object.values(refusals).reduce((sum, count) => sum + count, 0)).toBe(52);
    for (const user of users) {
      expect(winners.filter((winner) => winner.user === user).length).toBeLessThanOrEqual(2);
    }
    const promised = winners.flatMap(
      ({ outcome }) => outcome.json(deployOutputSchema).lease?.uuids ?? [],
    );
    const given = (await allContainers(sandbox())).flatMap(devicesOf);
    expect(new Set(given).size).toBe(8);
    expect(given.toSorted()).toEqual(promised.toSorted());
    await expectAgreement(sandbox());
    await retireAll(sandbox(), users);
    expect(sandbox().resources()).toEqual({ grants: [], pins: [], cgroups: [] });
  });

  test('stop at the quotas where these are smaller than the server', async () => {
    sandbox().configure(
      configWith({ max_gpu_equivalents: 1, max_containers_per_user: 3 }, patient),
    );
    const attemptsOfEach = isLong ? 4 : 2;
    const attempts = await deployAtOnce(sandbox(), attemptsOfEach);
    const refused = users.length * (attemptsOfEach - 1);
    expect(refusalsOf(attempts)).toEqual({ 'quota.gpu-exceeded': refused });
    const winners = attempts.filter(({ outcome }) => outcome.code === 0).map(({ user }) => user);
    expect(winners.toSorted()).toEqual(users);
    await expectAgreement(sandbox());
    await retireAll(sandbox(), users);
  });
});

describe.skipIf(!canRun)('many deploys at once on 3 GPUs and 4 MIG instances', () => {
  const sandbox = useSandbox({
    name: 'rush-mig',
    gpus: 'a100x4-mig',
    config: configWith({ max_gpu_equivalents: 1, max_containers_per_user: 3 }, patient),
  });

  test('give out each of the 7 slots once, one GPU equivalent at most to a user', async () => {
    const attempts = await deployAtOnce(sandbox(), isLong ? 6 : 4);
    refusalsOf(attempts);
    const winners = attempts.filter(({ outcome }) => outcome.code === 0);
    const weights = winners.map(({ user, outcome }) => ({
      user,
      weight: outcome.json(deployOutputSchema).container.gpuEquivalents,
    }));
    expect(weights.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(4);
    for (const user of users) {
      const own = weights.filter((winner) => winner.user === user);
      expect(own.length).toBeLessThanOrEqual(3);
      expect(own.reduce((sum, { weight }) => sum + weight, 0)).toBeLessThanOrEqual(1 + 1e-9);
    }
    expect(new Set((await allContainers(sandbox())).flatMap(devicesOf)).size).toBe(7);
    await expectAgreement(sandbox());
    await retireAll(sandbox(), users);
    expect(sandbox().resources()).toEqual({ grants: [], pins: [], cgroups: [] });
  });
});
