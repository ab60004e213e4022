import { spawnSync } from 'node:child_process';
import { createFirewall } from '@ds01/linux-host';

/*
 * Program: puts the firewall of its network namespace in force, so many times with somebody else's
 * rule in front of it before each but the first, and prints what came of it as JSON.
 */
const rounds = Number(process.argv[2] ?? '1');
const firewall = createFirewall({ searchPath: process.env['PATH'] });
const before = await firewall.inForce();
let { notices } = await firewall.ensure();
for (let round = 1; round < rounds; round += 1) {
  for (const chain of ['INPUT', 'DOCKER-USER']) {
    spawnSync('iptables', ['-w', '-I', chain, '1', '-s', '203.0.113.1', '-j', 'DROP']);
  }
  ({ notices } = await firewall.ensure());
}
process.stdout.write(JSON.stringify({ before, notices, after: await firewall.inForce() }));
