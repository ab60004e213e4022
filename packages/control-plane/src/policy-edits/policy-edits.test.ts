import { describe, expect, test } from 'vitest';
import { useEditedSite, overrides } from '../testing/edited-site.ts';
import { happened } from '../testing/happened.ts';
import { hourMs } from '../testing/world.ts';

const { world, act, textOf } = useEditedSite();
const eventsOf = (typePrefix: string) => happened(world(), typePrefix);

describe('limits of a user', () => {
  test('are set for good, told, and taken away without a trace', async () => {
    const set = await act('admin.limits.set', {
      user: 'alice',
      changes: { max_gpu_equivalents: '4', 'aggregate.memory_max': '64G', cpus: 'none' },
      reason: 'a paper',
    });
    expect(textOf('user-overrides.yaml')).toBe(
      `${overrides}alice:\n  max_gpu_equivalents: 4\n  aggregate:\n    memory_max: 64G\n  max_cpus: null\n`,
    );
    expect(set).toMatchObject({
      file: 'user-overrides.yaml',
      change: {
        user: 'alice',
        changes: [
          { key: 'max_gpu_equivalents', before: 2, after: 4, layerAfter: 'override', lineAfter: 5 },
          { key: 'max_cpus', before: 1, after: null },
          { key: 'aggregate.memory_max', before: null, after: '64G', lineAfter: 7 },
        ],
      },
    });
    expect(eventsOf('limits.set')).toMatchObject([
      {
        user: 'alice',
        uid: 2001,
        details: { by: 'dana', reason: 'a paper', changes: { max_gpu_equivalents: '4' } },
      },
    ]);
    const away = { max_gpu_equivalents: null, 'aggregate.memory_max': null, max_cpus: null };
    await act('admin.limits.set', { user: 'alice', changes: away });
    expect(textOf('user-overrides.yaml')).toBe(overrides);
    expect(await act('admin.limits.set', { user: 'alice', changes: away })).toMatchObject({
      file: null,
      change: { changes: [] },
    });
  });

  test('until a moment end by themselves, and are taken away before those for good', async () => {
    const untilMs = world().clock.nowMs() + 2 * hourMs;
    await act('admin.limits.set', { user: 'bob', changes: { max_cpus: '6' } });
    const set = await act('admin.limits.set', { user: 'bob', changes: { max_cpus: '9' }, untilMs });
    expect(set).toMatchObject({ file: 'temporary-overrides.yaml' });
    const cpus = async () =>
      (await act('admin.limits.explain', { user: 'bob', key: 'max_cpus' })).value;
    expect(await cpus()).toBe(9);
    world().clock.advance(2 * hourMs);
    expect(await cpus()).toBe(6);
    world().clock.advance(-hourMs);
    expect(
      await act('admin.limits.set', { user: 'bob', changes: { max_cpus: null } }),
    ).toMatchObject({
      file: 'temporary-overrides.yaml',
      change: { changes: [{ before: 9, after: 6 }] },
    });
    await act('admin.limits.set', { user: 'bob', changes: { max_cpus: null } });
    expect(await cpus()).toBe(1);
    expect(textOf('user-overrides.yaml')).toBe(overrides);
  });

  test('stay where they stand: in the limits file', async () => {
    const set = await act('admin.limits.set', { user: 'carol', changes: { memory: '2g' } });
    expect(set).toMatchObject({ file: 'resource-limits.yaml' });
    expect(textOf('resource-limits.yaml')).toContain('carol: {max_cpus: 2, memory: 2g} # inline');
  });

  test.each([
    [{ max_gpus: '2' }, /Did you mean max_gpu/],
    [{ memory_max: '2g' }, /Did you mean aggregate\.memory_max/],
    [{ max_cpus: 'lots' }, /max_cpus must be a number/],
    [{ allow_full_gpu: 'null' }, /allow_full_gpu must be true or false/],
    [{}, /No limit/],
  ])('are refused where the file would not take them: %j', async (changes, message) => {
    const set = act('admin.limits.set', { user: 'alice', changes });
    await expect(set).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(message),
    });
    expect(textOf('user-overrides.yaml')).toBe(overrides);
  });

  test('are refused when they end before they begin, or contradict each other', async () => {
    const past = { user: 'alice', changes: { max_cpus: '2' }, untilMs: world().clock.nowMs() };
    await expect(act('admin.limits.set', past)).rejects.toMatchObject({ code: 'request.invalid' });
    const both = { user: 'alice', changes: { memory: '4g', memory_swap: '2g' } };
    await expect(act('admin.limits.set', both)).rejects.toMatchObject({
      code: 'policy.refused',
      message: expect.stringContaining('memory_swap is below'),
    });
    await expect(
      act('admin.limits.set', { user: 'a b', changes: { max_cpus: '2' } }),
    ).rejects.toMatchObject({ code: 'user.unknown' });
    expect(textOf('user-overrides.yaml')).toBe(overrides);
    expect(eventsOf('limits.set')).toEqual([]);
  });

  test('of a dry run are shown and not written', async () => {
    const input = { user: 'alice', changes: { max_cpus: '2' } };
    expect(await act('admin.limits.set', input, { dryRun: true })).toMatchObject({
      file: 'user-overrides.yaml',
      change: { changes: [{ key: 'max_cpus', before: 1, after: 2 }] },
    });
    expect(textOf('user-overrides.yaml')).toBe(overrides);
    expect(eventsOf('limits.set')).toEqual([]);
  });

  test('can be set beside a file with errors, but bring no new ones', async () => {
    world().config.set('groups/student.members', 'two words\n');
    const set = await act('admin.limits.set', { user: 'alice', changes: { max_cpus: '2' } });
    expect(set).toMatchObject({
      file: 'user-overrides.yaml',
      change: null,
      message: expect.stringContaining('when those are mended'),
    });
    world().config.set('user-overrides.yaml', 'bob: {max_cpu: 2}\n');
    await act('admin.limits.set', { user: 'alice', changes: { max_cpus: '2' } });
    expect(textOf('user-overrides.yaml')).toContain('alice');
  });

  test('land although somebody edits the file at the same moment, and nothing is lost', async () => {
    let edits = 0;
    world().config.beforeWrite = () => {
      edits += 1;
      if (edits < 3)
        world().config.set('user-overrides.yaml', `${textOf('user-overrides.yaml')}# ${edits}\n`);
    };
    await Promise.all([
      act('admin.limits.set', { user: 'alice', changes: { max_cpus: '2' } }),
      act('admin.limits.set', { user: 'bob', changes: { max_cpus: '3' } }),
    ]);
    expect(textOf('user-overrides.yaml')).toBe(
      '# Limits of single people.\nbob:\n  memory: 2g # two\n  max_cpus: 3\nalice:\n  max_cpus: 2\n# 1\n# 2\n',
    );
    expect(eventsOf('limits.set')).toHaveLength(2);
  });

  test('that a command set survive a mistake by hand a moment later', async () => {
    await act('admin.limits.set', { user: 'alice', changes: { max_cpus: '2' } });
    world().config.set('user-overrides.yaml', 'alice: 7\n');
    expect(await act('admin.limits.explain', { user: 'alice', key: 'max_cpus' })).toMatchObject({
      value: 2,
      layer: 'override',
    });
  });

  test('are not written over somebody who edits without end', async () => {
    world().config.beforeWrite = () =>
      world().config.set('user-overrides.yaml', `${textOf('user-overrides.yaml')}#\n`);
    await expect(
      act('admin.limits.set', { user: 'alice', changes: { max_cpus: '2' } }),
    ).rejects.toMatchObject({ code: 'policy.changed' });
  });
});

