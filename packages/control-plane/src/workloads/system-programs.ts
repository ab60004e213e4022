import type { HostProcess } from '@ds01/ports';

/** Beginnings of names of the driver's and the system's own programs, as the kernel cuts them. */
const programs = [
  'nvidia-persiste',
  'nvidia-fabricma',
  'nvidia-smi',
  'nvidia-cuda-mps',
  'nv-hostengine',
  'nv-fabricmanage',
  'dcgm',
  'dcgmi',
  'Xorg',
  'Xwayland',
  'gnome-shell',
];

/** Below it accounts are the system's own (login.defs(5), UID_MIN). */
const firstPersonUid = 1000;

/**
 * Whether a process on a GPU is one of the driver's or the system's own. Only those of root and of system
 * accounts are believed: anybody can call a program `Xorg`.
 */
export function isSystemProgram({ program, uid }: HostProcess): boolean {
  return uid < firstPersonUid && programs.some((name) => program.startsWith(name));
}
