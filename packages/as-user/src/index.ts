export type { WaitOptions } from './child.ts';
export { checkedPath } from './paths.ts';
export { withFolderOf, type FolderToOpen } from './folder.ts';
export {
  createFileOf,
  readFileOf,
  writeFileOf,
  type FileOfPerson,
  type FileToRead,
  type FileToWrite,
} from './files.ts';
export { appendToFileOf, type TextToAppend } from './append.ts';
export { factsOfFile, type FactsOfFile } from './facts.ts';
export { outputOfProgram, type ProgramOfPerson } from './program.ts';
export { sizeOfFolder, type FolderToMeasure } from './size.ts';
export { startProgramOf, type RunningProgram } from './stream.ts';
