import { formatDuration } from '@ds01/contracts/core';
import type { Overview } from '@ds01/contracts/lifecycle';

type Container = Overview['containers'][number];

const units = ['B', 'K', 'M', 'G', 'T', 'P'] as const;

/** Bytes in at most five columns: `3.2G`, `120M`; `-` when unknown. */
export function shortBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return '-';
  let amount = bytes;
  let unit = 0;
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1;
  return `${amount.toFixed(digits)}${units[unit] ?? ''}`;
}

/** A percentage without its sign; `-` when unknown. */
export function percent(value: number | null): string {
  return value === null ? '-' : value.toFixed(value < 10 && value > 0 ? 1 : 0);
}

/** Gpu equivalents without noise: `1.43`, `2`. */
export function amount(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** How long ago or until then, `4m`; `-` without a moment. */
export function distance(instant: string | null, nowMs: number): string {
  if (instant === null) return '-';
  const [largest = '0s'] = formatDuration(Math.abs(Date.parse(instant) - nowMs)).split(' ');
  return largest;
}

/** Time of day of an instant, by this machine's clock. */
export function timeOfDay(instant: string): string {
  const date = new Date(instant);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** What an administrator types for a container: `alice/thesis`, or Docker's name. */
export function operandOf({ managed, user, name, dockerName }: Container): string {
  return managed && user !== null ? `${user}/${name}` : dockerName;
}
