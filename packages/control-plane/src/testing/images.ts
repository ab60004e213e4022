import type { CallId, RouteInput, RouteOutput } from '@ds01/contracts';
import type { Operations } from '../operations/operations.ts';
import { operationsOf } from './operations.ts';
import { alice, bob, carol, dana } from './people.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** What people do with images, by the operations. */
export interface ImageWorld {
  readonly world: World;
  readonly operations: Operations;
  /** Runs an operation, as Alice when nobody is named. */
  call<Id extends CallId>(
    id: Id,
    input: RouteInput<Id>,
    who?: typeof alice,
    options?: { readonly dryRun: boolean },
  ): Promise<RouteOutput<Id>>;
  /** Code of the error of an operation; `ok` without. */
  codeOf<Id extends CallId>(id: Id, input: RouteInput<Id>, who?: typeof alice): Promise<string>;
  /** All tags of the engine. */
  tags(): Promise<readonly string[]>;
}

/** A world with the accounts of everybody, and these images beside the usual one. */
export function imageWorld(options: WorldOptions = {}): ImageWorld {
  const accounts = [alice, bob, carol, dana].map(({ owner }) => owner);
  const world = createWorld({ accounts, ...options });
  const operations = operationsOf(world);
  return {
    world,
    operations,
    call: (id, input, who = alice, how = { dryRun: false }) => operations.call(id, who, input, how),
    async codeOf(id, input, who = alice) {
      try {
        await operations.call(id, who, input);
        return 'ok';
      } catch (error) {
        return String(Reflect.get(Object(error), 'code'));
      }
    },
    tags: async () => (await world.engine.listImages()).flatMap(({ tags }) => tags).toSorted(),
  };
}
