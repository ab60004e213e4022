/** `2026-11-22 14:05:09` where this machine is; `-` without an instant. */
export function localTime(instant: string | null): string {
  if (instant === null) return '-';
  const date = new Date(instant);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${day} ${time}`;
}
