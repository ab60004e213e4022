// Lists everybody's containers over and over in one process and counts the requests that reach the
// engine. Prints {"requests": [["GET /containers/json"], ...]}, one list for each time after the
// first. Needs root and the environment of a docker host.
import { adminContainers } from '@ds01/control-plane';
import { openCountingSocket } from './counting-socket.ts';
import { openRuntime } from './runtime.ts';

const times = 5;

async function main(): Promise<void> {
  const engineSocket = (process.env['DOCKER_HOST'] ?? '').replace(/^unix:\/\//, '');
  await using socket = await openCountingSocket(engineSocket);
  const runtime = openRuntime({ ...process.env, DOCKER_HOST: `unix://${socket.path}` });
  const deps = await runtime.dependencies();
  const look = async (): Promise<readonly string[]> => {
    socket.requests.length = 0;
    await adminContainers(deps, { all: true });
    return [...socket.requests];
  };
  await look();
  const requests: (readonly string[])[] = [];
  for (let time = 0; time < times; time += 1) requests.push(await look());
  runtime.close();
  process.stdout.write(`${JSON.stringify({ requests })}\n`);
}

await main();