describe('exemptions', () => {
  test('are added, listed and ended', async () => {
    const untilMs = Date.UTC(2026, 1, 1);
    const input = { user: 'alice', rules: ['idle_timeout_h' as const], untilMs, reason: 'a paper' };
    const added = await act('admin.exemptions.add', input);
    expect(added.message).toBe(
      'alice is exempt from idle_timeout_h until 2026-02-01T00:00:00.000Z.',
    );
    expect(textOf('lifecycle-exemptions.yaml')).toBe(
      'exemptions:\n  - username: alice\n    exempt_from: [idle_timeout_h]\n    expires_on: 2026-01-31\n    reason: "a paper"\n    approved_by: dana\n    approved_on: 2026-01-05\n',
    );
    expect(await act('admin.exemptions.add', input)).toMatchObject({ file: null });
    const listed = await act('admin.exemptions', {});
    expect(listed.exemptions).toMatchObject([
      { user: 'alice', active: true, until: '2026-02-01T00:00:00.000Z', line: 2 },
    ]);
    await act('admin.exemptions.remove', { user: 'alice' });
    expect((await act('admin.exemptions', {})).exemptions).toEqual([]);
    await expect(act('admin.exemptions.remove', { user: 'alice' })).rejects.toMatchObject({
      code: 'exemption.not-found',
    });
    expect(eventsOf('exemption.').map(({ type }) => type)).toEqual([
      'exemption.added',
      'exemption.removed',
    ]);
  });
});
