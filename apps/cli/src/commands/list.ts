import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { containerTable } from '../describe.ts';
import { ownWaiting, queueBeside } from '../queue/waiting-remarks.ts';

/** `ds01 container list`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const users = switchFlag(flags, 'allUsers');
  const id = users ? 'admin.containers' : 'containers.list';
  const [result, queue] = await Promise.all([
    runtime.api.call(id, { all: switchFlag(flags, 'all') }, { signal }),
    queueBeside(context, { mine: true }),
  ]);
  output.result(result, (screen) =>
    containerTable(result.containers, { users, screen, nowMs: Date.now() }),
  );
  for (const { name, gpuProblem } of result.containers) {
    if (gpuProblem !== undefined) output.say(`${name}: ${gpuProblem}`);
  }
  for (const line of ownWaiting(queue, Date.now())) output.say(line);
  const notices = 'notices' in result ? (result.notices ?? []) : [];
  for (const notice of notices) output.say(notice);
  return 0;
}
