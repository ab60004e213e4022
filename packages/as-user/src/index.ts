export type { WaitOptions } from './child.ts';
export { checkedPath } from './paths.ts';
export { withFolderOf, type FolderToOpen } from './folder.ts';
export {
  readFileOf,
  writeFileOf,
  type FileOfPerson,
  type FileToRead,
  type FileToWrite,
} from './files.ts';
