// Calls one operation as the command line does, with an input that it has no flags for:
//   api-call.ts <user> <operation> <input as JSON>
import { createEmbeddedApi, readEnvironment } from '@ds01/composition';
import { isDs01Error, problemOf, type CallId, routes } from '@ds01/contracts';
import { z } from 'zod';

const [actFor = '', operation = '', input = ''] = process.argv.slice(2);

const isCall = (id: string): id is CallId => id in routes;
if (!isCall(operation)) throw new Error(`there is no operation ${operation}`);

const quiet = { debug: () => undefined, warn: () => undefined, error: () => undefined };
const api = createEmbeddedApi(readEnvironment(process.env), {
  actFor,
  dryRun: false,
  logger: quiet,
  say: () => undefined,
  version: '0.0.0',
});
try {
  const given = z.json().parse(JSON.parse(input));
  console.log(JSON.stringify(await api.call(operation, given as never)));
} catch (error) {
  if (!isDs01Error(error)) throw error;
  console.log(JSON.stringify({ error: problemOf(error) }));
} finally {
  api.close();
}
