// Times a deploy through the daemon, asked by a warm client, against create and start of the same
// configuration sent straight to the engine, in turn. Without GPUs: the daemon would take the grant of
// a container that isn't its own away. Prints {"deploy": [ms...], "raw": [ms...], "probe": []}. Takes
// the number of pairs; needs root and the environment of a docker host with a daemon and ds01/busybox.
import { mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { openApi, readEnvironment } from '@ds01/composition/open';
import type { Api } from '@ds01/ports';
import { createRawEngine, type RawEngine } from './raw-engine.ts';

const warmUp = 2;

async function deployOnce(api: Api, name: string, workspace: string): Promise<string> {
  const image = 'ds01/busybox';
  const input = { name, image, project: null, workspace, gpu: { kind: 'none' as const } };
  return (await api.call('containers.deploy', input)).container.dockerName;
}

async function timeDeploy(api: Api, workspace: string): Promise<number> {
  const start = performance.now();
  await deployOnce(api, 'measured', workspace);
  const milliseconds = performance.now() - start;
  await api.call('containers.retire', { name: 'measured', force: true });
  return milliseconds;
}

async function timeRaw(raw: RawEngine, body: unknown): Promise<number> {
  const start = performance.now();
  const id = await raw.create('bench-raw', body);
  await raw.start(id);
  const milliseconds = performance.now() - start;
  await raw.remove(id);
  return milliseconds;
}

async function main(pairs: number): Promise<void> {
  const environment = readEnvironment(process.env, { uid: 0, gid: 0 });
  const silent = () => undefined;
  const { api, close } = await openApi(environment, {
    version: '0.1.0',
    actFor: null,
    dryRun: false,
    logger: { debug: silent, warn: silent, error: silent },
    say: silent,
  });
  const raw = createRawEngine(environment.engineSocket);
  const workspace = join(homedir(), `.ds01-bench-${String(process.pid)}`);
  mkdirSync(workspace, { recursive: true });
  const template = await deployOnce(api, 'template', workspace);
  const body = { ...(await raw.bodyLike(template)), Labels: {} };
  const times = { deploy: [] as number[], raw: [] as number[], probe: [] as number[] };
  for (let pair = -warmUp; pair < pairs; pair += 1) {
    const rawFirst = pair % 2 === 0 ? null : await timeRaw(raw, body);
    const deployed = await timeDeploy(api, workspace);
    const rawTime = rawFirst ?? (await timeRaw(raw, body));
    if (pair < 0) continue;
    times.deploy.push(deployed);
    times.raw.push(rawTime);
  }
  await api.call('containers.retire', { name: 'template', force: true });
  rmSync(workspace, { recursive: true });
  raw.close();
  close();
  process.stdout.write(`${JSON.stringify(times)}\n`);
}

await main(Number(process.argv[2] ?? '15'));
