#!/usr/bin/env -S node --
const first = process.argv[2];
if (process.argv.length === 3 && (first === '--version' || first === '-V')) {
  process.stdout.write(`${__DS01_VERSION__}\n`);
} else {
  const { main } = await import('./run.ts');
  await main(process.argv);
}
