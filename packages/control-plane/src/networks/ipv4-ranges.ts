/** Addresses of an IPv4 subnet as numbers, the last one included. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/** The addresses of `a.b.c.d/prefix`; `null` for anything else, IPv6 for one. */
export function rangeOf(subnet: string): AddressRange | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(subnet);
  if (parts === null) return null;
  const [, ...numbers] = parts.map(Number);
  const prefix = numbers.pop() ?? 33;
  if (prefix > 32 || numbers.some((byte) => byte > 255)) return null;
  const address = numbers.reduce((sum, byte) => sum * 256 + byte, 0);
  const size = 2 ** (32 - prefix);
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}

/** The subnet of `2 ** (32 - prefix)` addresses that begins at `first`. */
export function subnetAt(first: number, prefix: number): string {
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${bytes.join('.')}/${String(prefix)}`;
}

/** True when the ranges share an address. */
export function overlaps(one: AddressRange, other: AddressRange): boolean {
  return one.first <= other.last && other.first <= one.last;
}
