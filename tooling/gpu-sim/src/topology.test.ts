import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySlices, migProfiles } from './mig-profiles.ts';
import { presets } from './presets.ts';
import { parseTopology, parseTopologyText, type TopologyInput } from './topology.ts';

const withInstances = (
  ...instances: readonly [string, number, number, number][]
): TopologyInput => ({
  devices: [
    {
      index: 0,
      model: 'NVIDIA A100-SXM4-40GB',
      migMode: 'enabled',
      migInstances: instances.map(([profile, gpuInstanceId, start, size]) => ({
        profile,
        gpuInstanceId,
        placement: { start, size },
      })),
    },
  ],
});

describe('a topology', () => {
  it('gives every device and MIG device its own UUID, the same on every run', () => {
    for (const preset of Object.values(presets)) {
      const first = parseTopology(preset);
      expect(parseTopology(preset)).toEqual(first);
      const uuids = first.devices.flatMap((device) => [
        device.uuid,
        ...device.migInstances.map(({ uuid }) => uuid),
      ]);
      expect(new Set(uuids).size).toBe(uuids.length);
      for (const uuid of uuids) {
        expect(uuid).toMatch(/^(?:GPU|MIG)-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u);
      }
    }
  });

  it('survives being written to a file and read again', () => {
    for (const preset of Object.values(presets)) {
      const topology = parseTopology(preset);
      expect(parseTopologyText(JSON.stringify(topology))).toEqual(topology);
    }
  });

  it('has the partitioned GPU of the a100x4-mig preset on disjoint slices', () => {
    const { devices } = parseTopology(presets['a100x4-mig']);
    expect(devices[3]?.migInstances.map(({ profile }) => profile)).toEqual([
      '3g.20gb',
      '2g.10gb',
      '1g.5gb',
      '1g.5gb',
    ]);
    expect(devices.map(({ migMode }) => migMode)).toEqual([
      'disabled',
      'disabled',
      'disabled',
      'enabled',
    ]);
  });

  it('refuses MIG instances that overlap, lie where the board has no place, or are unknown', () => {
    const overlapping = withInstances(['3g.20gb', 1, 0, 4], ['2g.10gb', 3, 2, 2]);
    expect(() => parseTopology(overlapping)).toThrow('GPU instances 1 and 3 of GPU 0 overlap');
    expect(() => parseTopology(withInstances(['3g.20gb', 1, 2, 4]))).toThrow(
      "can't be placed at 2:4",
    );
    expect(() => parseTopology(withInstances(['3g.40gb', 1, 0, 4]))).toThrow(
      'no MIG profile 3g.40gb',
    );
  });

  it('refuses devices out of order, unknown keys and text that is not JSON', () => {
    expect(() => parseTopology({ devices: [{ index: 1, model: 'NVIDIA L40S' }] })).toThrow(
      'devices[0] has index 1',
    );
    expect(() => parseTopology({ devices: [], gpus: [] })).toThrow('gpus');
    expect(() => parseTopologyText('{')).toThrow('not JSON');
  });
});

describe('the MIG profiles', () => {
  it('never exceed the compute slices of a GPU when placements do not overlap', () => {
    const families = fc.constantFrom(...Object.entries(migProfiles));
    fc.assert(
      fc.property(families, fc.array(fc.nat()), ([family, profiles], picks) => {
        const total = family === 'a30' ? 4 : 8;
        const taken = new Set<number>();
        let computeSlices = 0;
        const places = profiles.flatMap((profile) =>
          profile.starts.map((start) => ({ profile, start })),
        );
        for (const pick of picks) {
          const place = places[pick % places.length];
          if (place === undefined) continue;
          const slices = Array.from({ length: place.profile.size }, (_, n) => place.start + n);
          expect(Math.max(...slices)).toBeLessThan(total);
          if (slices.some((slice) => taken.has(slice))) continue;
          for (const slice of slices) taken.add(slice);
          computeSlices += place.profile.computeSlices;
        }
        expect(computeSlices).toBeLessThanOrEqual(family === 'a30' ? 4 : 7);
      }),
    );
  });

  it('fit as often as the tool says they do', () => {
    for (const [family, profiles] of Object.entries(migProfiles)) {
      const slices = family === 'a30' ? memorySlices('a30') : memorySlices('h100');
      for (const profile of profiles) {
        const media = profile.name.endsWith('+me');
        expect(profile.maxInstances, `${family} ${profile.name}`).toBe(
          media ? 1 : profile.starts.length,
        );
        expect(profile.starts.every((start) => start + profile.size <= slices)).toBe(true);
      }
    }
  });
});
