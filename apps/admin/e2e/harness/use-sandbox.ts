import type { ConfigFiles } from '@ds01/e2e';

export { canRun, type DaemonSandbox, useDaemon } from '@ds01/e2e/vitest';

/** These files, with administrators named in the limits. */
export function withAdministrators(
  files: ConfigFiles,
  access: { readonly admin_users: readonly string[]; readonly admin_group?: string },
): ConfigFiles {
  const limits = files['resource-limits.yaml'] ?? '';
  const named = limits.replace('{', `{ "access_control": ${JSON.stringify(access)},`);
  return { ...files, 'resource-limits.yaml': named };
}
