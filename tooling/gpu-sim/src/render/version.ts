import type { Topology } from '../topology.ts';

/** `nvidia-smi --version`. */
export const renderVersion = (topology: Topology): string => {
  const [major = '', minor = ''] = topology.driverVersion.split('.');
  return [
    `NVIDIA-SMI version  : ${topology.driverVersion}`,
    `NVML version        : ${major}.${minor}`,
    `DRIVER version      : ${topology.driverVersion}`,
    `CUDA Version        : ${topology.cudaVersion}`,
    '',
  ].join('\n');
};
