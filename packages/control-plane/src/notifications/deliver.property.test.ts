import { setImmediate } from 'node:timers/promises';
import { ds01Error } from '@ds01/contracts';
import { array, assert, asyncProperty, constantFrom } from 'fast-check';
import { expect, test } from 'vitest';
import { createNoticeWorld } from '../testing/notices.ts';
import { hourMs } from '../testing/world.ts';

/** What happens to an attempt that doesn't simply succeed; the daemon dies in the last two. */
const accidents = ['refused for now', 'died before', 'died after'] as const;
type Accident = (typeof accidents)[number];

const mailOnly = `
notify:
  mail: { smtp: 'smtp://mail.example.org:25', from: ds01@example.org, domain: example.org }
`;

test('whatever goes wrong, a message arrives, and twice only when the daemon died after it was sent', async () => {
  const some = array(constantFrom(...accidents), { maxLength: 4 });
  await assert(
    asyncProperty(array(some, { minLength: 1, maxLength: 5 }), async (messages) => {
      const notices = createNoticeWorld(mailOnly);
      const { world } = notices;
      const left = new Map(messages.map((list, index) => [`message ${index}`, [...list]]));
      const sent: string[] = [];
      const { promise: never } = Promise.withResolvers<never>();
      const mail = async ({ subject }: { readonly subject: string }): Promise<void> => {
        const title = subject.replace('[DS01] ', '');
        const accident: Accident | undefined = left.get(title)?.shift();
        if (accident === 'refused for now') {
          throw ds01Error('notify.failed', { message: 'come back', retryable: true });
        }
        if (accident === 'died before') return never;
        sent.push(title);
        return accident === 'died after' ? never : undefined;
      };
      const deps = world.deps();
      const failing = { ...deps, messengers: { ...deps.messengers, mail } };
      notices.queue(...[...left.keys()].map((title) => notices.notice({ title, staleAtMs: null })));
      while (notices.waiting() > 0) {
        // One that hangs is left alone, as one that died.
        await Promise.race([notices.deliver(failing), settled()]);
        world.clock.advance(hourMs);
      }
      for (const [index, list] of messages.entries()) {
        const count = sent.filter((title) => title === `message ${index}`).length;
        expect(count).toBe(1 + list.filter((it) => it === 'died after').length);
      }
      world.close();
    }),
    { numRuns: 50 },
  );
});

/** Later than everything that needs nobody from outside. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
}
