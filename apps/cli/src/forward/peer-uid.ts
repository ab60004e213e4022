import { readFile } from 'node:fs/promises';

/** Both ends of a connection over IPv4. */
export interface Ends {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/**
 * The uid of the process at the other end of a connection within this machine, as the kernel lists it
 * (proc_net(5)); `null` when it isn't there any more. One that was closed already is nobody's: the
 * kernel lists it with inode 0 and, whoever it was, as root's.
 */
export async function peerUidOf(ends: Ends): Promise<number | null> {
  return uidIn(await readFile('/proc/net/tcp', 'utf8'), ends);
}

/** {@link peerUidOf} in the text of /proc/net/tcp. */
export function uidIn(table: string, ends: Ends): number | null {
  const peer = ` ${hexOf(ends.remoteAddress, ends.remotePort)} ${hexOf(ends.localAddress, ends.localPort)} `;
  const line = table.split('\n').find((candidate) => candidate.includes(peer));
  const fields = line?.trim().split(/\s+/) ?? [];
  const [uid, inode] = [fields[7], fields[9]];
  return uid === undefined || inode === undefined || inode === '0' ? null : Number(uid);
}

/** `0100007F:1F90`: the address as a number of the machine's byte order, then the port. */
function hexOf(address: string, port: number): string {
  const hex = (number: number, digits: number): string =>
    number.toString(16).toUpperCase().padStart(digits, '0');
  const bytes = address.split('.').map((part) => hex(Number(part), 2));
  return `${bytes.toReversed().join('')}:${hex(port, 4)}`;
}
