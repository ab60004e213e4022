import { Buffer } from 'node:buffer';
import { slugOf, usernameSchema } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import { createPins } from '../../src/index.ts';

/** Pins what a container has, for the account of the tests, and prints the pins as JSON. */
const [engineDirectory = '', home = '', uid = ''] = process.argv.slice(2);
const name = usernameSchema.parse('alice');
const account: HostAccount = {
  name,
  slug: slugOf(name),
  uid: Number(uid),
  gid: Number(uid),
  groupIds: [Number(uid)],
  home,
};
const folder = { kind: 'folder', account, create: false, within: [home] } as const;
const pins = await createPins({ engineDirectory, asRoot: true }).pin('pine2e', [
  { ...folder, folder: `${home}/work`, readOnly: false },
  { ...folder, folder: `${home}/data`, readOnly: true },
  { kind: 'file', name: 'passwd', text: `alice:x:${uid}:${uid}::/:/bin/sh\n` },
  { kind: 'secrets', account, files: [{ name: 'token', bytes: Buffer.from('secret') }] },
]);
process.stdout.write(JSON.stringify(pins));
