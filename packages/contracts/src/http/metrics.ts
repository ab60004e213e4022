/** How a metric is counted. */
export type MetricType = 'gauge' | 'counter' | 'histogram';

/** One metric of `/metrics`. */
export interface MetricKind {
  readonly type: MetricType;
  /** One sentence about what is counted, and in which unit. */
  readonly help: string;
  /** Names of its labels; the values of each are of a set that callers can't add to. */
  readonly labels: readonly string[];
}

function gauge(help: string, labels: readonly string[] = []) {
  return { type: 'gauge', help, labels } as const;
}
function counter(help: string, labels: readonly string[] = []) {
  return { type: 'counter', help, labels } as const;
}
function histogram(help: string, labels: readonly string[] = []) {
  return { type: 'histogram', help, labels } as const;
}

/**
 * Every metric of the daemon by its name. Names that dashboards of the predecessor know are kept where
 * they mean the same.
 */
export const metricTable = {
  ds01_exporter_info: gauge('1, with what answers.', ['version', 'type']),
  ds01_ready: gauge('1 while engine and ledger agree, else 0.'),
  ds01_gpu_allocated: gauge('1 for each slot that somebody has.', [
    'gpu_slot',
    'user',
    'interface',
    'profile',
  ]),
  ds01_gpu_equivalents: gauge('What each slot that somebody has weighs; 1 is a whole GPU.', [
    'gpu_slot',
    'user',
    'interface',
    'profile',
  ]),
  ds01_gpu_slot_info: gauge('1 for each GPU that isn’t divided.', [
    'gpu',
    'slot',
    'gpu_uuid',
    'mig_enabled',
  ]),
  ds01_mig_slot_info: gauge('1 for each MIG instance.', ['gpu', 'gpu_i_id', 'slot', 'mig_uuid']),
  ds01_gpus_readable: gauge('1 while the GPUs can be read, else 0: then no series is about them.'),
  ds01_containers_total: gauge('Containers by whether they run and how they were made.', [
    'status',
    'interface',
  ]),
  ds01_unmanaged_gpu_count: gauge('Containers with GPUs that DS01 did not make.'),
  ds01_unmanaged_gpu_running: gauge('Of these, how many run.'),
  ds01_user_gpus_allocated: gauge('Slots that a person has.', ['user']),
  ds01_user_gpu_equivalents: gauge('What a person’s slots weigh.', ['user']),
  ds01_user_containers_count: gauge('Containers of a person that have GPUs.', ['user']),
  ds01_user_memory_current_bytes: gauge('Memory of a person’s containers, as measured last.', [
    'user',
    'group',
  ]),
  ds01_user_group_info: gauge('1 for each person who has something now.', ['user', 'group']),
  ds01_group_members_total: gauge('People whom the limits file puts into a group.', ['group']),
  ds01_events_24h_total: gauge('Events of the last 24 hours.', ['event_type']),
  ds01_lifecycle_events_total: gauge('What rules did in the last 24 hours.', ['action']),
  ds01_state_disk_bytes: gauge('The file system of the ledger.', ['type']),
  ds01_http_requests_total: counter('Requests that were answered.', ['operation', 'outcome']),
  ds01_http_request_duration_seconds: histogram('How long calls took; not streams and sessions.', [
    'operation',
  ]),
  ds01_http_requests_under_way: gauge('Requests that are not answered yet.'),
  ds01_http_sessions: gauge('Streams and terminals that are open.'),
  ds01_queue_entries: gauge('Requests for GPUs that wait or may be claimed.', [
    'state',
    'priority',
  ]),
  ds01_queue_oldest_seconds: gauge('How long the one has waited that waits longest; 0 without.'),
  ds01_queue_wait_seconds: histogram('From joining to the grant, of what was granted and ended.'),
  ds01_leases: gauge('Live leases.', ['state']),
  ds01_lease_gpu_equivalents: gauge('What live leases weigh.', ['state']),
  ds01_lease_oldest_seconds: gauge('Age of the oldest live lease; 0 without.', ['state']),
  ds01_reconcile_duration_seconds: histogram('Comparing the ledger with the engine.', ['for']),
  ds01_reconcile_failures_total: counter('Comparisons that failed.', ['for']),
  ds01_reconcile_repairs_total: counter('Differences that were found.', ['for']),
  ds01_reconcile_shared_total: counter('Reads that got what others had seen a moment ago.'),
  ds01_engine_call_duration_seconds: histogram('Calls of the container engine.', ['call']),
  ds01_engine_call_failures_total: counter('Calls of the container engine that failed.', ['call']),
  process_resident_memory_bytes: gauge('Memory of the daemon.'),
  process_cpu_seconds_total: counter('CPU time of the daemon.'),
  process_start_time_seconds: gauge('When the daemon began, in Unix seconds.'),
} as const satisfies Readonly<Record<string, MetricKind>>;

/** Name of a metric. */
export type MetricName = keyof typeof metricTable;
