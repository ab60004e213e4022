export { prepareGpuSim } from './prepare.ts';
export type { PreparedGpuSim, PrepareOptions } from './prepare.ts';
export { isPresetName, presets } from './presets.ts';
export type { PresetName } from './presets.ts';
export { parseTopology, parseTopologyText, topologySchema } from './topology.ts';
export type { SimulatedDevice, SimulatedMigInstance, Topology, TopologyInput } from './topology.ts';
export { updateTopology } from './state.ts';
