import { readFileSync } from 'node:fs';
import { simulatorPaths } from '../paths.ts';
import { containerScript } from '../script/container-script.ts';
import { readTopology } from './compiled-topology.ts';
import { installTool } from './install-tool.ts';
import { parseConfig, parseState } from './oci.ts';
import { requestedDevices } from './request.ts';
import { visibleTopology } from './visible-topology.ts';

const prestart = async (directory: string): Promise<void> => {
  const { pid, bundle } = parseState(readFileSync(0, 'utf8'));
  const config = parseConfig(readFileSync(`${bundle}/config.json`, 'utf8'), bundle);
  const request = requestedDevices(config.environment);
  if (request.kind === 'none') return;
  const topology = await readTopology(directory);
  if (topology.mode === 'failing') {
    throw new Error('nvidia-container-cli: initialization error: nvml error: driver not loaded');
  }
  const visible = visibleTopology(topology, request);
  if (!visible.ok) {
    throw new Error(`nvidia-container-cli: device error: ${visible.unknownDevice}: unknown device`);
  }
  installTool(
    { pid, rootPath: config.rootPath },
    containerScript(visible.topology),
    simulatorPaths(directory).leased,
  );
};

const [directory = '', phase] = process.argv.slice(2);
try {
  // The real tool does nothing in the later phases either.
  if (phase === 'prestart') await prestart(directory);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
