export type {
  CommandContext,
  CommandModule,
  CommandSpec,
  Lesson,
  Program,
  Topic,
} from './command.ts';
export {
  commonFlags,
  listFlag,
  switchFlag,
  textFlag,
  type FlagSpec,
  type FlagValues,
} from './flags.ts';
export { eventFlags } from './events/event-flags.ts';
export { checksText } from './checks-text.ts';
export { box } from './box.ts';
export { confirm, confirmTyped } from './confirm.ts';
export { commandFor, createOutput, type Output, type OutputOptions } from './output.ts';
export { helpText } from './help.ts';
export { localTime } from './local-time.ts';
export { classicNames, nameOf, nounsOf, phrasesOf, type Named } from './names.ts';
export { parseCommandLine, type ParsedCommand, type ParsedQuestion } from './parse.ts';
export type { AskedHelp } from './resolve.ts';
export {
  isClosedPipe,
  runProgram,
  type ClosableRuntime,
  type Host,
  type RunOptions,
} from './run-program.ts';
export { readSpan, spanOf } from './span.ts';
export { createScreen, plainScreen, type Screen, type Style } from './screen.ts';
export { columns, fields, table, type Cell, type Column, type Table } from './table.ts';
export { cutText, padText, plainText, textWidth, wrapText } from './text.ts';
export {
  completeWords,
  noCompletion,
  type Candidate,
  type Completion,
  type ValueRequest,
  type ValueSource,
} from './complete.ts';
