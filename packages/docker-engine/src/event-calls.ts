import { ds01Error } from '@ds01/contracts';
import type { ContainerEngine, EngineEvent } from '@ds01/ports';
import type Docker from 'dockerode';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { brokenConnection } from './engine-errors.ts';
import { linesOf } from './lines.ts';
import { quietOnAbort } from './quiet-on-abort.ts';
import { readJson, stringMap } from './wire.ts';

const eventSchema = z
  .object({
    Type: z.enum(['container', 'image', 'network', 'volume', 'daemon', 'other']).catch('other'),
    Action: z.string(),
    Actor: z.object({ ID: z.string().default(''), Attributes: stringMap }),
    time: z.number().default(0),
    timeNano: z.number().optional(),
  })
  .transform((event): EngineEvent => ({
    type: event.Type,
    action: event.Action,
    id: event.Actor.ID,
    attributes: event.Actor.Attributes,
    atMs: event.timeNano === undefined ? event.time * 1000 : Math.floor(event.timeNano / 1e6),
  }));

const request = { method: 'GET', path: '/events' } as const;

/** The engine's events. The stream's end, however it comes, is `engine.unreachable`. */
export function createEventCalls(
  api: EngineApi,
  dockerode: () => Promise<Docker>,
): Pick<ContainerEngine, 'events'> {
  type Options = Parameters<ContainerEngine['events']>[0];

  async function* read({ signal, sinceMs }: Options): AsyncGenerator<EngineEvent> {
    const docker = await dockerode();
    const source = await docker.getEvents({
      ...(sinceMs === null ? {} : { since: sinceMs / 1000 }),
      ...(signal === undefined ? {} : { abortSignal: signal }),
    });
    try {
      for await (const line of linesOf(source)) yield readJson(eventSchema, line, request);
    } catch (error) {
      throw brokenConnection(error, api.socketPath, request);
    }
    throw ds01Error('engine.unreachable', {
      message: `The Docker engine at ${api.socketPath} ended its stream of events.`,
      hint: 'ds01 doctor',
    });
  }

  return { events: (options) => quietOnAbort(read(options), options.signal) };
}
