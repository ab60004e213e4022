import { deliverDue } from '../notifications/deliver.ts';
import type { Notice } from '../notifications/notice.ts';
import { queueNotice } from '../notifications/queue.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { happened } from './happened.ts';
import { alice, bob } from './people.ts';
import { createWorld, hourMs, type World } from './world.ts';

/** A site that tells people in every way. */
const everyChannel = `
site: { name: Lab, contact: help@example.org }
notify:
  mail: { smtp: 'smtp://mail.example.org:25', from: ds01@example.org, domain: example.org }
  webhooks: ['https://chat.example.org/hook', 'https://log.example.org/']
  admins: [root@example.org]
`;

/** A world in which Alice is logged in, and notices are written and delivered. */
export interface NoticeWorld {
  readonly world: World;
  /** A warning for Alice, good for an hour, unless changed. */
  notice(change?: Partial<Notice>): Notice;
  queue(...notices: readonly Notice[]): void;
  deliver(deps?: ReturnType<World['deps']>): Promise<number | null>;
  /** What was given up, and for whom. */
  failures(): readonly { readonly user: string | null }[];
  /** How many messages are not delivered yet. */
  waiting(): number;
  /** Text of the file in Alice's workspace. */
  alerts(): string | undefined;
}

/** Makes the world; close it. */
export function createNoticeWorld(settings: string | null = everyChannel): NoticeWorld {
  const accounts = [alice.owner, bob.owner];
  const world = createWorld({ accounts, ...(settings === null ? {} : { settings }) });
  world.people.written.set('alice', []);
  const policy = () => loadCurrentPolicy(world.deps());
  return {
    world,
    notice: (change = {}) => ({
      user: alice.owner.name,
      uid: alice.owner.uid,
      severity: 'warning',
      title: 'thesis will be stopped in 10m',
      lines: ['Save your work.'],
      container: 'thesis._.alice',
      workspace: '/home/alice/workspace/thesis',
      staleAtMs: world.clock.nowMs() + hourMs,
      ...change,
    }),
    queue(...notices) {
      const context = { policy: policy(), nowMs: world.clock.nowMs() };
      world.store.transaction((transaction) => {
        for (const it of notices) queueNotice(transaction, context, it);
      });
    },
    deliver: (deps = world.deps()) => deliverDue(deps, policy()),
    failures: () =>
      happened(world, 'notification.failed').map(({ user, details }) => ({ user, ...details })),
    waiting: () =>
      world.store.transaction(({ outbox }) => outbox.due(Number.MAX_SAFE_INTEGER, 1000).length),
    alerts: () => world.people.texts.get('alice:/home/alice/workspace/thesis/.ds01-alerts'),
  };
}
