export { canRun, type DaemonSandbox, useDaemon } from '@ds01/e2e/vitest';
