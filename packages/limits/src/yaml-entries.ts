/**
 * Entries that a YAML file may have, and those of a folder that is compared together. A site with
 * thousands of people has fewer; ten times as many would keep a daemon from answering for seconds.
 */
export const mostYamlEntries = 20_000;

/** How many entries a YAML text can have at most, by its lines and commas: told before it is parsed. */
export function yamlEntriesAtMost(text: string): number {
  let count = 1;
  for (const sign of ['\n', ',']) {
    for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + 1)) count += 1;
  }
  return count;
}
