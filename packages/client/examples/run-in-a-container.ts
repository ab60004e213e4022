// A container with a GPU, a program in it, and the GPU back again.
import { createClient } from '@ds01/client';

const { DS01_URL: url = '', DS01_TOKEN: token = '' } = process.env;
const client = createClient({ url, token });
const wanted = { name: 'thesis', image: 'ds01/busybox', gpu: { kind: 'any' } } as const;
await client.call('containers.deploy', wanted);
const command = ['nvidia-smi', '-L'];
const session = await client.session('containers.exec', { name: 'thesis', command });
session.stdout.pipe(process.stdout);
console.log('exit code', await session.exited);
await client.call('containers.retire', { name: 'thesis' });
client.close();
