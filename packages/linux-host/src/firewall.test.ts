import { describe, expect, test } from 'vitest';
import { createFirewall } from './firewall.ts';
import { areInForce, restoreInput, rulesForIpv4, rulesForIpv6 } from './firewall-rules.ts';

const [rules, simpler] = rulesForIpv4;
if (rules === undefined || simpler === undefined) throw new Error('two sets of rules');

const fresh = ['-P INPUT ACCEPT', '-P FORWARD DROP', '-P OUTPUT ACCEPT', ''].join('\n');
const withDocker = `${fresh}-N DOCKER-USER\n-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -j RETURN\n`;
const complete = `${fresh}-N DOCKER-USER
-N DS01-FORWARD
-N DS01-INPUT
-N DS01-REJECT
-A INPUT -i ds01-+ -j DS01-INPUT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -i ds01-+ -j DS01-FORWARD
-A DOCKER-USER -j RETURN
-A DS01-FORWARD -d 169.254.0.0/16 -j DS01-REJECT
-A DS01-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
-A DS01-FORWARD -o ds01-+ -m physdev ! --physdev-is-bridged -j DS01-REJECT
-A DS01-INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
-A DS01-INPUT -j DS01-REJECT
-A DS01-REJECT -p tcp -j REJECT --reject-with tcp-reset
-A DS01-REJECT -j REJECT --reject-with icmp-port-unreachable
`;

describe('the rules of the firewall', () => {
  test('are in force when all are there, the calls first', () => {
    expect(areInForce(rules, complete)).toBe(true);
    expect(areInForce(simpler, complete)).toBe(false);
    for (const line of complete.split('\n').filter((text) => /^-A.*(ds01|DS01)/.test(text))) {
      expect(areInForce(rules, complete.replace(`${line}\n`, ''))).toBe(false);
    }
    const accept = '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n';
    const hook = '-A INPUT -i ds01-+ -j DS01-INPUT\n';
    expect(areInForce(rules, complete.replace(hook + accept, accept + hook))).toBe(false);
  });

  test('are put in with the chains that Docker has not made', () => {
    expect(restoreInput(rules, fresh).split('\n')).toEqual([
      '*filter',
      ':DOCKER-USER - [0:0]',
      ':DS01-REJECT - [0:0]',
      ':DS01-INPUT - [0:0]',
      ':DS01-FORWARD - [0:0]',
      '-A DS01-REJECT -p tcp -j REJECT --reject-with tcp-reset',
      '-A DS01-REJECT -j REJECT --reject-with icmp-port-unreachable',
      '-A DS01-INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
      '-A DS01-INPUT -j DS01-REJECT',
      '-A DS01-FORWARD -d 169.254.0.0/16 -j DS01-REJECT',
      '-A DS01-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
      '-A DS01-FORWARD -o ds01-+ -m physdev ! --physdev-is-bridged -j DS01-REJECT',
      '-I INPUT 1 -i ds01-+ -j DS01-INPUT',
      '-I FORWARD 1 -j DOCKER-USER',
      '-I DOCKER-USER 1 -i ds01-+ -j DS01-FORWARD',
      'COMMIT',
      '',
    ]);
  });

  test('never empty a chain of others', () => {
    const input = restoreInput(rules, withDocker);
    expect(input).not.toContain(':DOCKER-USER');
    expect(input).not.toContain('FORWARD 1 -j DOCKER-USER');
  });

  test('move to the front in one change when somebody came before them', () => {
    const late = complete.replace(
      '-A INPUT -i ds01-+ -j DS01-INPUT\n',
      '-A INPUT -j ACCEPT\n-A INPUT -i ds01-+ -j DS01-INPUT\n-A INPUT -i ds01-+ -j DS01-INPUT\n',
    );
    const lines = restoreInput(rules, late).split('\n');
    expect(lines.filter((line) => line === '-D INPUT -i ds01-+ -j DS01-INPUT')).toHaveLength(2);
    expect(lines.at(-3)).toBe('-I INPUT 1 -i ds01-+ -j DS01-INPUT');
  });

  test('of IPv6 need no chain of Docker', () => {
    const input = restoreInput(rulesForIpv6[0] ?? rules, fresh);
    expect(input).toContain('-A DS01-REJECT -j REJECT --reject-with icmp6-port-unreachable');
    expect(input).not.toContain('DOCKER');
  });
});

test('a host without the programs is told what stays possible, and nothing fails', async () => {
  const firewall = createFirewall({ searchPath: '/proc/self/fdinfo:relative' });
  expect(await firewall.inForce()).toBe(false);
  const { notices } = await firewall.ensure();
  expect(notices[0]).toBe(
    "No packet filter: iptables was not found; containers can reach this host's services and its metadata address.",
  );
});
