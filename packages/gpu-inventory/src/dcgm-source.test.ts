import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { parseDcgmMetrics } from './dcgm-metrics.ts';
import { createDcgmSource } from './dcgm-source.ts';

const page = `# HELP DCGM_FI_PROF_GR_ENGINE_ACTIVE Ratio of time the graphics engine is active.
# TYPE DCGM_FI_PROF_GR_ENGINE_ACTIVE gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-aaaa",device="nvidia0",modelName="NVIDIA A100",Hostname="h"} 12
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-aaaa",device="nvidia0",modelName="NVIDIA \\"A100\\"",Hostname="h"} 0.871
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="1",UUID="GPU-bbbb",device="nvidia1",GPU_I_PROFILE="1g.5gb",GPU_I_ID="7",Hostname="h"} 0.000000
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="1",UUID="GPU-bbbb",device="nvidia1",GPU_I_PROFILE="3g.20gb",GPU_I_ID="2",Hostname="h"} 0.5 1700000000000
DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="GPU-bbbb",device="nvidia1",GPU_I_ID="7",Hostname="h"} 99
DCGM_FI_DEV_FB_USED{gpu="0",UUID="GPU-aaaa"} 400
DCGM_FI_DEV_GPU_UTIL{gpu="2",UUID="GPU-cccc"} 9223372036854775794
constructor{UUID="GPU-dddd"} 1
nonsense
`;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return `http://127.0.0.1:${port}/metrics`;
}

function clockAt(start: number) {
  const clock = { ms: start, bootMs: () => clock.ms };
  return clock;
}

describe('what a dcgm-exporter prints', () => {
  test('each GPU and each instance has one share; blank values and other metrics have none', () => {
    expect(parseDcgmMetrics(page)).toEqual([
      { deviceUuid: 'GPU-aaaa', gpuInstanceId: null, percent: 87.1 },
      { deviceUuid: 'GPU-bbbb', gpuInstanceId: 7, percent: 0 },
      { deviceUuid: 'GPU-bbbb', gpuInstanceId: 2, percent: 50 },
    ]);
  });

  test('it is read over HTTP', async () => {
    const url = await serve((_, response) => response.end(page));
    expect(await createDcgmSource({ url, clock: clockAt(0) }).percents()).toHaveLength(3);
  });

  test('without an exporter, and from a page that knows no GPU, nothing is known', async () => {
    const url = await serve((_, response) => response.end('# nothing\n'));
    const clock = clockAt(0);
    expect(await createDcgmSource({ url: null, clock }).percents()).toBeNull();
    expect(await createDcgmSource({ url, clock }).percents()).toBeNull();
  });

  test('one that never answers is given up soon, and left alone for a while', async () => {
    let asked = 0;
    const url = await serve(() => {
      asked += 1;
    });
    const clock = clockAt(0);
    const source = createDcgmSource({ url, clock, timeoutMs: 50 });
    expect(await source.percents()).toBeNull();
    expect(await source.percents()).toBeNull();
    expect(asked).toBe(1);
    clock.ms += 10_001;
    expect(await source.percents()).toBeNull();
    expect(asked).toBe(2);
  });

  const bad: readonly [string, (response: ServerResponse) => void][] = [
    ['an error', (response) => void response.writeHead(500).end(page)],
    [
      'another address',
      (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    [
      'a page without an end',
      (response) => {
        const more = (): void => void response.write(Buffer.alloc(2 ** 20, 'x'), more);
        more();
      },
    ],
  ];
  test.each(bad)('%s is no answer', async (_, answer) => {
    const url = await serve((__, response) => answer(response));
    expect(await createDcgmSource({ url, clock: clockAt(0) }).percents()).toBeNull();
  });
});
