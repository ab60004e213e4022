import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../../packages/client/examples');

/** Names of the client's examples, without `.ts`. */
export const exampleNames: readonly string[] = readdirSync(folder).map((file) =>
  file.replace(/\.ts$/, ''),
);

/** Stands before what an example prints. */
export const exampleBegins = '--- example ';

/** Runs examples, one after the other, and does what a page would do with those for pages. */
const program = `
const [, names, , folder, begins] = process.argv;
const { DS01_URL: url, DS01_TOKEN: token } = process.env;
for (const name of names.split(',')) {
  console.log(begins + name);
  const { showGpus, openShell } = await import(folder + '/' + name + '.ts');
  await showGpus?.(url, token, console.log);
  const readable = ReadableStream.from([new TextEncoder().encode('stty size; exit 3\\n')]);
  const writable = new WritableStream({ write: (bytes) => void process.stdout.write(bytes) });
  const exitCode = await openShell?.(url, token, { readable, writable });
  if (exitCode !== undefined) console.log('exit code', exitCode);
}
`;

/**
 * The words that run examples in one process, from the sources; the archive is the argument of those
 * that take one.
 */
export function exampleWords(names: readonly string[], archive: string): readonly string[] {
  const node = [process.execPath, '--conditions=@ds01/source', '--input-type=module'];
  return [...node, '-e', program, names.join(','), archive, folder, exampleBegins];
}

/** A tar archive with a Dockerfile, made below a folder. */
export function makeContext(below: string): string {
  const context = join(below, 'context');
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, 'Dockerfile'), 'FROM ds01/busybox\nCOPY model.txt /model.txt\n');
  writeFileSync(join(context, 'model.txt'), 'weights\n');
  const archive = join(below, 'context.tar');
  const made = spawnSync('tar', ['-C', context, '-cf', archive, '.'], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  return archive;
}
