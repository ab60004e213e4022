import { lookup } from 'node:dns/promises';
import { setTimeout } from 'node:timers/promises';
import type { HostNames } from '@ds01/ports';

/** As long as people wait for a name that may not be known at all. */
const patienceMs = 2000;

/** Names as this host's own resolver knows them: `/etc/hosts`, DNS and whatever else it asks. */
export function createHostNames(
  resolve: (name: string) => Promise<readonly { readonly address: string }[]> = (name) =>
    lookup(name, { all: true }),
): HostNames {
  return {
    async addressesOf(name) {
      const waiting = new AbortController();
      const tooLong = setTimeout(patienceMs, [], { signal: waiting.signal, ref: false });
      try {
        const found = await Promise.race([resolve(name), tooLong]);
        return found.map(({ address }) => address);
      } catch {
        return [];
      } finally {
        waiting.abort();
        tooLong.catch(() => undefined);
      }
    },
  };
}
