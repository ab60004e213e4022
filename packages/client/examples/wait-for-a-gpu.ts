// Waits up to an hour for a GPU. The work goes on when this program, or the daemon, is restarted.
import { createClient } from '@ds01/client';

const { DS01_URL: url = '', DS01_TOKEN: token = '' } = process.env;
const client = createClient({ url, token });
const wanted = { name: 'train', image: 'ds01/busybox', gpu: { kind: 'any' } } as const;
const asked = { ...wanted, wait: { forMs: 3_600_000 } } as const;
const { id } = await client.begin('containers.deploy', asked, { idempotencyKey: 'train-1' });
const done = await client.waitForOperation(id, { onProgress: console.log });
console.log(done.state);
client.close();
