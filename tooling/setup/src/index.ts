export { type AptArchive, createPrivateApt, parsePrintUris, type PrivateApt } from './apt.ts';
export { cacheDirectory } from './cache-directory.ts';
export { createDebianTools, type DebianTools } from './debian-tools.ts';
export { ensureDebs, type EnsureDebsOptions } from './ensure-debs.ts';
export { type FileLockOptions, withFileLock } from './file-lock.ts';
export {
  type CommandResult,
  requireCommand,
  runCommand,
  type RunCommandOptions,
} from './run-command.ts';
export { createSetupError, isSetupError, type SetupError } from './setup-error.ts';
