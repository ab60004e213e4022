import { text } from 'node:stream/consumers';
import {
  buildEventSchema,
  imageBuildInputSchema,
  type BuildEvent,
  type ImageBuildInput,
} from '@ds01/contracts';
import type { RunStep } from '@ds01/docker-engine';
import type { BuildRecord, EngineSession } from '@ds01/ports';
import type { Caller } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { buildImage } from '../images/build/build-image.ts';
import { encodeHeader, endOfArchive, padding } from '../images/build/context/tar-format.ts';
import { createTurns } from '../operations/turns.ts';
import { alice } from './people.ts';
import { createWorld, type World } from './world.ts';

/** A build as the command line asks for it. */
export function buildInputOf(
  dockerfile: string,
  more: Partial<ImageBuildInput> = {},
): ImageBuildInput {
  return imageBuildInputSchema.parse({ name: 'thesis', dockerfile, ...more });
}

/** A context of plain files. */
export function contextOf(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const entries = Object.entries(files).flatMap(([path, contents]) => {
    const bytes = typeof contents === 'string' ? Buffer.from(contents) : contents;
    const entry = { kind: 'file', path, target: '', mode: 0o644, mtimeSeconds: 0 } as const;
    return [encodeHeader({ ...entry, sizeBytes: bytes.length }), bytes, padding(bytes.length)];
  });
  return Buffer.concat([...entries, endOfArchive]);
}

/** What a build is given besides its Dockerfile. */
export interface BuildOptions extends Partial<ImageBuildInput> {
  readonly caller?: Caller;
  readonly files?: Readonly<Record<string, string>>;
  readonly archive?: Buffer;
  readonly signal?: AbortSignal;
}

/** Begins a build and sends its context. */
export async function beginBuilding(
  deps: ControlPlaneDependencies,
  dockerfile: string,
  options: BuildOptions = {},
): Promise<EngineSession> {
  const { caller = alice, files = {}, archive, signal, ...more } = options;
  const turn = { turns: createTurns(), imageTurn: 'image' };
  const input = buildInputOf(dockerfile, more);
  const session = await buildImage(deps, caller, input, { ...turn, signal });
  session.stdin?.end(archive ?? contextOf(files));
  return session;
}

/** What a build session told. */
export async function eventsOf(session: EngineSession): Promise<readonly BuildEvent[]> {
  const lines = (await text(session.stdout)).split('\n').filter((line) => line !== '');
  return lines.map((line) => buildEventSchema.parse(JSON.parse(line)));
}

/** Builds to the end; fails as the build does. */
export async function built(
  deps: ControlPlaneDependencies,
  dockerfile: string,
  options: BuildOptions = {},
): Promise<readonly BuildEvent[]> {
  const session = await beginBuilding(deps, dockerfile, options);
  const events = await eventsOf(session);
  await session.exited;
  return events;
}

/** A world whose steps named "wait" do so until they are let go, or cancelled. */
export function waitingWorld() {
  const gate = Promise.withResolvers<number>();
  const begun = Promise.withResolvers<void>();
  const runStep: RunStep = async ({ signal, command }) => {
    if (!command.includes('wait')) return 0;
    begun.resolve();
    const aborted = new Promise<number>((resolve) => {
      signal.addEventListener('abort', () => resolve(137), { once: true });
    });
    return Promise.race([gate.promise, aborted]);
  };
  const world = createWorld({ images: [{ tags: ['debian:12'] }], runStep });
  return { world, letGo: () => gate.resolve(0), begun: begun.promise };
}

/** All builds that the ledger of a world has, newest first. */
export function recordsIn(world: World): readonly BuildRecord[] {
  return world.store.transaction(({ builds }) => builds.list({ uid: null, name: null }));
}

/** Tags in people's name spaces. */
export async function personalTags(world: World): Promise<readonly string[]> {
  const all = (await world.engine.listImages()).flatMap((image) => image.tags);
  return all.filter((tag) => tag.startsWith('ds01-'));
}

/** A Dockerfile whose last step waits in a {@link waitingWorld}. */
export const waitingDockerfile = 'FROM debian:12\nRUN wait\n';
