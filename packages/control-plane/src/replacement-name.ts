/** No name that a person can give contains it. */
const mark = '._.recreated._.';

/** Docker's name of the container that is about to replace the one of this name. */
export function replacementNameOf(dockerName: string): string {
  return dockerName.replace('._.', mark);
}

/** The name that a replacement is going to have; `null` for what is none. */
export function originalNameOf(dockerName: string): string | null {
  return dockerName.includes(mark) ? dockerName.replace(mark, '._.') : null;
}
