// Builds an image of one's own from a tar archive with a Dockerfile.
import { openAsBlob } from 'node:fs';
import { createClient } from '@ds01/client';

const { DS01_URL: url = '', DS01_TOKEN: token = '' } = process.env;
const client = createClient({ url, token });
const context = await openAsBlob(process.argv[2] ?? 'context.tar');
const build = await client.upload('images.upload', { name: 'trainer' }, context);
await client.waitForOperation(build.id, { onProgress: console.log });
const { image } = await client.call('images.show', { name: 'trainer' });
console.log('built', image.name);
client.close();
