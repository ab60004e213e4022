import type { LifecycleLoop } from '../lifecycle/loop.ts';
import { failing, fine, warning, type Check } from './check.ts';

/** Whether the rules look and measure; none in a process without them. */
export function checkRules(loop: LifecycleLoop | null): readonly Check[] {
  if (loop === null) return [];
  const { stalledSince, pausedUntil, rules } = loop.status();
  const hint = 'ds01-admin lifecycle status';
  if (stalledSince !== null) {
    const message = `nothing was measured or looked at since ${stalledSince}`;
    return [failing('rules', message, 'systemctl restart ds01d')];
  }
  if (pausedUntil !== null) {
    return [warning('rules', `the rules are paused until ${pausedUntil}`, hint)];
  }
  const never = rules.filter(({ lastRanAt }) => lastRanAt === null);
  const last = rules
    .flatMap(({ lastRanAt }) => lastRanAt ?? [])
    .toSorted()
    .at(0);
  if (last === undefined) return [fine('rules', 'the rules have not looked yet')];
  if (never.length > 0) {
    const names = never.map(({ rule }) => rule).join(', ');
    return [warning('rules', `these rules have not looked yet: ${names}`, hint)];
  }
  return [fine('rules', `${rules.length} rules, each looked at ${last} or later`)];
}
