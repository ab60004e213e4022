import { hookPath, type SimulatorPaths } from '../paths.ts';
import { shellQuote } from '../shell.ts';

/** Text of the executable `runtime-hook`: starts the hook with the node that runs now. */
export const runtimeHookScript = (paths: SimulatorPaths): string =>
  [
    '#!/bin/sh',
    `NODE_COMPILE_CACHE=${shellQuote(paths.compileCache)} exec ${shellQuote(process.execPath)} \\`,
    `  --disable-warning=ExperimentalWarning ${shellQuote(hookPath)} ${shellQuote(paths.directory)} "$@"`,
    '',
  ].join('\n');
