import type { AppDependencies, HonoContext } from './app-dependencies.ts';

/**
 * Lets somebody in who asks for nothing of the table. Fails with `rate.limited`, as they count like
 * everybody, and with `access.denied` for a peer in a container.
 */
export async function greet(
  { identify }: Pick<AppDependencies, 'identify'>,
  { env }: HonoContext,
): Promise<void> {
  const { incoming } = env;
  const { leave } = await identify({ id: null, message: incoming, socket: incoming.socket });
  leave();
}
