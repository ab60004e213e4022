const variable = 'NVIDIA_VISIBLE_DEVICES=';

/** Which devices a container asks for. */
export type DeviceRequest =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'list'; readonly ids: readonly string[] };

/**
 * Reads a container's environment (`NAME=value` lines). The last `NVIDIA_VISIBLE_DEVICES` counts,
 * as for a process; missing, empty, `void` and `none` mean no device.
 */
export const requestedDevices = (environment: readonly string[]): DeviceRequest => {
  const value = environment
    .findLast((line) => line.startsWith(variable))
    ?.slice(variable.length)
    .trim();
  if (value === undefined || ['', 'void', 'none'].includes(value)) return { kind: 'none' };
  if (value === 'all') return { kind: 'all' };
  const ids = value.split(',').map((id) => id.trim());
  return { kind: 'list', ids: ids.filter((id) => id !== '') };
};
