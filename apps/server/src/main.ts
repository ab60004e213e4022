import { setFlagsFromString } from 'node:v8';

// A daemon that answers now and then would keep 64 MiB for young objects after its first busy second;
// what it does is waiting for others, and collecting more often costs next to nothing.
setFlagsFromString('--semi-space-growth-factor=1');

const first = process.argv[2];
if (first === '--version' || first === '-V') {
  process.stdout.write(`${__DS01_VERSION__}\n`);
} else {
  const { main } = await import('./run.ts');
  await main(process.argv.slice(2));
}
