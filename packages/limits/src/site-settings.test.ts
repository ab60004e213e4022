import { siteSettingsSchema } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { loadSiteSettings } from './site-settings.ts';

const load = (text: string) => loadSiteSettings({ path: 'ds01.yaml', text });

test('a site without the file, and one with an empty file, has the defaults', () => {
  const defaults = siteSettingsSchema.parse({});
  expect(loadSiteSettings(null)).toEqual({ settings: defaults, problems: [] });
  expect(load('')).toEqual({ settings: defaults, problems: [] });
  expect(load('gate:\nleases: ~\nnetwork: {pool: null}\n').settings).toEqual(defaults);
});

test('settings of the file replace the defaults key by key', () => {
  const { settings, problems } = load(
    'site:\n  name: Lab\nleases:\n  reserve_ttl_s: 1.5\ngate: {mode: observe}\n' +
      'workspaces:\n  root: /srv/{user}/work\ndata:\n  roots: [/data, "/scratch:rw"]\n' +
      'shared_groups: [video]\nports:\n  range: 20000-29999\nserver:\n  tcp: 0.0.0.0:8443\n' +
      'lifecycle:\n  trust_declared_types: [api]\nshow_holders: none\nprobe:\n  timeout_ms: 200\n',
  );
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    site: { name: 'Lab', contact: null },
    leases: { reserve_ttl_s: 1.5 },
    gate: { mode: 'observe' },
    workspaces: { root: '/srv/{user}/work' },
    data: { roots: ['/data', '/scratch:rw'] },
    shared_groups: ['video'],
    ports: { bind: '127.0.0.1', range: '20000-29999' },
    server: { tcp: '0.0.0.0:8443', tls: null },
    lifecycle: { warning_lead_m: 10, trust_declared_types: ['api'], kept_days: 7 },
    show_holders: 'none',
    probe: { timeout_ms: 200, cache_ms: 2000 },
  });
});

test('a number with a unit may be written as a duration', () => {
  const { settings } = load(
    'leases:\n  reserve_ttl_s: 2m\nlifecycle:\n  warning_lead_m: 30s\n  extend_max_h: 2d\n' +
      '  kept_days: 2w\nprobe:\n  timeout_ms: 3s\n',
  );
  expect(settings?.leases.reserve_ttl_s).toBe(120);
  expect(settings?.lifecycle).toMatchObject({
    warning_lead_m: 0.5,
    extend_max_h: 48,
    kept_days: 14,
  });
  expect(settings?.probe.timeout_ms).toBe(3000);
});

test('an unreadable file keeps the settings from loading', () => {
  const { settings, problems } = loadSiteSettings({ path: 'ds01.yaml', text: null });
  expect(settings).toBeNull();
  expect(problems).toMatchObject([{ code: 'config.unreadable-file', file: 'ds01.yaml' }]);
});

test('an alias inside its own anchor and aliases of aliases end in a problem', () => {
  expect(load('data:\n  roots: &a [*a]\n').settings).toBeNull();
  const tenfold = (name: string, of: string) =>
    `${name}: &${name} [${Array(10).fill(of).join(', ')}]\n`;
  const laughs = ['b', 'c', 'd', 'e', 'f', 'g', 'h'].reduce(
    (text, name, index, names) => text + tenfold(name, index === 0 ? 'x' : `*${names[index - 1]}`),
    '',
  );
  expect(load(laughs).settings).toBeNull();
});

test('a wrong address of a server is found, and the secret in it is not repeated', () => {
  const { problems } = load(
    "notify:\n  webhooks: ['ftp://hooks.example.org/hidden']\n" +
      "  mail: { smtp: 'x://user:hidden@mail', from: x@example.org }\n",
  );
  expect(problems.map(({ line }) => line)).toEqual([2, 3]);
  expect(JSON.stringify(problems)).not.toContain('hidden');
});
