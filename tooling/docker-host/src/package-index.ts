import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DockerHost } from './docker-host.ts';
import { startBeside } from './start-beside.ts';
import { makeWheel, wheelName, type MadePackage } from './wheels.ts';

/** An index of Python packages (PEP 503) that only a host's own network reaches. */
export interface PackageIndex {
  /** For `--index-url`; on the loopback of the engine's network. */
  readonly url: string;
  /** Adds a package, or another version of one. */
  readonly add: (made: MadePackage) => void;
  /** Paths that were asked for so far, in order. */
  readonly requests: () => readonly string[];
}

const port = 8765;

/** Serves a folder, one line of output for each request. */
const server = `
const [folder, port] = process.argv.slice(1);
const { createServer } = require('node:http');
const { readFileSync } = require('node:fs');
const { join, normalize } = require('node:path');
createServer((request, response) => {
  const path = normalize(decodeURIComponent(request.url.split('?')[0]));
  console.log('GET ' + path);
  try {
    const body = readFileSync(join(folder, path.endsWith('/') ? path + 'index.html' : path));
    response.setHeader('Content-Type', path.endsWith('/') ? 'text/html' : 'application/octet-stream');
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
`;

/** Starts an index in a host's network; it ends with the host. */
export async function startPackageIndex(
  host: DockerHost,
  packages: readonly MadePackage[],
): Promise<PackageIndex> {
  const folder = join(host.paths.root, 'package-index');
  const add = (made: MadePackage): void => {
    const place = join(folder, 'simple', made.name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, wheelName(made)), makeWheel(made));
    const wheels = readdirSync(place).filter((name) => name.endsWith('.whl'));
    const links = wheels.map((name) => `<a href="${name}">${name}</a>\n`);
    writeFileSync(
      join(place, 'index.html'),
      `<!DOCTYPE html><html><body>\n${links.join('')}</body></html>\n`,
    );
  };
  mkdirSync(folder, { recursive: true });
  for (const made of packages) add(made);
  const words = [process.execPath, '-e', server, folder, String(port)];
  const beside = await startBeside(host, { name: 'package-index', words, isReady: /^ready$/m });
  return {
    url: `http://127.0.0.1:${String(port)}/simple/`,
    add,
    requests: () => [...beside.output().matchAll(/^GET (.+)$/gm)].map(([, path]) => path ?? ''),
  };
}
