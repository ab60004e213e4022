import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireCommand } from '@ds01/setup';

const folders = ['bin', 'etc', 'dev', 'proc', 'sys', 'root', 'tmp', 'usr/bin', 'var/tmp'];

/**
 * Fills the empty folder `rootfs` with the root file system of a busybox image: all applets in /bin, a
 * root account, writable temporary folders.
 *
 * @param busybox path of a statically linked busybox
 */
export async function buildBusyboxTree(busybox: string, rootfs: string): Promise<void> {
  for (const folder of folders) mkdirSync(join(rootfs, folder), { recursive: true });
  for (const folder of ['tmp', 'var/tmp']) chmodSync(join(rootfs, folder), 0o1777);
  chmodSync(rootfs, 0o755);
  copyFileSync(busybox, join(rootfs, 'bin/busybox'));
  chmodSync(join(rootfs, 'bin/busybox'), 0o755);
  const applets = (await requireCommand(busybox, ['--list'])).split('\n');
  for (const applet of applets.filter((word) => word !== '' && word !== 'busybox')) {
    symlinkSync('busybox', join(rootfs, 'bin', applet));
  }
  writeFileSync(join(rootfs, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\n');
}
