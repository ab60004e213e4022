import { isDs01Error, siteSettingsSchema } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { loadCurrentPolicy } from '../policy.ts';
import { requestFor } from '../testing/commands.ts';
import { alice } from '../testing/people.ts';
import { createWorld, roomyLimits } from '../testing/world.ts';
import { grantedResources, type AskedResources } from './asked-resources.ts';
import { portsOf } from './published-ports.ts';
import { gpuInWords } from './request.ts';
import { readSecrets } from './secrets.ts';
import type { DeployInput } from './input.ts';

function codeOf(check: () => unknown): string {
  try {
    check();
    return 'fine';
  } catch (error) {
    return isDs01Error(error) ? error.code : String(error);
  }
}

const one = { containerPort: 8888, protocol: 'tcp' as const, hostPort: null };

function ports(input: Partial<DeployInput>, yaml: unknown = {}) {
  const settings = siteSettingsSchema.parse(yaml);
  return portsOf(requestFor('thesis', input), {
    settings,
    name: 'thesis',
    dockerName: 'thesis._.alice',
  });
}

test.each([
  ['a port that is left to the engine', [one], {}, 'fine'],
  ['an ordinary port', [{ ...one, hostPort: 8888 }], {}, 'fine'],
  ['a port of root', [{ ...one, hostPort: 80 }], {}, 'port.refused'],
  ['a port that is none', [{ ...one, hostPort: 70_000 }], {}, 'port.refused'],
  ['a container port that is none', [{ ...one, containerPort: 0 }], {}, 'port.refused'],
  ['a port outside of the range', [{ ...one, hostPort: 8888 }], '20000-20009', 'port.refused'],
  ['a port of the range', [{ ...one, hostPort: 20_009 }], '20000-20009', 'fine'],
  [
    'a port twice',
    [
      { ...one, hostPort: 9000 },
      { ...one, hostPort: 9000 },
    ],
    {},
    'port.refused',
  ],
] as const)('ports: %s', (_, asked, range, expected) => {
  const yaml = typeof range === 'string' ? { ports: { range } } : {};
  expect(codeOf(() => ports({ ports: asked }, yaml))).toBe(expected);
});

test('ports listen where the site says', () => {
  expect(ports({ ports: [one] })).toEqual([{ ...one, hostAddress: '127.0.0.1' }]);
  expect(ports({ ports: [one] }, { ports: { bind: '0.0.0.0' } })).toMatchObject([
    { hostAddress: '0.0.0.0' },
  ]);
});

test('ports that are left to us come from the range, each once, and the same for the same request', () => {
  const asked = [1, 2, 3].map((containerPort) => ({ ...one, containerPort }));
  const pick = () => ports({ ports: asked }, { ports: { range: '20000-20002' } });
  const hostPorts = new Set(pick().map(({ hostPort }) => hostPort));
  expect(hostPorts).toEqual(new Set([20_000, 20_001, 20_002]));
  expect(pick()).toEqual(pick());
});

test('the network of the host is for sites that allow it, and has no ports to publish', () => {
  const allowing = { network: { allow_host: true } };
  expect(codeOf(() => ports({ network: 'host' }))).toBe('network.refused');
  expect(codeOf(() => ports({ network: 'host' }, allowing))).toBe('fine');
  expect(codeOf(() => ports({ network: 'host', ports: [one] }, allowing))).toBe('port.refused');
  expect(codeOf(() => ports({ network: 'none' }))).toBe('fine');
});

const encode = (text: string): string => btoa(text);

test.each([
  ['a name', [{ name: 'token', base64: encode('x') }], 'fine'],
  ['a path', [{ name: '../token', base64: '' }], 'usage.invalid'],
  ['the folder itself', [{ name: '..', base64: '' }], 'usage.invalid'],
  ['no name', [{ name: '', base64: '' }], 'usage.invalid'],
  [
    'two of a name',
    [
      { name: 'a', base64: '' },
      { name: 'a', base64: '' },
    ],
    'usage.invalid',
  ],
  ['no base64', [{ name: 'a', base64: '!!!!' }], 'usage.invalid'],
  ['half a megabyte', [{ name: 'a', base64: encode('x'.repeat(512 * 1024)) }], 'fine'],
  ['more', [{ name: 'a', base64: encode('x'.repeat(512 * 1024 + 1)) }], 'usage.invalid'],
] as const)('secrets: %s', (_, secrets, expected) => {
  expect(codeOf(() => readSecrets({ secrets }, 'thesis'))).toBe(expected);
});

test('bytes of secrets arrive as they were sent', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const base64 = btoa(String.fromCharCode(...bytes));
  expect(readSecrets({ secrets: [{ name: 'all', base64 }] }, 'thesis')[0]?.bytes).toEqual(bytes);
});

