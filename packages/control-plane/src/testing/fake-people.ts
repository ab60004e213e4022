import { ds01Error, type ContainerId } from '@ds01/contracts';
import type {
  ActivityMeter,
  ActivityReading,
  HostAccount,
  Mail,
  Messengers,
  PeopleFiles,
  SlotUtilization,
  StorageMeter,
  StorageReading,
  Terminals,
  UtilizationSource,
} from '@ds01/ports';

/** What containers do, as a test says it. */
export interface FakeActivity extends ActivityMeter, UtilizationSource {
  /** Readings to give; a container without one has no processes. */
  readonly readings: Map<ContainerId, Omit<ActivityReading, 'atMs'>>;
  /** What another source than the driver knows; `null` without one. */
  utilization: readonly SlotUtilization[] | null;
  /** Ids that were asked for, one list a pass. */
  readonly passes: (readonly ContainerId[])[];
}

/** Measures what a test says. */
export function createFakeActivity(clock: { readonly bootMs: () => number }): FakeActivity {
  const readings: FakeActivity['readings'] = new Map();
  const passes: (readonly ContainerId[])[] = [];
  const fake: FakeActivity = {
    readings,
    passes,
    utilization: null,
    percents: async () => fake.utilization,
    async read(targets) {
      passes.push(targets.map(({ id }) => id));
      return new Map(
        targets.flatMap(({ id }) => {
          const reading = readings.get(id);
          return reading === undefined ? [] : [[id, { ...reading, atMs: clock.bootMs() }] as const];
        }),
      );
    },
  };
  return fake;
}

/** Folders of people, as large as a test says. */
export interface FakeStorage extends StorageMeter {
  /** `<user>:<path>` -> what is in it. */
  readonly sizes: Map<string, StorageReading>;
  /** What was measured, in order. */
  readonly asked: string[];
}

/** Measures what a test says; a folder that it says nothing of isn't there. */
function createFakeStorage(): FakeStorage {
  const sizes: FakeStorage['sizes'] = new Map();
  const asked: string[] = [];
  return {
    sizes,
    asked,
    async ofFolder({ account, path }) {
      const key = `${account.name}:${path}`;
      asked.push(key);
      return sizes.get(key) ?? null;
    },
  };
}

/** Files, terminals and messages of people, in memory. */
export interface FakePeople {
  readonly peopleFiles: PeopleFiles;
  readonly terminals: Terminals;
  readonly messengers: Messengers;
  /** How much is in their folders. */
  readonly storage: FakeStorage;
  /** `<user>:<path>` -> when it was changed; `program:<user>:<path>` where a program is. */
  readonly files: Map<string, number>;
  /** `<user>:<path>` -> its text. */
  readonly texts: Map<string, string>;
  /** People who are logged in, and what was written to them. */
  readonly written: Map<string, string[]>;
  /** Uids that have a terminal. */
  loggedInUids: readonly number[];
  readonly mails: Mail[];
  readonly posts: { readonly url: string; readonly body: string }[];
  /** Sending fails while it is set. */
  failure: string | null;
}

/** People whom nothing but the test knows. */
export function createFakePeople(): FakePeople {
  const files: FakePeople['files'] = new Map();
  const texts: FakePeople['texts'] = new Map();
  const written: FakePeople['written'] = new Map();
  const keyOf = (account: HostAccount, path: string): string => `${account.name}:${path}`;
  const failing = (): void => {
    if (people.failure === null) return;
    throw ds01Error('notify.failed', { message: people.failure, retryable: true });
  };
  const people: FakePeople = {
    files,
    texts,
    written,
    loggedInUids: [],
    mails: [],
    posts: [],
    failure: null,
    storage: createFakeStorage(),
    peopleFiles: {
      modifiedAt: async ({ account, path }) => files.get(keyOf(account, path)) ?? null,
      isProgram: async ({ account, path }) => files.has(`program:${keyOf(account, path)}`),
      append: async ({ account, path, text, maxBytes }) => {
        const key = keyOf(account, path);
        texts.set(key, `${texts.get(key) ?? ''}${text}`.slice(-maxBytes));
      },
    },
    terminals: {
      owners: async () => people.loggedInUids,
      write: async (account, text) => {
        const seen = written.get(account.name);
        seen?.push(text);
        return seen === undefined ? 0 : 1;
      },
    },
    messengers: {
      mail: async (mail) => {
        failing();
        people.mails.push(mail);
      },
      webhook: async (post) => {
        failing();
        people.posts.push(post);
      },
    },
  };
  return people;
}
