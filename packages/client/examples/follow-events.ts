// What happens to one's containers, until one of them has ended; a lost connection loses no event.
import { createClient } from '@ds01/client';

const { DS01_URL: url = '', DS01_TOKEN: token = '' } = process.env;
const client = createClient({ url, token });
const signal = AbortSignal.timeout(60_000);
for await (const event of client.follow('events.follow', { sinceMs: 0 }, { signal })) {
  console.log(event.id, event.type, event.message);
  if (event.type === 'container.removed') break;
}
client.close();
