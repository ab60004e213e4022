/** The moment of the answer in the two spellings that the tool uses. */
export interface Timestamps {
  /** As in `-q -x` and above the table: `Tue Jul 14 09:00:26 2026`. */
  readonly long: string;
  /** As in CSV: `2026/07/14 09:00:27.792`. */
  readonly csv: string;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const two = (value: number): string => String(value).padStart(2, '0');

/** Local time of a date in the tool's spellings. */
export const timestampsOf = (date: Date): Timestamps => {
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = String(date.getDate()).padStart(2, ' ');
  return {
    long: `${weekdays[date.getDay()]} ${months[date.getMonth()]} ${day} ${time} ${date.getFullYear()}`,
    csv: `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())} ${time}.${String(
      date.getMilliseconds(),
    ).padStart(3, '0')}`,
  };
};

/** Stand-ins that a generated script replaces by the moment at which it runs. */
export const timestampMarks: Timestamps = { long: '\u0001', csv: '\u0002' };
