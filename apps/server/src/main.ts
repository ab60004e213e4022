import { setFlagsFromString } from 'node:v8';

// A daemon that answers now and then would keep 64 MiB for young objects after its first busy second;
// what it does is waiting for others, and collecting more often costs next to nothing.
setFlagsFromString('--semi-space-growth-factor=1');
// Nor for old ones: what it keeps for good is some 30 MiB, and after lists of hundreds of containers
// there would be twice as much garbage beside it before anybody looks for that.
setFlagsFromString('--heap-growing-percent=40');

const first = process.argv[2];
if (first === '--version' || first === '-V') {
  process.stdout.write(`${__DS01_VERSION__}\n`);
} else {
  const { main } = await import('./run.ts');
  await main(process.argv.slice(2));
}
