import { ds01Error } from '@ds01/contracts';
import { findDockerfile } from '@ds01/control-plane';
import type { UploadId } from '@ds01/contracts/service';
import { dropBody } from '../bodies/drop-body.ts';
import { exchange, type Exchange } from '../exchange.ts';
import { buildFrom } from '../work/build-upload.ts';
import { tooLarge, type Upload } from '../work/uploads.ts';
import type { Begun } from '../work/work-keeper.ts';
import type { AppDependencies, Known, Reply } from './app-dependencies.ts';
import { preferencesOf } from './preferences.ts';
import { laterResponse } from './work-response.ts';

const mediaTypes: ReadonlySet<string> = new Set([
  'application/x-tar',
  'application/tar',
  'application/octet-stream',
]);

/**
 * Takes a tar archive in, begins the build that it is for, and answers with its operation. Nothing
 * begins before the whole archive is there: a connection that breaks leaves nothing behind.
 */
export async function answerUpload(
  deps: AppDependencies,
  incoming: Known<UploadId>,
  { headers }: Reply,
): Promise<Response> {
  const { message } = incoming;
  const { key, later } = preferencesOf(message);
  const opened = Promise.withResolvers<Response>();
  void exchange(deps, incoming, async (request) => {
    refuseDryRun(request);
    const input = deps.operations.admit(incoming.id, request.person, request.input);
    refuseOtherTypes(message.headers['content-type']);
    const maxBytes = deps.maxUploadBytes();
    if (Number(message.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    const upload = await deps.uploads.receive(message, {
      uid: request.person.owner.uid,
      maxBytes,
    });
    try {
      const dockerfile = await dockerfileIn(upload, input.dockerfile);
      const begun = begin(deps, { incoming, request, key, upload, dockerfile });
      const soon = await begun.soon(deps.refusalMs);
      opened.resolve(laterResponse(begun, soon, { headers, preferred: later }));
      if (begun.isReplay) {
        request.replayed();
        return;
      }
      const { failure } = await begun.settled;
      if (failure !== null) throw failure;
    } finally {
      upload.remove();
    }
  }).catch(async (error: unknown) => {
    await dropBody(message);
    opened.reject(error);
  });
  return opened.promise;
}

async function dockerfileIn(upload: Upload, path: string): Promise<string> {
  const archive = upload.read();
  try {
    return await findDockerfile(archive, path);
  } finally {
    archive.destroy();
  }
}

function begin(
  deps: AppDependencies,
  asked: {
    readonly incoming: Known<UploadId>;
    readonly request: Exchange;
    readonly key: string | null;
    readonly upload: Upload;
    readonly dockerfile: string;
  },
): Begun {
  const { incoming, request, key, upload, dockerfile } = asked;
  const { person } = request;
  const input = deps.operations.admit(incoming.id, person, request.input);
  const build = {
    name: input.name,
    dockerfile,
    dockerfilePath: input.dockerfile,
    tag: input.tag,
    noCache: input.noCache,
  };
  return deps.work.begin({
    id: incoming.id,
    person,
    input,
    key,
    bytes: upload.hash,
    running: incoming.running,
    async run({ signal, onProgress }) {
      const session = await deps.operations.session('images.build', person, build, { signal });
      return buildFrom(upload.read(), session, onProgress);
    },
  });
}

function refuseDryRun({ dryRun }: Exchange): void {
  if (!dryRun) return;
  throw ds01Error('request.invalid', {
    message: 'A build has no preview.',
    hint: 'leave dryRun out',
  });
}

function refuseOtherTypes(contentType: string | undefined): void {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (mediaTypes.has(type)) return;
  throw ds01Error('request.media-type', {
    message: 'The body has to be a tar archive that is not compressed.',
    hint: 'send it with content-type: application/x-tar',
  });
}
