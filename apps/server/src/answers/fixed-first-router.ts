import type { Result, Router } from 'hono/router';
import { RegExpRouter } from 'hono/router/reg-exp-router';

/**
 * A router that looks paths without parameters up, and tries all others with one regular expression.
 * Hono's fast router refuses paths of which one has a word where another has a parameter, and the one
 * that it then takes walks a tree for each request. No patterns but `:name` are understood.
 */
export function createFixedFirstRouter<T>(): Router<T> {
  const fixed = new Map<string, Result<T>>();
  const others = new RegExpRouter<T>();
  return {
    name: 'FixedFirstRouter',
    add(method, path, handler) {
      if (path.includes(':')) others.add(method, path, handler);
      else fixed.set(`${method} ${path}`, [[[handler, {}]]]);
    },
    match: (method, path) => fixed.get(`${method} ${path}`) ?? others.match(method, path),
  };
}
