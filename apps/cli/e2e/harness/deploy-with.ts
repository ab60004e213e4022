// Deploys as the command line does, with an input that is given as JSON:
//   deploy-with.ts <user> <input>
import { createEmbeddedApi, readEnvironment } from '@ds01/composition';
import { deployInputSchema, isDs01Error, problemOf } from '@ds01/contracts';

const [actFor = '', input = ''] = process.argv.slice(2);
const ids = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const ignore = (): undefined => undefined;
const api = createEmbeddedApi(readEnvironment(process.env, ids), {
  actFor,
  dryRun: false,
  logger: { debug: ignore, warn: ignore, error: ignore },
  say: ignore,
  version: '0.0.0',
});
try {
  const result = await api.call('containers.deploy', deployInputSchema.parse(JSON.parse(input)));
  console.log(JSON.stringify(result));
} catch (error) {
  if (!isDs01Error(error)) throw error;
  console.log(JSON.stringify({ error: problemOf(error) }));
} finally {
  api.close();
}
