import type { PolicyFile } from '@ds01/ports';

/**
 * Where the configuration names a person: `groups/student.members:3`, without what stands in comments.
 * Names are found as whole words, so that nothing is missed whatever the file's syntax.
 */
export function entriesAbout(files: readonly PolicyFile[], user: string): readonly string[] {
  return files.flatMap(({ path, text }) =>
    (text ?? '').split('\n').flatMap((line, index) => {
      const content = line.replace(/(^|\s)#.*$/, '');
      const words = content.split(/[^\w.@+\\-]+/).map((word) => word.replace(/^-+|[.-]+$/g, ''));
      return words.includes(user) ? [`the entry in ${path}:${String(index + 1)}`] : [];
    }),
  );
}
