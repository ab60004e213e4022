import { expect, test } from 'vitest';
import { migGeometryOf, type MigGeometry } from '@ds01/gpu-allocator';
import { acceptedBy } from './accepted.ts';
import { mostAccepted } from './most-accepted.ts';
import { shortStream, type Visit } from './short-stream.ts';

interface Tenant {
  readonly gpu: number;
  readonly bits: number;
  readonly to: number;
}

/** Every placement and every refusal, one after the other. */
function tryEverything(
  geometry: MigGeometry,
  gpuCount: number,
  visits: readonly Visit[],
  before: readonly Tenant[] = [],
): number {
  const [visit, ...rest] = visits;
  if (visit === undefined) return 0;
  const tenants = before.filter(({ to }) => to > visit.from);
  let most = tryEverything(geometry, gpuCount, rest, tenants);
  for (let gpu = 0; gpu < gpuCount; gpu += 1) {
    for (const { bits } of geometry.profiles[visit.profile]?.places ?? []) {
      if (tenants.some((tenant) => tenant.gpu === gpu && (tenant.bits & bits) !== 0)) continue;
      const next = [...tenants, { gpu, bits, to: visit.to }];
      most = Math.max(most, 1 + tryEverything(geometry, gpuCount, rest, next));
    }
  }
  return most;
}

const boards = ['NVIDIA A100-SXM4-40GB', 'NVIDIA A30'].flatMap(
  (model) => migGeometryOf(model) ?? [],
);

test.each([1, 2])(
  'what is found with foresight on %i GPUs is what trying everything finds',
  (gpuCount) => {
    for (const geometry of boards) {
      for (let seed = 0; seed < 12; seed += 1) {
        const visits = shortStream(geometry, { gpuCount, arrivals: 5, seed });
        const most = mostAccepted({ geometry, gpuCount, visits, mayTurnAway: true });
        expect(most).toBe(tryEverything(geometry, gpuCount, visits));
      }
    }
  },
);

test('nobody without foresight accepts more, and turning away can only help', () => {
  for (const geometry of boards) {
    for (let seed = 0; seed < 20; seed += 1) {
      const visits = shortStream(geometry, { gpuCount: 1, arrivals: 8, seed });
      const accepting = mostAccepted({ geometry, gpuCount: 1, visits, mayTurnAway: false });
      const most = mostAccepted({ geometry, gpuCount: 1, visits, mayTurnAway: true });
      expect(accepting).toBeLessThanOrEqual(most);
      for (const strategy of ['packed', 'best-fit', 'first-fit', 'distributed'] as const) {
        const count = acceptedBy({ strategy }, { geometry, gpuCount: 1, visits });
        expect(count).toBeLessThanOrEqual(accepting);
      }
    }
  }
});
