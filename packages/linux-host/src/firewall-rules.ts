/** A chain of ours in the `filter` table, and where it is called from. */
interface OwnChain {
  readonly name: string;
  /** Rules as `iptables -S` prints them, without `-A CHAIN`. */
  readonly rules: readonly string[];
  /** Calls that must be the first rules of their chains. */
  readonly hooks: readonly { readonly chain: string; readonly rule: string }[];
}

/** Rules of one of the two protocols. */
export interface FirewallRules {
  readonly chains: readonly OwnChain[];
  /** Chains that are made when the engine didn't. */
  readonly needed: readonly string[];
}

/** Containers of people are on bridges whose names begin like this; `+` is any end. */
const bridges = 'ds01-+';

const established = '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN';

/*
 * Towards the host everything but answers is refused: also a port of another user's container, which
 * Docker's proxy serves on the host's addresses, past Docker's own isolation of bridges. DOCKER-USER
 * is the chain that Docker calls first and leaves alone.
 */
const inputHook = { chain: 'INPUT', rule: `-i ${bridges} -j DS01-INPUT` };

/** A reset, since the kernel sends a host only one ICMP error per second. */
function rejectChain(error: string): OwnChain {
  return {
    name: 'DS01-REJECT',
    rules: ['-p tcp -j REJECT --reject-with tcp-reset', `-j REJECT --reject-with ${error}`],
    hooks: [],
  };
}

const betweenBridges = `-o ${bridges} -m physdev ! --physdev-is-bridged -j DS01-REJECT`;

/**
 * For IPv4, the best first: the host, link-local and metadata addresses, and users' bridges among
 * each other; the last is left to Docker's own chains where the kernel doesn't know physdev.
 */
export const rulesForIpv4: readonly FirewallRules[] = [ipv4Rules([betweenBridges]), ipv4Rules([])];

function ipv4Rules(more: readonly string[]): FirewallRules {
  return {
    chains: [
      rejectChain('icmp-port-unreachable'),
      {
        name: 'DS01-INPUT',
        rules: [established, '-j DS01-REJECT'],
        hooks: [inputHook],
      },
      {
        name: 'DS01-FORWARD',
        rules: ['-d 169.254.0.0/16 -j DS01-REJECT', established, ...more],
        hooks: [
          { chain: 'FORWARD', rule: '-j DOCKER-USER' },
          { chain: 'DOCKER-USER', rule: `-i ${bridges} -j DS01-FORWARD` },
        ],
      },
    ],
    needed: ['DOCKER-USER'],
  };
}

/** For IPv6, which users' networks don't have: the host. */
export const rulesForIpv6: readonly FirewallRules[] = [
  {
    chains: [
      rejectChain('icmp6-port-unreachable'),
      {
        name: 'DS01-INPUT',
        rules: [established, '-j DS01-REJECT'],
        hooks: [inputHook],
      },
    ],
    needed: [],
  },
];

/** True when all rules are in a listing of `iptables -S`, the calls in first place. */
export function areInForce({ chains }: FirewallRules, listing: string): boolean {
  const rules = rulesByChain(listing);
  return chains.every(({ name, rules: own, hooks }) => {
    const there = rules.get(name) ?? [];
    const complete = there.length === own.length && own.every((rule, at) => there[at] === rule);
    return complete && hooks.every(({ chain, rule }) => rules.get(chain)?.[0] === rule);
  });
}

/**
 * Input of `iptables-restore --noflush` that puts the rules in force, whatever is in a listing of
 * `iptables -S`. The kernel takes it as one change, so that rules which are there are never missing.
 */
export function restoreInput({ chains, needed }: FirewallRules, listing: string): string {
  const rules = rulesByChain(listing);
  const lines = needed.flatMap((name) => (rules.has(name) ? [] : [`:${name} - [0:0]`]));
  lines.push(...chains.map(({ name }) => `:${name} - [0:0]`));
  for (const { name, rules: own } of chains) lines.push(...own.map((rule) => `-A ${name} ${rule}`));
  for (const { chain, rule } of chains.flatMap(({ hooks }) => hooks)) {
    const there = rules.get(chain) ?? [];
    if (there[0] === rule) continue;
    lines.push(...there.filter((other) => other === rule).map(() => `-D ${chain} ${rule}`));
    lines.push(`-I ${chain} 1 ${rule}`);
  }
  return ['*filter', ...lines, 'COMMIT', ''].join('\n');
}

function rulesByChain(listing: string): ReadonlyMap<string, readonly string[]> {
  const chains = new Map<string, string[]>();
  for (const line of listing.split('\n')) {
    const [, kind, chain, rest] = /^-([ANP]) (\S+) ?(.*)$/.exec(line) ?? [];
    if (chain === undefined) continue;
    const rules = chains.get(chain) ?? [];
    chains.set(chain, rules);
    if (kind === 'A') rules.push(rest ?? '');
  }
  return chains;
}
