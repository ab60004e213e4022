import { appendFileSync } from 'node:fs';
import type { Decorate } from '@ds01/composition';
import { main } from '../../src/run.ts';

/**
 * `ds01` that gets a signal right before the call of a port that `DS01_FAULT_AT` numbers (from 0), or
 * never without it. The file `DS01_FAULT_CALLS` gets its process number, and a line for each call
 * before it is made.
 */
const at = Number(process.env['DS01_FAULT_AT'] ?? '-1');
const signal = process.env['DS01_FAULT_SIGNAL'] === 'SIGSTOP' ? 'SIGSTOP' : 'SIGKILL';
const callsFile = process.env['DS01_FAULT_CALLS'] ?? '/dev/null';
let count = 0;
appendFileSync(callsFile, `${process.pid}\n`);

function beforeCall(label: string): void {
  appendFileSync(callsFile, `${label}\n`);
  if (count === at) process.kill(process.pid, signal);
  count += 1;
}

function counted<T extends object>(name: string, port: T): T {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        beforeCall(`${name}.${String(key)}`);
        return Reflect.apply(value, target, given);
      };
    },
  });
}

const decorate: Decorate = (dependencies) => ({
  ...dependencies,
  engine: counted('engine', dependencies.engine),
  probe: counted('probe', dependencies.probe),
  store: counted('store', dependencies.store),
  grants: counted('grants', dependencies.grants),
  pins: counted('pins', dependencies.pins),
  cgroups: counted('cgroups', dependencies.cgroups),
  firewall: counted('firewall', dependencies.firewall),
});

await main(process.argv, decorate);
