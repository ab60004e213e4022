import type { ContainerDetails } from '@ds01/ports';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** Everything that a container of Alice's may have besides a GPU. */
export const everything = {
  data: [
    { folder: '/home/alice/sets', target: '/data/sets', readOnly: true },
    { folder: '/scratch/alice', target: '/scratch', readOnly: false },
  ],
  secrets: [{ name: 'token', base64: btoa('s3cret') }],
  ports: [{ containerPort: 8888, protocol: 'tcp' as const, hostPort: 9000 }],
};

/** A site that shares /scratch and two of its groups. */
export function site(options: WorldOptions = {}): World {
  return createWorld({
    settings: 'data: { roots: ["/scratch:rw"] }\nshared_groups: [lab, staff, absent]\n',
    groups: { lab: 3000, staff: 3001 },
    ...options,
  });
}

/** A container of Alice's as the engine has it. */
export async function madeIn(world: World, name = 'thesis'): Promise<ContainerDetails> {
  return world.engine.inspectContainer(`${name}._.alice`);
}

/** The text of a file that was made for the containers of a world. */
export function fileOf(world: World, name: string): string {
  for (const requests of world.pins.requests.values()) {
    for (const request of requests) {
      if (request.kind === 'file' && request.name === name) return request.text;
    }
  }
  throw new Error(`no ${name}`);
}
