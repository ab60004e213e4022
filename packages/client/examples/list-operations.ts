// Long work, a hundred at a time: each page is asked for when the one before was read.
import { createClient } from '@ds01/client';

const { DS01_URL: url = '', DS01_TOKEN: token = '' } = process.env;
const client = createClient({ url, token });
for await (const { operations } of client.pages('operations.list', { limit: 100 })) {
  for (const { route, object, state } of operations) console.log(route, object, state);
}
client.close();
