import { metricTable, type MetricKind } from '@ds01/contracts/service';
import { code, notice, page, table } from './markdown.ts';

/** Areas by the beginnings of names; what fits none is about the site. */
const areas: readonly (readonly [prefix: string, title: string])[] = [
  ['ds01_http', 'Requests'],
  ['ds01_queue', 'The queue'],
  ['ds01_lease', 'Leases'],
  ['ds01_reconcile', 'Comparing ledger and engine'],
  ['ds01_engine', 'The container engine'],
  ['process_', 'The process'],
];
const site = 'GPUs, containers and people';

/** The page about every metric. */
export function metricsPage(): string {
  const rows: readonly (readonly [string, MetricKind])[] = Object.entries(metricTable);
  const sections = Map.groupBy(rows, ([name]) => areaOf(name));
  return page(
    '# Metrics',
    notice,
    'The daemon answers `GET /metrics` in the text format of Prometheus: on its socket to ' +
      'administrators, over the network to tokens with the scope `metrics` or an administrator’s. ' +
      'What is read from the engine is what other readers see, at most a second old.',
    'Labels are bounded: operations, outcomes, states and types are those of the tables in this ' +
      'folder, slots are those of the GPUs, and people are accounts of the host who have something ' +
      'now. Names that people choose, those of containers for one, are in no label.',
    ...[...sections].flatMap(([title, metrics]) => [
      `## ${title}`,
      table(
        ['Metric', 'Type', 'Labels', 'What it counts'],
        metrics.map(([name, { type, labels, help }]) => [
          code(name),
          type,
          labels.map(code).join(', '),
          help,
        ]),
      ),
    ]),
    '## For dashboards of the predecessor',
    'Names are as they were where they mean the same. What is different: `ds01_events_24h_total` and ' +
      '`ds01_lifecycle_events_total` count the last 24 hours and nothing older; a slot with several ' +
      'holders has a series for each; no series has a `container` label, so that of containers made ' +
      'without DS01 only the numbers are here (`ds01-admin workloads` names them); ' +
      '`ds01_mig_mapping_status` is gone, since MIG instances are known by their UUIDs; logins and CPU ' +
      'time of people come from the node exporter and cAdvisor.',
  );
}

function areaOf(name: string): string {
  return areas.find(([prefix]) => name.startsWith(prefix))?.[1] ?? site;
}
