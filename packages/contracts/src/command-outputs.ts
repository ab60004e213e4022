import { z } from 'zod';
import { containerSummarySchema } from './container.ts';
import {
  containerOutputSchema,
  containersOutputSchema,
  deployOutputSchema,
  doctorOutputSchema,
  forwardOutputSchema,
  gpuExplainOutputSchema,
  gpuStatusOutputSchema,
  logsOutputSchema,
  motdOutputSchema,
  statsOutputSchema,
  topOutputSchema,
  versionOutputSchema,
} from './output.ts';
import { containerRoutes, containerViewSchema } from './routes/containers.ts';
import {
  imageDeleteOutputSchema,
  imageLintOutputSchema,
  imagePullOutputSchema,
  imageSbomOutputSchema,
  savePackagesOutputSchema,
} from './image-outputs.ts';
import { imageBuildOutputSchema, imageListSchema, imageRoutes } from './routes/images.ts';
import { eventListSchema, eventSummarySchema, lifecycleRoutes } from './routes/lifecycle.ts';
import { queueEntrySchema } from './queue/queue.ts';
import { serviceRoutes } from './routes/service.ts';
import { systemRoutes } from './routes/system.ts';
import { heldSessionSchema } from './sessions.ts';

/** A verb on one container, or with `--all` on several. */
const verbOutputSchema = z.union([containerOutputSchema, containersOutputSchema]);

/** `--dry-run` of a command that runs something inside; without it the output is the process's own. */
const previewOutputSchema = z.object({
  container: containerSummarySchema,
  command: z.array(z.string()).nullable().optional(),
  /** The session that would be gone back to; absent when another one would be opened. */
  session: heldSessionSchema.optional(),
});

/** One's own waiting requests. */
const ownQueueOutputSchema = z.object({ entries: z.array(queueEntrySchema) });

/**
 * What `ds01 <command> --json` prints when it succeeds, by the command's name; a failure is an
 * `errorOutputSchema`. What a process prints that a command runs is passed on as it is.
 */
export const commandOutputSchemas: Readonly<Record<string, z.ZodType>> = {
  'container deploy': deployOutputSchema,
  'container create': deployOutputSchema,
  'container run': previewOutputSchema,
  'container exec': previewOutputSchema,
  'container attach': previewOutputSchema,
  'container cp': z.object({
    source: z.string(),
    destination: z.string(),
    leftOut: z.array(z.string()),
  }),
  'container start': verbOutputSchema,
  'container stop': verbOutputSchema,
  'container restart': verbOutputSchema,
  'container pause': verbOutputSchema,
  'container unpause': verbOutputSchema,
  'container remove': verbOutputSchema,
  'container retire': verbOutputSchema,
  'container rename': containerRoutes['containers.rename'].output,
  'container save-packages': savePackagesOutputSchema,
  launch: deployOutputSchema,
  'container list': containersOutputSchema,
  'container show': containerViewSchema,
  'container logs': logsOutputSchema,
  'container stats': statsOutputSchema,
  'container top': topOutputSchema,
  'container forward': forwardOutputSchema,
  'container explain': lifecycleRoutes['containers.explain'].output,
  'container keep': lifecycleRoutes['containers.keep'].output,
  'container extend': lifecycleRoutes['containers.extend'].output,
  'gpu status': gpuStatusOutputSchema,
  'gpu explain': gpuExplainOutputSchema,
  'queue list': serviceRoutes['queue.list'].output,
  'queue position': ownQueueOutputSchema,
  'queue leave': ownQueueOutputSchema,
  'token create': serviceRoutes['tokens.create'].output,
  'token list': serviceRoutes['tokens.list'].output,
  'token revoke': serviceRoutes['tokens.revoke'].output,
  'token rotate': serviceRoutes['tokens.rotate'].output,
  login: z.object({ server: z.string(), user: z.string().nullable() }),
  logout: z.object({ server: z.string().nullable(), forgotten: z.boolean() }),
  'image create': imageBuildOutputSchema,
  'image build': imageBuildOutputSchema,
  'image update': imageBuildOutputSchema,
  'image install': imageBuildOutputSchema,
  'image lint': imageLintOutputSchema,
  'image list': imageListSchema,
  'image show': imageRoutes['images.show'].output,
  'image history': imageRoutes['images.history'].output,
  'image log': imageRoutes['images.log'].output,
  'image diff': imageRoutes['images.diff'].output,
  'image tag': imageRoutes['images.tag'].output,
  'image rollback': imageRoutes['images.rollback'].output,
  'image delete': imageDeleteOutputSchema,
  'image prune': imageRoutes['images.prune'].output,
  'image bases': imageRoutes['images.bases'].output,
  'image share': imageRoutes['images.share'].output,
  'image push': imageRoutes['images.push'].output,
  'image pull': imagePullOutputSchema,
  'image sbom': imageSbomOutputSchema,
  'limits show': systemRoutes['limits.show'].output,
  'check-limits': systemRoutes['limits.show'].output,
  notifications: lifecycleRoutes['notifications.show'].output,
  events: z.union([eventListSchema, eventSummarySchema]),
  motd: motdOutputSchema,
  doctor: doctorOutputSchema,
  completion: z.object({ shell: z.string(), script: z.string(), install: z.string() }),
  version: versionOutputSchema,
};
