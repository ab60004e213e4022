import { migUuid } from '../identity.ts';
import { generationDrivers, generationOf, isGenerationName } from '../render/generation.ts';
import type { Topology } from '../topology.ts';

const cudaVersions: readonly (readonly [fromMajor: number, cudaVersion: string])[] = [
  [590, '13.1'],
  [580, '13.0'],
  [575, '12.9'],
  [570, '12.8'],
  [560, '12.6'],
  [550, '12.4'],
  [535, '12.2'],
  [525, '12.0'],
  [520, '11.8'],
  [515, '11.7'],
  [470, '11.4'],
  [460, '11.2'],
  [0, '11.0'],
];

const driverOf = (word: string): { driverVersion: string; cudaVersion: string } => {
  if (isGenerationName(word)) return generationDrivers[word];
  if (!/^\d{3}\.\d{1,3}(?:\.\d{1,2})?$/u.test(word)) {
    const names = Object.keys(generationDrivers).join(', ');
    throw new Error(`not a driver: ${word} (a version such as 550.163.01, or ${names})`);
  }
  const major = Number.parseInt(word, 10);
  const cudaVersion = cudaVersions.find(([from]) => major >= from)?.[1] ?? '11.0';
  return { driverVersion: word, cudaVersion };
};

/**
 * Gives a host another driver, by version or generation (`legacy`, `v11`, `v12`, `v13`). UUIDs of
 * MIG devices change where the form does, that is across R470. Changes the topology; throws an Error
 * for other words.
 */
export const setDriver = (topology: Topology, word: string): void => {
  const before = generationOf(topology.driverVersion).derivedMigUuids;
  Object.assign(topology, driverOf(word));
  if (generationOf(topology.driverVersion).derivedMigUuids === before) return;
  for (const device of topology.devices) {
    for (const instance of device.migInstances) {
      instance.uuid = migUuid({
        driverVersion: topology.driverVersion,
        deviceUuid: device.uuid,
        gpuInstanceId: instance.gpuInstanceId,
        computeInstanceId: instance.computeInstanceId,
      });
    }
  }
};
