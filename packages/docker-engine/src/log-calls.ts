import type { ContainerId } from '@ds01/contracts';
import type { ContainerEngine, LogChunk, LogOptions } from '@ds01/ports';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { brokenConnection } from './engine-errors.ts';
import { containerPath } from './object-paths.ts';
import { asStandardOutput, chunksOf, createSplitter } from './output-frames.ts';
import { quietOnAbort } from './quiet-on-abort.ts';

const ttySchema = z.object({ Config: z.object({ Tty: z.boolean() }) });

/**
 * A container's output, always as a stream (dockerode would collect it unless told to follow).
 * Whether it is multiplexed depends on the container's TTY, which is asked first.
 */
export function createLogCalls(api: EngineApi): Pick<ContainerEngine, 'logs'> {
  async function* read(id: ContainerId, options: LogOptions): AsyncGenerator<LogChunk> {
    const { signal } = options;
    const container = await api.read(ttySchema, {
      method: 'GET',
      path: containerPath(id, '/json'),
      signal,
    });
    const path = containerPath(id, '/logs');
    const source = await api.stream({
      method: 'GET',
      path,
      query: {
        follow: options.follow,
        stdout: true,
        stderr: true,
        timestamps: options.timestamps,
        tail: options.tail ?? 'all',
        since: options.sinceMs === null ? undefined : options.sinceMs / 1000,
      },
      signal,
    });
    try {
      yield* chunksOf(source, container.Config.Tty ? asStandardOutput : createSplitter());
    } catch (error) {
      throw brokenConnection(error, api.socketPath, { method: 'GET', path });
    }
  }

  return { logs: (id, options) => quietOnAbort(read(id, options), options.signal) };
}
