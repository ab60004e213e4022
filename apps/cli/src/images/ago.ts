const units = [
  ['year', 365.25 * 86_400_000],
  ['month', 30.44 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** How long ago something was, for people, by its largest unit: `3 days ago`, `just now`. */
export function agoText(instant: string, nowMs: number): string {
  const passedMs = nowMs - Date.parse(instant);
  const unit = units.find(([, length]) => passedMs >= length);
  if (unit === undefined) return 'just now';
  const count = Math.floor(passedMs / unit[1]);
  return `${count} ${unit[0]}${count === 1 ? '' : 's'} ago`;
}
