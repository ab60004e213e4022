// For a web page: what GPUs there are, and who has them. The site must allow the page's origin.
import { createBrowserClient, isDs01Error } from '@ds01/client/browser';

/** Shows a line for each GPU, or what went wrong. */
export async function showGpus(url: string, token: string, show: (line: string) => void) {
  const client = createBrowserClient({ url, token });
  try {
    const { devices } = await client.call('gpus.status', {});
    for (const { model, slots } of devices)
      show(`${model}: ${slots.map(({ state }) => state).join()}`);
  } catch (error) {
    show(isDs01Error(error) ? `${error.message} (${error.code})` : String(error));
  }
  client.close();
}
