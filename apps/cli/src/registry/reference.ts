/** Docker's own registry, as people and references call it. */
export const dockerHub = 'docker.io';

/**
 * The registry that a reference names, as Docker reads it: what stands before the first `/` when it
 * has a dot or a port, or is `localhost`; else Docker's own.
 */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const isHost =
    rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || /[A-Z]/.test(first));
  return isHost ? hostOf(first) : dockerHub;
}

/**
 * The host of a registry's address as `config.json` has it: `https://index.docker.io/v1/`,
 * `localhost:5000`. All names of Docker's own registry become {@link dockerHub}.
 */
export function hostOf(address: string): string {
  const host = address.replace(/^https?:\/\//, '').split('/', 1)[0] ?? '';
  return ['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'].includes(host)
    ? dockerHub
    : host;
}
