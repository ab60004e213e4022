import { ds01Error } from '@ds01/contracts';

/**
 * Path of one container. What can't be an id or a name would be read as another path by the engine
 * and is refused here with `container.not-found`.
 */
export function containerPath(container: string, suffix = ''): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(container)) return `/containers/${container}${suffix}`;
  throw ds01Error('container.not-found', {
    message: `No such container: ${JSON.stringify(container)}`,
    details: { container },
  });
}

/** Path of one image, or `null` for what can't be an id or a reference. */
export function imagePath(reference: string, suffix = ''): string | null {
  const plausible = /^[a-zA-Z0-9][\w.:/@-]*$/.test(reference) && !/\/\/|\.\.|\/$/.test(reference);
  return plausible ? `/images/${reference}${suffix}` : null;
}

/** Path of one network by id or name, or `null` for what can't be one. */
export function networkPath(network: string): string | null {
  return /^[a-zA-Z0-9][\w.-]*$/.test(network) ? `/networks/${network}` : null;
}
