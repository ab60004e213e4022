import { ds01Error, type Ds01Error, type ErrorCode, type ImageReference } from '@ds01/contracts';
import type { ContainerEngine, TransferOptions } from '@ds01/ports';
import type { EngineApi } from './api.ts';
import { brokenConnection, engineFailure } from './engine-errors.ts';
import { imagePath } from './object-paths.ts';
import { failureOf, progressOf, transferLines } from './progress-lines.ts';
import { partsOf, registryAuthHeader, registryAuthValue, withoutSecrets } from './registry-auth.ts';

const registryAnswerMs = 60_000;

interface Transfer {
  readonly kind: 'pull' | 'push';
  readonly reference: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/**
 * Pulls and pushes images. An answer of 200 says nothing: failures come as a line of the progress.
 * Credentials go into one header of one request and nowhere else.
 */
export function createTransferCalls(
  api: EngineApi,
): Pick<ContainerEngine, 'pullImage' | 'pushImage'> {
  /** Returns the digest that the engine tells of, if any. */
  async function run(transfer: Transfer, options: TransferOptions): Promise<string | null> {
    const { kind, reference, path, query } = transfer;
    const request = { method: 'POST', path } as const;
    const auth = registryAuthValue(options.auth ?? null, partsOf(reference).registry);
    const source = {
      request,
      signal: options.signal,
      silence: kind === 'pull' ? 'image.pull-failed' : 'image.push-failed',
      doing: `${kind === 'pull' ? 'Pulling' : 'Pushing'} ${reference}`,
    } as const;
    const headers = { [registryAuthHeader]: auth };
    const open = (signal: AbortSignal) => api.stream({ ...request, query, headers, signal });
    let digest: string | null = null;
    for await (const line of transferLines(source, open)) {
      const failure = failureOf(line);
      if (failure !== null) throw engineFailure(failure, request);
      digest = line.aux?.Digest ?? digestIn(line.status) ?? digest;
      const progress = progressOf(line);
      if (progress !== null) options.onProgress?.(progress);
    }
    return digest;
  }

  async function transferred(transfer: Transfer, options: TransferOptions): Promise<string | null> {
    try {
      return await run(transfer, options);
    } catch (error) {
      const request = { method: 'POST', path: transfer.path };
      const failure = brokenConnection(error, api.socketPath, request);
      throw failureAs(withoutSecrets(failure, options.auth ?? null), transfer);
    }
  }

  /** Whether the registry shows a manifest with these credentials: always asked of it, never answered from here. */
  async function checkAtRegistry(reference: ImageReference, options: TransferOptions) {
    const path = imagePath(reference, '/json')?.replace('/images/', '/distribution/');
    if (path === undefined) throw notHere(reference);
    const request = { method: 'GET', path } as const;
    const auth = registryAuthValue(options.auth ?? null, partsOf(reference).registry);
    const headers = { [registryAuthHeader]: auth };
    const { signal } = options;
    try {
      await api.send({ ...request, headers, signal, timeoutMs: registryAnswerMs });
    } catch (error) {
      const failure = brokenConnection(error, api.socketPath, request);
      const told = withoutSecrets(failure, options.auth ?? null);
      throw failureAs(told, { kind: 'pull', reference, path, query: {} });
    }
  }

  return {
    async pullImage(reference, options) {
      const { repository, version } = partsOf(reference);
      // What was fetched once by its digest the engine gives to anybody who names it.
      if (reference.includes('@')) await checkAtRegistry(reference, options);
      const query = { fromImage: repository, tag: version };
      await transferred({ kind: 'pull', reference, path: '/images/create', query }, options);
    },
    async pushImage(reference, options) {
      const { repository, version } = partsOf(reference);
      const path = imagePath(repository, '/push');
      if (path === null) throw notHere(reference);
      const query = { tag: version };
      const digest = await transferred({ kind: 'push', reference, path, query }, options);
      if (digest !== null) return digest;
      throw ds01Error('image.push-failed', {
        message: `${reference} was sent, but its registry didn't say what it is called there.`,
        details: { reference },
      });
    },
  };
}

function digestIn(status: string | undefined): string | undefined {
  return /digest: (sha256:[0-9a-f]{64})/i.exec(status ?? '')?.[1];
}

function notHere(reference: ImageReference): Ds01Error {
  const message = `No such image: ${JSON.stringify(reference)}`;
  return ds01Error('image.not-found', { message, details: { reference } });
}

/** What registries say about an image that doesn't exist or may not be seen. */
const unknownImage =
  /manifest (?:for .* )?(?:unknown|not found)|repository does not exist|name unknown|not found: manifest|image does not exist locally/i;

/** What registries, and moby in their name, say to the wrong credentials or to none. */
const denied =
  /unauthorized|authentication required|no basic auth credentials|incorrect username or password|access to the resource is denied|^denied\b/i;

function failureAs(failure: Ds01Error, { kind, reference }: Transfer): Ds01Error {
  const code = codeOf(failure, kind);
  if (code === null) return failure;
  const verb = kind === 'pull' ? 'pulled' : 'pushed';
  return ds01Error(code, {
    message: `${reference} could not be ${verb}: ${failure.message}`,
    hint: hintFor(code, reference),
    details: { ...failure.details, reference },
    cause: failure,
  });
}

/** Whether the registry answers at all is the first thing to know; Docker's own is elsewhere than its name. */
function hintFor(code: ErrorCode, reference: string): string | undefined {
  if (code !== 'image.pull-failed' && code !== 'image.push-failed') return undefined;
  const { registry } = partsOf(reference);
  return `curl -I https://${registry === 'docker.io' ? 'registry-1.docker.io' : registry}/v2/`;
}

/** `null` for failures that say enough already. */
function codeOf(failure: Ds01Error, kind: Transfer['kind']): ErrorCode | null {
  if (failure.code === 'image.not-found' || unknownImage.test(failure.message)) {
    return 'image.not-found';
  }
  if (failure.code !== 'engine.error') return null;
  if (denied.test(failure.message)) return 'registry.denied';
  return kind === 'pull' ? 'image.pull-failed' : 'image.push-failed';
}
