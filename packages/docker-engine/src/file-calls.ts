import type { IncomingMessage } from 'node:http';
import { posix } from 'node:path';
import { ds01Error, isDs01Error, type ContainerId } from '@ds01/contracts';
import type { ContainerEngine, ContainerPathKind, FolderOwner } from '@ds01/ports';
import { z } from 'zod';
import type { ApiRequest, EngineApi } from './api.ts';
import { brokenConnection, notUnderstood } from './engine-errors.ts';
import { layersSchema, makeLayerFolder } from './layer-folder.ts';
import { containerPath } from './object-paths.ts';
import { archiveOfFolder, archiveOfNested, readFirstEntry, tooLarge } from './tar-entry.ts';
import { readJson } from './wire.ts';
import { detailsSchema } from './wire-container.ts';

type FileCalls = Pick<
  ContainerEngine,
  'readContainerFile' | 'statContainerPath' | 'makeContainerFolder'
>;

/** Header `X-Docker-Container-Path-Stat`, base64 JSON; `mode` is Go's `fs.FileMode`. */
const pathStatSchema = z.object({
  size: z.number(),
  mode: z.number(),
  linkTarget: z
    .string()
    .nullish()
    .transform((target) => target ?? ''),
});
type PathStat = z.infer<typeof pathStatSchema>;

const headerName = 'x-docker-container-path-stat';

/** Bits of Go's `fs.FileMode` above the permissions. */
const goMode = { folder: 2 ** 31, link: 2 ** 27, others: 0x0728_0000 } as const;

/** Links that lead to each other: the engine can't say more about them. */
const endlessLink: PathStat = { size: 0, mode: goMode.link, linkTarget: '' };

function kindOf({ mode }: PathStat): ContainerPathKind {
  if (mode >= goMode.folder) return 'folder';
  if ((mode & goMode.link) !== 0) return 'link';
  return (mode & goMode.others) === 0 ? 'file' : 'other';
}

/**
 * Files in containers, through the engine's archive endpoints. These run as the engine, root on the
 * host: DS01 reads with them, and writes only one empty folder before a container's first start,
 * where it can't make it itself.
 */
