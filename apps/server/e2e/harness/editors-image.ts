import { dirname, join } from 'node:path';
import { cacheDirectory, ensureDebs, requireCommand, type DebianTools } from '@ds01/setup';
import type { DaemonSandbox } from './use-sandbox.ts';

/**
 * Makes `ds01/editors`: Debian with python3, vim and htop. Their packages are fetched once for the machine;
 * libraries that the machine has are taken from there.
 */
export async function makeEditorsImage({ host, docker }: DaemonSandbox): Promise<string> {
  await host.image('python');
  const tools = await ensureDebs({
    packages: ['vim-tiny', 'htop'],
    cacheDirectory: cacheDirectory(process.env),
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const container = await docker('create', '--network', 'none', 'ds01/python');
  for (const name of ['vim.tiny', 'htop']) {
    const path = tools.find(name) ?? name;
    await docker('cp', path, `${container}:/usr/bin/${name}`);
    for (const library of await librariesOf(tools, path)) {
      const folder = join('/usr', dirname(library).replace(/^.*?\/lib\//, 'lib/'));
      await docker('cp', '--follow-link', library, `${container}:${folder}/`);
    }
  }
  await docker('commit', '--change', 'CMD ["sh"]', container, 'ds01/editors');
  await docker('rm', container);
  return 'ds01/editors';
}

/** Shared libraries of a program, without those of the C library, which every image has. */
async function librariesOf(tools: DebianTools, path: string): Promise<readonly string[]> {
  const environment = tools.environment(process.env);
  const text = await requireCommand('ldd', [path], { environment });
  return [...text.matchAll(/=> (\/\S+)/g)]
    .map(([, library = '']) => library)
    .filter((library) => !/\/(?:libc|libm|libdl|libpthread|librt)\.so/.test(library));
}
