import { expect } from 'vitest';
import { z } from 'zod';
import { problemSchema, routes, wireHeaders, type RouteId } from '@ds01/contracts';
import { configWith, type ConfigFiles, type Sandbox } from '@ds01/e2e';
import { requestOf, type Answer, type SentRequest } from './callers.ts';
import { caseOf } from './route-cases.ts';

/** Group of the administrators of {@link matrixConfig}. */
export const adminGroup = 'gpu-admins';
/** Neither a container nor an image nor a user. */
export const unknownName = 'no-such-thing';

/** Whether a call was answered with what it asked for. */
const isFine = ({ status }: Answer): boolean => status === 200 || status === 101;

/** A configuration with Carol as an administrator by name, and those of a group. */
export function matrixConfig(): ConfigFiles {
  const files = configWith();
  const limits = z.looseObject({}).parse(JSON.parse(files['resource-limits.yaml'] ?? '{}'));
  const access = { admin_users: ['carol'], admin_group: adminGroup };
  return { 'resource-limits.yaml': JSON.stringify({ ...limits, access_control: access }) };
}

/** Checks the form of any answer, and gives its document or its problem's code. */
export function codeOf(id: RouteId, answer: Answer): string {
  expect({ id, error: answer.error }).toEqual({ id, error: undefined });
  expect(answer.headers[wireHeaders.serverVersion]).toMatch(/^\d/);
  expect(answer.headers[wireHeaders.requestId]).toMatch(/^[0-9a-f]{16}$/);
  if (!isFine(answer)) return problemIn(answer).code;
  if (routes[id].kind === 'call') {
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    routes[id].output.parse(JSON.parse(answer.body));
  } else {
    expect(answer.status).toBe(routes[id].kind === 'session' ? 101 : 200);
  }
  return 'ok';
}

function problemIn(answer: Answer) {
  expect(answer.headers['content-type']).toBe('application/problem+json');
  const document: unknown = JSON.parse(answer.body);
  const problem = problemSchema.parse(document);
  expect(problem).toEqual(document);
  expect(problem.status).toBe(answer.status);
  expect(problem.requestId).toBe(answer.headers[wireHeaders.requestId]);
  return problem;
}

/** A request and the route that it is for. */
export interface AskedRoute {
  readonly id: RouteId;
  readonly request: SentRequest;
}

/** What each route answered, by its id. */
export async function codesOf(
  requests: readonly AskedRoute[],
  send: (requests: readonly SentRequest[]) => Promise<readonly Answer[]>,
): Promise<Readonly<Record<string, string>>> {
  const answers = await send(requests.map(({ request }) => request));
  return Object.fromEntries(
    answers.map((answer, index) => {
      const id = requests[index]?.id ?? 'version';
      return [id, codeOf(id, answer)];
    }),
  );
}

/** A refusal without what says which request and which thing it was about. */
export function refusalOf(answer: Answer, name: string): string {
  const id = String(answer.headers[wireHeaders.requestId]);
  const { date: _, ...headers } = answer.headers;
  const { 'content-length': __, ...rest } = headers;
  return `${answer.status} ${JSON.stringify(rest)} ${answer.body}`
    .replaceAll(id, '<request>')
    .replaceAll(name, '<name>');
}

/** What makes the container, or the image, of this name ready for a route. */
export function readied(id: RouteId, name: string, actFor?: string): readonly SentRequest[] {
  const image: readonly RouteId[] = routes[id].object === 'image' ? ['containers.commit'] : [];
  const steps: readonly RouteId[] = ['containers.deploy', ...image, ...(caseOf(id).before ?? [])];
  return steps.map((step) =>
    requestOf(step, caseOf(step).input(name), actFor === undefined ? {} : { actFor }),
  );
}

/** A request that is tried, or (`id: null`) makes the container ready for it. */
interface Step {
  readonly id: RouteId | null;
  readonly request: SentRequest;
}

/** Routes of one's container, one after the other, each with what makes it ready. */
export function stepsOf(
  ids: readonly RouteId[],
  { name, actFor }: { readonly name: string; readonly actFor?: string },
): readonly Step[] {
  const options = actFor === undefined ? {} : { actFor };
  return ids.flatMap((id) => [
    ...readied(id, name, actFor).map((request) => ({ id: null, request })),
    { id, request: requestOf(id, caseOf(id).input(name), options) },
  ]);
}

/** Routes that were answered otherwise than their case says. */
export function surprises(steps: readonly Step[], answers: readonly Answer[]): readonly string[] {
  return steps.flatMap(({ id }, index) => {
    const answer = answers[index];
    if (answer === undefined) return ['no answer'];
    if (id === null) return isFine(answer) ? [] : [answer.body];
    const code = codeOf(id, answer);
    return code === (caseOf(id).refusedWith ?? 'ok') ? [] : [`${id}: ${code}`];
  });
}

/** What a dry run of a route may be answered with: a refusal is an answer, too. */
export function previewed(id: RouteId): RegExp {
  const { kind } = routes[id];
  if (kind === 'session' || kind === 'upload') return /^request\.invalid$/;
  const refused = caseOf(id).refusedWith?.replaceAll('.', '\\.') ?? 'ok';
  return new RegExp(
    `^(?:${refused}|container\\.|image\\.|registry\\.|exemption\\.|reservation\\.)`,
  );
}

/** What a dry run may not touch. */
export async function worldOf(sandbox: Sandbox) {
  const listing = await sandbox.engine.listContainers();
  const containers = listing.map(({ id, dockerName, state }) => ({ id, dockerName, state }));
  const images = (await sandbox.engine.listImages()).flatMap(({ id, tags }) => [id, ...tags]);
  const networks = (await sandbox.engine.listNetworks()).map(({ name }) => name).toSorted();
  return {
    containers,
    networks,
    images: images.toSorted(),
    ledger: sandbox.ledgerHash(),
    left: sandbox.resources(),
  };
}
