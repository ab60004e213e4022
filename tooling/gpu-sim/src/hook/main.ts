import { readFileSync } from 'node:fs';
import { simulatorPaths } from '../paths.ts';
import { installTool } from './install-tool.ts';
import { parseConfig, parseState } from './oci.ts';
import { requestedDevices } from './request.ts';
import { toolScript } from './tool-script.ts';

const prestart = async (directory: string): Promise<void> => {
  const { pid, bundle } = parseState(readFileSync(0, 'utf8'));
  const config = parseConfig(readFileSync(`${bundle}/config.json`, 'utf8'), bundle);
  const request = requestedDevices(config.environment);
  if (request.kind === 'none') return;
  const script = await toolScript(directory, request);
  installTool({ pid, rootPath: config.rootPath }, script, simulatorPaths(directory).leased);
};

const [directory = '', phase] = process.argv.slice(2);
try {
  if (phase === 'prestart') await prestart(directory);
  // Loads what the hook may need, for node's cache of compiled sources. In the runtime's other
  // phases the hook does nothing, as the real tool.
  if (phase === 'warm-up') await import('./render-tool.ts');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
