import { checksText, switchFlag } from '@ds01/command-line';
import type { DoctorOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import { callEvenDirectly, type Answer } from '../call-directly.ts';
import type { CommandContext } from '../context.ts';

/** `ds01-admin doctor`: exit 0 when every check passes, else 4; with `--fix`, after mending. */
export async function run(context: CommandContext): Promise<number> {
  if (switchFlag(context.flags, 'fix')) return fix(context);
  const { result, from } = await callEvenDirectly(context, 'doctor', {});
  if (from === 'daemon') await refuseOthers(context);
  const checks = [daemonCheck(from), ...result.checks];
  context.output.result({ checks }, () => checksText(checks));
  return checks.every(({ ok }) => ok) ? 0 : 4;
}

/** Only through whoever keeps the ledger now: beside a daemon nothing is mended. */
async function fix({ output, runtime, signal }: CommandContext): Promise<number> {
  const result = await runtime.api.call('admin.doctor.fix', {}, { signal });
  output.result(result, () => {
    const lines = result.mended.map(({ id, done, message }) =>
      [done ? 'done' : '    ', `${id}: ${message}`].join('  '),
    );
    const mended = lines.length === 0 ? ['nothing to mend by itself'] : lines;
    return [checksText(result.checks), '', ...mended].join('\n');
  });
  return result.checks.every(({ ok }) => ok) ? 0 : 4;
}

/** The operation answers everybody, others with less; here all of it is asked for. */
async function refuseOthers({ runtime, signal }: CommandContext): Promise<void> {
  const { role } = await runtime.api.call('users.me', {}, { signal });
  if (role === 'admin') return;
  throw ds01Error('access.denied', {
    message: 'Only administrators see all checks.',
    hint: 'ds01 doctor',
  });
}

/** A host is of use to people only through its daemon. */
function daemonCheck(from: Answer<unknown>['from']): DoctorOutput['checks'][number] {
  const id = 'daemon';
  if (from === 'daemon') {
    return { id, ok: true, severity: 'info', message: 'the daemon answers', hint: null };
  }
  const hint = 'systemctl start ds01d';
  return from === 'this process'
    ? { id, ok: true, severity: 'warning', message: 'no daemon runs: only root can use DS01', hint }
    : { id, ok: false, severity: 'error', message: 'the daemon does not answer', hint };
}
