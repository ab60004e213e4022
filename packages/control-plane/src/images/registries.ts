import { BlockList, isIP } from 'node:net';
import {
  ds01Error,
  imageReferenceSchema,
  type Ds01Error,
  type ImageReference,
  type SiteSettings,
} from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';

/** A reference in its parts, the default registry and tag spelt out. */
export interface RegistryReference {
  /** `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** Within the registry: `library/debian`, `team/thesis`. */
  readonly path: string;
  readonly tag: string;
  /** `sha256:…`; `null` without. */
  readonly digest: string | null;
  /** As the engine shows it among an image's tags: `debian:latest`, `localhost:5000/team/x:v1`. */
  readonly familiar: ImageReference;
}

const defaultRegistry = 'docker.io';
const defaultFolder = 'library/';
const defaultRegistryNames = new Set([defaultRegistry, 'index.docker.io', 'registry-1.docker.io']);

/** Reads a reference as the engine does. Fails with `image.invalid`. */
export function readRegistryReference(given: string): RegistryReference {
  const parsed = imageReferenceSchema.safeParse(given);
  if (!parsed.success || /^[.-]/.test(given)) throw notAReference(given);
  const [named = '', digest = null] = parsed.data.split('@');
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const tag = hasTag ? named.slice(colon + 1) : 'latest';
  const whole = hasTag ? named.slice(0, colon) : named;
  const [first = '', ...rest] = whole.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const host = hasRegistry ? first.toLowerCase() : defaultRegistry;
  const registry = defaultRegistryNames.has(host) ? defaultRegistry : host;
  const bare = hasRegistry ? rest.join('/') : whole;
  const isDefault = registry === defaultRegistry;
  const path = isDefault && !bare.includes('/') ? defaultFolder + bare : bare;
  const shown = isDefault ? path.replace(/^library\/(?=[^/]+$)/, '') : `${registry}/${path}`;
  const suffix = digest === null ? `:${tag}` : `@${digest}`;
  return { registry, path, tag, digest, familiar: imageReferenceSchema.parse(shown + suffix) };
}

/**
 * Refuses a registry that the site doesn't name (`registry.refused`). Where it names none, any is
 * fine but this host's own: what listens here on loopback, or answers on link-local addresses, is
 * not for people to reach through the engine. See {@link checkRegistryNow} for names that lead there.
 */
export function checkRegistry(
  settings: Pick<SiteSettings, 'images' | 'builds'>,
  reference: Pick<RegistryReference, 'registry' | 'path'>,
): void {
  const { registry } = reference;
  const { registries } = settings.images;
  if (isListed(settings, reference)) return;
  if (registries.length > 0) {
    throw refused(registry, `This site takes images only from ${registries.join(', ')}.`);
  }
  if (isOfThisHost(registry) && !settings.builds.allow_host_network) throw ownHost(registry);
}

/** {@link checkRegistry}, also by the addresses that the registry's name has now. */
export async function checkRegistryNow(
  { names }: Pick<ControlPlaneDependencies, 'names'>,
  settings: Pick<SiteSettings, 'images' | 'builds'>,
  reference: Pick<RegistryReference, 'registry' | 'path'>,
): Promise<void> {
  checkRegistry(settings, reference);
  const { registry } = reference;
  const isTrusted = registry === defaultRegistry || isListed(settings, reference);
  if (isTrusted || settings.builds.allow_host_network) return;
  const addresses = await names.addressesOf(hostOf(registry));
  if (addresses.some(isOwnAddress)) throw ownHost(registry);
}

function isListed(
  { images }: Pick<SiteSettings, 'images'>,
  { registry, path }: Pick<RegistryReference, 'registry' | 'path'>,
): boolean {
  return images.registries.some((entry) => isUnder(`${registry}/${path}`, entry));
}

const ownAddresses = new BlockList();
ownAddresses.addSubnet('0.0.0.0', 8);
ownAddresses.addSubnet('127.0.0.0', 8);
ownAddresses.addSubnet('169.254.0.0', 16);
ownAddresses.addAddress('::', 'ipv6');
ownAddresses.addAddress('::1', 'ipv6');
ownAddresses.addSubnet('fe80::', 10, 'ipv6');

function isOwnAddress(address: string): boolean {
  const version = isIP(address);
  return version === 0 || ownAddresses.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

function ownHost(registry: string): Ds01Error {
  return refused(registry, `${registry} is an address of this server itself.`);
}

/** `docker.io` holds all of it, `docker.io/pytorch` what lies below. */
function isUnder(name: string, entry: string): boolean {
  const [host = '', ...rest] = entry.replace(/\/$/, '').split('/');
  const registry = defaultRegistryNames.has(host.toLowerCase())
    ? defaultRegistry
    : host.toLowerCase();
  return `${name}/`.startsWith(`${[registry, ...rest].join('/')}/`);
}

function isOfThisHost(registry: string): boolean {
  const host = hostOf(registry);
  return (
    /^(?:.*\.)?localhost$/.test(host) ||
    /^(?:ip6-)?(?:localhost|loopback)(?:\.|$)/.test(host) ||
    /^(?:127|0)\./.test(host) ||
    host.startsWith('169.254.')
  );
}

/** The engine's resolver knows `127.1` and `0x7f000001` for the loopback, too. */
function hostOf(registry: string): string {
  const named = registry.replace(/:\d+$/, '').replace(/\.$/, '');
  return URL.canParse(`http://${named}/`) ? new URL(`http://${named}/`).hostname : named;
}

function refused(registry: string, why: string): Ds01Error {
  return ds01Error('registry.refused', {
    message: `${why} An administrator can allow others under images.registries of ds01.yaml.`,
    hint: 'ds01 image bases',
    details: { registry },
  });
}

function notAReference(given: string): Ds01Error {
  return ds01Error('image.invalid', {
    message: `${JSON.stringify(given)} is no name of an image.`,
    hint: 'ds01 image pull registry.example.org/team/thesis:v1',
  });
}
