import {
  containerSummarySchema,
  groupNameSchema,
  limitKeySchema,
  slotIdSchema,
  usernameSchema,
  type CallId,
  type ContainerSummary,
  type ImageSummary,
  type LimitKey,
  type RouteOutput,
  type SlotState,
} from '@ds01/contracts';
import type { Api } from '@ds01/ports';
import type { Prompter } from '../prompter.ts';

/** A prompter that is answered beforehand, and what it asked. */
export interface ScriptedPrompter extends Prompter {
  /** Questions with their choices, and remarks, in order. */
  readonly seen: readonly string[];
}

/**
 * Answers questions from a list: a choice by its value, `''` for what would be taken by Enter alone.
 * Throws when there is no answer left, or one that isn't offered.
 */
export function createScriptedPrompter(answers: readonly string[]): ScriptedPrompter {
  const seen: string[] = [];
  const left = [...answers];
  const next = (question: string): string => {
    const answer = left.shift();
    if (answer === undefined) throw new Error(`nobody answers: ${question}`);
    return answer;
  };
  return {
    seen,
    select: async (message, choices) => {
      seen.push(`${message} ${choices.map(({ label }) => label).join(' | ')}`);
      const answer = next(message);
      const chosen = answer === '' ? choices[0] : choices.find(({ value }) => value === answer);
      if (chosen === undefined) throw new Error(`${message} does not offer ${answer}`);
      return Promise.resolve(chosen.value);
    },
    text: async (message, proposed) => {
      seen.push(`${message} [${proposed}]`);
      return Promise.resolve(next(message) || proposed);
    },
    confirm: async (message) => {
      seen.push(message);
      return Promise.resolve(next(message) === 'yes');
    },
    say: (text) => seen.push(text),
  };
}

/** Answers by operation. */
export type ReadyAnswers = { readonly [Id in CallId]?: RouteOutput<Id> };

/** An API that gives ready answers. */
export function createReadyApi(answers: ReadyAnswers): Api {
  const missing = (id: string) => Promise.reject(new Error(`${id} was not expected`));
  return {
    call: (id) => {
      const answer = answers[id];
      return answer === undefined ? missing(id) : Promise.resolve(answer);
    },
    session: missing,
    stream: missing,
  };
}

/** Alice herself. */
export const me: RouteOutput<'users.me'> = {
  user: 'alice',
  slug: 'alice',
  uid: 2001,
  group: 'student',
  role: 'user',
  gid: 2001,
  groupIds: [2001],
  home: '/home/alice',
  workspaces: '/home/alice/workspace',
  maxContextBytes: 2 * 2 ** 30,
};

/** A container of Alice's. */
export function container(
  name: string,
  state: ContainerSummary['state'] = 'running',
  slots: readonly ContainerSummary['slots'][number][] = [],
): ContainerSummary {
  return containerSummarySchema.parse({
    name,
    dockerName: `${name}._.alice`,
    id: 'a'.repeat(64),
    user: 'alice',
    state,
    image: 'ds01/busybox:latest',
    project: null,
    interface: 'orchestration',
    managed: true,
    slots: [...slots],
    gpuEquivalents: slots.length,
    createdAt: '2026-11-22T08:00:00.000Z',
    startedAt: null,
    stopsAt: null,
    stopReason: null,
  });
}

/** An image that everybody may use, or one's own. */
export function image(name: string, own = false): ImageSummary {
  return {
    name,
    tags: [own ? `ds01-alice/${name}:latest` : `${name}:latest`],
    id: `sha256:${name}`,
    sizeBytes: 2 ** 30,
    createdAt: '2026-11-22T08:00:00.000Z',
    framework: null,
    own,
    sharedBy: null,
    containers: 0,
    lastUsedAt: null,
  };
}

const usual: Partial<Record<LimitKey, number>> = { 'policies.soft_limit_threshold': 0.8 };

/** Alice's limits: none but those given, and what she uses. */
export function limits(
  given: Partial<Record<LimitKey, number | string | boolean>>,
  usage: RouteOutput<'limits.show'>['usage'] = null,
): RouteOutput<'limits.show'> {
  const values = limitKeySchema.options.map((key) => [
    key,
    {
      value: given[key] ?? usual[key] ?? null,
      layer: 'defaults',
      file: 'resource-limits.yaml',
      line: 2,
    },
  ]);
  return {
    user: usernameSchema.parse('alice'),
    group: groupNameSchema.parse('student'),
    // Some limits are never null; no test here looks at those that it doesn't give.
    limits: Object.fromEntries(values) as unknown as RouteOutput<'limits.show'>['limits'],
    usage,
  };
}

/** A server with two whole GPUs, of which one is free. */
export const twoGpus: RouteOutput<'gpus.status'> = gpusOf([
  { slot: '0', profile: null, state: 'bound' },
  { slot: '1', profile: null, state: 'free' },
]);

/** A server's GPUs; one device for each slot. */
export function gpusOf(
  slots: readonly {
    readonly slot: string;
    readonly profile: string | null;
    readonly state: SlotState;
  }[],
): RouteOutput<'gpus.status'> {
  return {
    devices: slots.map(({ slot, profile, state }, index) => ({
      index,
      uuid: `GPU-${index}`,
      model: 'NVIDIA L40S',
      memoryBytes: 48 * 2 ** 30,
      migEnabled: profile !== null,
      health: 'healthy',
      utilization: 0,
      slots: [
        {
          slot: slotIdSchema.parse(slot),
          uuid: `slot-${index}`,
          profile,
          gpuEquivalents: profile === null ? 1 : Number(profile.charAt(0)) / 7,
          state,
          user: null,
          container: null,
          leaseId: null,
          expiresAt: null,
        },
      ],
    })),
    totals: { gpuEquivalents: slots.length, leased: 0, free: 0 },
  };
}

/** What the server would give for any wish, or why not. */
export function explained(slots: readonly string[], reason = ''): RouteOutput<'gpus.explain'> {
  return {
    decision: slots.length === 0 ? 'refused' : 'placed',
    code: slots.length === 0 ? 'gpu.none-free' : null,
    reason,
    slots: slots.map((slot) => slotIdSchema.parse(slot)),
    candidates: [],
  };
}