const nothing: AskedResources = { cpus: null, memoryBytes: null, shmSizeBytes: null };
const gibibyte = 2 ** 30;

function granted(asked: Partial<AskedResources>, limits = roomyLimits) {
  return decided(asked, limits).resources;
}

function decided(asked: Partial<AskedResources>, limits = roomyLimits) {
  const world = createWorld({ limits });
  try {
    const user = loadCurrentPolicy(world.deps()).forUser(alice.owner.name);
    const host = { cpuCount: 4, memoryBytes: 8 * gibibyte, usedMemoryBytes: gibibyte };
    return grantedResources(user, { ...nothing, ...asked }, host);
  } finally {
    world.close();
  }
}

test('without asking a container has its limits', () => {
  expect(granted({})).toMatchObject({ nanoCpus: 1e9, memoryBytes: gibibyte });
});

test('less than the limits is given as it is asked for, swap in proportion', () => {
  const given = granted({ cpus: 0.5, memoryBytes: gibibyte / 2, shmSizeBytes: 1024 });
  expect(given).toMatchObject({
    nanoCpus: 5e8,
    memoryBytes: gibibyte / 2,
    memorySwapBytes: gibibyte / 2,
    shmSizeBytes: 1024,
  });
});

test.each([
  [{ cpus: 2 }, 'quota.cpus-exceeded'],
  [{ memoryBytes: 2 * gibibyte }, 'quota.memory-exceeded'],
  [{ shmSizeBytes: gibibyte }, 'quota.memory-exceeded'],
  [{ cpus: 0 }, 'usage.invalid'],
  [{ memoryBytes: 1 }, 'usage.invalid'],
] as const)('%j is refused', (asked, code) => {
  expect(codeOf(() => granted(asked))).toBe(code);
});

test('a refusal says how much may be had and where it is written', () => {
  expect(() => granted({ cpus: 2 })).toThrow(/resource-limits\.yaml line \d+.*max_cpus/);
});

test('what nobody limits ends at what the host has', () => {
  const limits = roomyLimits.replace('max_cpus: 1', 'max_cpus: null');
  expect(granted({ cpus: 64 }, limits)).toMatchObject({ nanoCpus: 4e9 });
});

test('what was asked for above what the host has is lowered, and that is said', () => {
  const limits = roomyLimits
    .replace('max_cpus: 1', 'max_cpus: 32')
    .replace('memory: 1g', 'memory: 64g')
    .replace('memory_swap: 1g', 'memory_swap: 64g');
  const notices = (asked: Partial<AskedResources>) =>
    decided(asked, limits).notices.map(({ message }) => message);
  expect(notices({ cpus: 20, memoryBytes: 16 * gibibyte })).toEqual([
    '20 CPUs were asked for; the server has 4, which are given.',
    '16 GiB of memory were asked for; the server has 8 GiB, which are given.',
  ]);
  expect(notices({ cpus: 3, memoryBytes: gibibyte })).toEqual([]);
  expect(notices({})).toHaveLength(2);
});

test('a refusal tells what is used of a limit of all together, and nothing of one container’s own', () => {
  const limits = roomyLimits.replace('defaults:', 'defaults:\n  aggregate: { memory_max: 2g }');
  const detailsOf = (asked: Partial<AskedResources>, text: string) => {
    try {
      granted(asked, text);
    } catch (error) {
      if (isDs01Error(error)) return error.details;
    }
    return {};
  };
  const wide = limits
    .replace('memory: 1g', 'memory: 4g')
    .replace('memory_swap: 1g', 'memory_swap: 4g');
  expect(detailsOf({ memoryBytes: 3 * gibibyte }, wide)).toMatchObject({
    key: 'aggregate.memory_max',
    used: gibibyte,
    asked: 3 * gibibyte,
    allowed: 2 * gibibyte,
  });
  expect(detailsOf({ memoryBytes: 3 * gibibyte }, limits)).toMatchObject({
    key: 'memory',
    used: null,
    allowed: gibibyte,
  });
});

test.each([
  [{ kind: 'none' }, '--cpu-only'],
  [{ kind: 'any' }, 'one GPU'],
  [{ kind: 'whole', count: 2 }, '--gpus 2'],
  [{ kind: 'any', minMemoryBytes: 20 * gibibyte }, '--gpu-memory 20GiB'],
  [{ kind: 'mig', profile: '3g.20gb', count: 1, model: 'A100' }, '--mig 3g.20gb --gpu-type A100'],
] as const)('%j is %s', (request, words) => {
  expect(gpuInWords(request)).toBe(words);
});