export function createFileCalls(api: EngineApi): FileCalls {
  /** `null` when nothing is there. An answer to HEAD has no words: a refusal is asked for again. */
  async function open(
    id: ContainerId,
    path: string,
    how: { readonly method: 'HEAD' | 'GET'; readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly stat: PathStat; readonly response: IncomingMessage | null } | null> {
    const request = {
      ...how,
      path: containerPath(id, '/archive'),
      query: { path: plain(path) },
    };
    try {
      const response = await api.stream(request);
      return { stat: statOf(response.headers[headerName], request), response };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (how.method === 'HEAD') return open(id, path, { ...how, method: 'GET' });
      if (isMissingPath(error.message)) return null;
      if (/too many links/i.test(error.message)) return { stat: endlessLink, response: null };
      throw error;
    }
  }

  async function kindAt(
    id: ContainerId,
    path: string,
    signal?: AbortSignal,
  ): Promise<ContainerPathKind | null> {
    const opened = await open(id, path, { method: 'HEAD', signal });
    opened?.response?.destroy();
    return opened === null ? null : kindOf(opened.stat);
  }

  async function read(
    id: ContainerId,
    path: string,
    options: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Uint8Array | { readonly linkTo: string } | null> {
    const opened = await open(id, path, { method: 'GET', signal: options.signal });
    if (opened === null || opened.response === null) return null;
    const { stat, response } = opened;
    try {
      const kind = kindOf(stat);
      if (kind === 'link') return { linkTo: stat.linkTarget };
      if (kind !== 'file') return null;
      if (stat.size > options.maxBytes) throw tooLarge(stat.size, options.maxBytes);
      const entry = await readFirstEntry(response, options.maxBytes);
      return entry.kind === 'file' ? entry.bytes : null;
    } catch (error) {
      throw brokenConnection(error, api.socketPath, { method: 'GET', path: '/archive' });
    } finally {
      response.destroy();
    }
  }

  /** The engine itself refuses to put a folder in the place of anything else. */
  const makeKnown = async (
    id: ContainerId,
    at: { readonly target: string; readonly parent: 'folder' | 'missing' },
    owner: FolderOwner,
  ): Promise<void> => {
    const layers = await api.read(layersSchema, {
      method: 'GET',
      path: containerPath(id, '/json'),
    });
    if (makeLayerFolder(layers, at.target, owner)) return;
    const [folder, name] = [posix.dirname(at.target), posix.basename(at.target)];
    const isThere = at.parent === 'folder';
    const parent = posix.basename(folder);
    try {
      await api.send({
        method: 'PUT',
        path: containerPath(id, '/archive'),
        query: { path: isThere ? folder : posix.dirname(folder), noOverwriteDirNonDir: 1 },
        archive: isThere ? archiveOfFolder(name, owner) : archiveOfNested({ parent, name }, owner),
      });
    } catch (error) {
      if (!isDs01Error(error) || !/cannot overwrite non-directory/i.test(error.message))
        throw error;
      throw refused(at.target, 'something that is no folder is there');
    }
  };

  return {
    async readContainerFile(id, path, options) {
      const first = await read(id, path, options);
      if (first === null || first instanceof Uint8Array) return first;
      if (first.linkTo === '') return null;
      const second = await read(id, first.linkTo, options);
      return second instanceof Uint8Array ? second : null;
    },
    async statContainerPath(id, path, options) {
      const kind = await kindAt(id, path, options?.signal);
      return kind === null ? null : { kind };
    },
    async makeContainerFolder(id, path, owner, known) {
      const target = plain(path);
      if (known !== undefined) return makeKnown(id, { target, ...known }, owner);
      const details = await api.read(detailsSchema, {
        method: 'GET',
        path: containerPath(id, '/json'),
      });
      if (details.state !== 'created' || details.startedAtMs !== null) {
        throw refused(target, 'the container was started already');
      }
      const mount = details.mounts.find((one) => isWithin(target, plain(one.target)));
      if (mount !== undefined) throw refused(target, `${mount.target} is a folder of the host`);
      for (const parent of parentsOf(target)) {
        const kind = await kindAt(id, parent);
        if (kind !== 'folder') throw refused(target, `${parent} is no folder`);
      }
      if ((await kindAt(id, target)) !== null) throw refused(target, 'something is there already');
      await api.send({
        method: 'PUT',
        path: containerPath(id, '/archive'),
        query: { path: posix.dirname(target), noOverwriteDirNonDir: 1 },
        archive: archiveOfFolder(posix.basename(target), owner),
      });
    },
  };
}

/** Absolute, without `.`, `..` and a slash at the end, with which a link there would be followed. */
function plain(path: string): string {
  const normal = posix.resolve('/', path);
  if (!normal.includes('\0')) return normal;
  throw ds01Error('engine.error', { message: 'A path in a container has no zero bytes.' });
}

function parentsOf(path: string): readonly string[] {
  const names = path.split('/').slice(1, -1);
  return names.map((_name, index) => `/${names.slice(0, index + 1).join('/')}`);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function statOf(
  header: string | readonly string[] | undefined,
  request: Pick<ApiRequest, 'method' | 'path'>,
): PathStat {
  if (typeof header !== 'string') throw notUnderstood(request, `no ${headerName}`);
  return readJson(pathStatSchema, Buffer.from(header, 'base64').toString('utf8'), request);
}

/** The engine answered and said no. */
function isRefusal(error: unknown): error is Error {
  return isDs01Error(error) && ['container.not-found', 'engine.error'].includes(error.code);
}

/** Also something below a file (`not a directory`). */
function isMissingPath(message: string): boolean {
  return /could not find the file|not a directory/i.test(message);
}

function refused(path: string, reason: string) {
  return ds01Error('engine.conflict', {
    message: `The folder ${path} can't be made in the container: ${reason}.`,
    details: { path, reason },
  });
}
