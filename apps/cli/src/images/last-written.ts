/**
 * What is seen of a line that was written over again and again, as progress is: what stands behind its
 * last carriage return.
 */
export function lastWritten(line: string): string {
  const end = line.replace(/\r+$/, '');
  return end.slice(end.lastIndexOf('\r') + 1);
}
