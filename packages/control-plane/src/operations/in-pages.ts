import type { RouteOutput } from '@ds01/contracts';
import { buildNumberOf } from '../images/history.ts';
import { pageOf, type PageOrder, type PageWanted } from '../page.ts';

/** A page of a list beside what else the answer has. */
export interface PageOfList<Item> {
  readonly items: Item[];
  /** What goes into the answer; nothing unless a page was asked for. */
  readonly next: { readonly nextCursor?: string | null };
}

/** The list as it is, or the page of it that was asked for. Fails with `request.cursor`. */
export function inPages<Item>(
  items: Item[],
  wanted: PageWanted,
  order: PageOrder<Item>,
): PageOfList<Item> {
  if (wanted.limit === null && wanted.cursor === null) return { items, next: {} };
  const page = pageOf(items, wanted, order);
  return { items: page.items, next: { nextCursor: page.nextCursor } };
}

/** How containers are ordered, whoever lists them: by their names of the engine. */
export function byDockerName(list: string): PageOrder<{ dockerName: string; id: string }> {
  return { list, keyOf: ({ dockerName, id }) => [dockerName, id] };
}

/** One's own images, newest first, then the others by name. */
export const imageOrder: PageOrder<RouteOutput<'images.list'>['images'][number]> = {
  list: 'images.list',
  keyOf: ({ own, createdAt, name, id }) =>
    own ? [0, -Date.parse(createdAt), name, id] : [1, name, id],
};

/** Of one image's versions, newest first. */
export function versionOrder(
  name: string,
): PageOrder<RouteOutput<'images.history'>['versions'][number]> {
  return {
    list: `images.history ${name}`,
    keyOf: ({ createdAt, build, id }) => [-Date.parse(createdAt), -buildNumberOf(build), build, id],
  };
}

/** Leases by creation. */
export const leaseOrder: PageOrder<RouteOutput<'admin.leases'>['leases'][number]> = {
  list: 'admin.leases',
  keyOf: ({ createdAt, id }) => [createdAt, id],
};

/** People by name, what belongs to nobody last. */
export const userOrder: PageOrder<RouteOutput<'admin.users'>['users'][number]> = {
  list: 'admin.users',
  keyOf: ({ user }) => [Number(user === null), user],
};

/** Those who have waited longest first. */
export const extensionOrder: PageOrder<RouteOutput<'admin.extensions'>['requests'][number]> = {
  list: 'admin.extensions',
  keyOf: ({ requestedAt, user, container }) => [requestedAt, user, container],
};

/** As the files have them. */
export const reservationOrder: PageOrder<
  RouteOutput<'admin.reservations'>['reservations'][number]
> = {
  list: 'admin.reservations',
  keyOf: ({ file, line, user }) => [file, line, user],
};

/** As the file has them. */
export const exemptionOrder: PageOrder<RouteOutput<'admin.exemptions'>['exemptions'][number]> = {
  list: 'admin.exemptions',
  keyOf: ({ file, line, user }) => [file, line, user],
};
