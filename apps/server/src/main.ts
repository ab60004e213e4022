import { setFlagsFromString } from 'node:v8';

// Loading everything would make room for young objects that is kept; see young-objects.ts for what is
// given to a busy daemon.
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
