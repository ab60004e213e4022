import { routeIds, routes } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { createFixedFirstRouter } from './fixed-first-router.ts';

function routerOfTable() {
  const router = createFixedFirstRouter<string>();
  for (const id of routeIds) {
    if (routes[id].kind === 'session') continue;
    router.add(routes[id].method, routes[id].path.replaceAll(/\{(\w+)\}/g, ':$1'), id);
  }
  return router;
}

/** What a router finds: the route, and the values of its parameters. */
function found(router: ReturnType<typeof routerOfTable>, method: string, path: string) {
  const [matches, stash] = router.match(method, path);
  return matches.map(([id, parameters]) => {
    const values = Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value === 'number' ? stash?.[value] : value,
    ]);
    return { id, parameters: Object.fromEntries(values) as unknown };
  });
}

test.each(routeIds.filter((id) => routes[id].kind !== 'session'))(
  '%s is found by its path alone, with its parameters',
  (id) => {
    const { method, path } = routes[id];
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const parameters = Object.fromEntries(names.map((name) => [name, `a-${name}`]));
    const asked = path.replaceAll(/\{(\w+)\}/g, 'a-$1');
    expect(found(routerOfTable(), method, asked)).toEqual([{ id, parameters }]);
  },
);

test('a word stands before a parameter at the same place, for its own method only', () => {
  const router = routerOfTable();
  expect(found(router, 'POST', '/api/v1/images/prune')).toMatchObject([{ id: 'images.prune' }]);
  expect(found(router, 'GET', '/api/v1/images/prune')).toEqual([
    { id: 'images.show', parameters: { name: 'prune' } },
  ]);
});

test.each(['/', '/api/v1', '/api/v1/containers/', '/api/v1/containers/a/b/c', '/__proto__'])(
  'nothing is found at %s',
  (path) => {
    expect(found(routerOfTable(), 'GET', path)).toEqual([]);
    expect(found(routerOfTable(), 'TRACE', path)).toEqual([]);
  },
);
