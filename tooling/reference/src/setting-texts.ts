/** What one site setting means; `later` when this version reads it and does nothing with it yet. */
export interface SettingText {
  readonly text: string;
  readonly later?: true;
}

const later = (text: string): SettingText => ({ text, later: true });

/** What each setting means; one entry for every key of the schema, which the generator checks. */
export const settingTexts: Readonly<Record<string, SettingText>> = {
  'site.name': { text: 'name of the site in messages to people' },
  'site.contact': { text: 'whom people ask: an address or a URL; stands under mails' },
  'leases.reserve_ttl_s': {
    text: 'how long a reservation lives when the command that made it is stopped or killed',
  },
  'gate.mode': {
    text: 'what the gate does with a start without a lease: refuse it, or let it pass while its devices are free',
  },
  'workspaces.root': {
    text: 'folder of a user’s workspaces; `{user}` stands for the account name',
  },
  'data.roots': { text: 'folders that people may mount, read-only unless the entry ends in `:rw`' },
  shared_groups: { text: 'Unix groups that a container’s processes keep beside the owner’s own' },
  'network.pool': { text: 'IPv4 range that users’ networks are cut from' },
  'network.prefix': { text: 'prefix length of one user’s network' },
  'network.allow_host': { text: 'whether people may ask for the host’s network' },
  'ports.bind': { text: 'address that published ports listen on' },
  'ports.range': { text: 'host ports that may be published; `null` is any from 1024' },
  'builds.allow_host_network': {
    text: 'whether image builds may use the host’s network, and ADD may fetch addresses',
  },
  'builds.max_context_mb': { text: 'largest build context, in MiB' },
  'images.registries': {
    text: 'registries that images may come from and go to; an empty list is any but this host’s own',
  },
  'images.catalogue': {
    text: 'file with the site’s own base images ([its form](images.md#the-catalogue-of-a-site))',
  },
  'lifecycle.warning_lead_m': {
    text: 'least minutes between the last warning and a stop; of short timeouts at most a third of them',
  },
  'lifecycle.extend_max_h': {
    text: 'runtime that owners may add to a container’s limit themselves; more is asked of an administrator',
  },
  'lifecycle.trust_declared_types': {
    text: 'container types whose own declaration may loosen the owner’s lifetime limits',
  },
  'lifecycle.kept_days': { text: 'how long the saved layer of a removed container is kept' },
  'groups.rules': {
    text: 'where `group sync` puts people whom no group lists: `match` (a pattern of user names) and `group`; the first match counts',
  },
  'notify.mail.smtp': {
    text: 'mail server, `smtp://host:port` or `smtps://host:port`, where it wants a password `smtp://user:password@host:port`',
  },
  'notify.mail.from': { text: 'sender of mails' },
  'notify.mail.domain': {
    text: 'mail goes to `<account>@<domain>` unless a person says otherwise; `null`: to nobody then',
  },
  'notify.webhooks': {
    text: 'URLs that warnings, stops and alerts are sent to, whoever they concern',
  },
  'notify.admins': { text: 'who gets a mail when the rules stop working' },
  'retention.events_days': { text: 'how long events are kept' },
  'retention.operation_days': {
    text: 'how long ended long work, and the answer to an `Idempotency-Key`, can be read',
  },
  'retention.job_days': later('how long finished jobs are kept'),
  show_holders: {
    text: 'what others see of who holds a GPU; `null` leaves it to `access_control.show_holders` of the limits file',
  },
  'server.tcp': { text: 'address to listen on beside the unix socket; `null` is none' },
  'server.tls.certificate': { text: 'certificate file for that address' },
  'server.tls.key': { text: 'key file for that address' },
  'server.cors_origins': { text: 'origins whose pages may call that address from a browser' },
  'server.requests_per_second': {
    text: 'requests that one person, or one address without a person, may make in a second',
  },
  'server.wrong_tokens_per_minute': {
    text: 'wrong tokens of one address in a minute before it is blocked for a minute',
  },
  'server.streams_per_user': { text: 'streams and sessions that one person may have open' },
  'queue.order': {
    text: 'who is next within a class: `fifo` by age, `fair-share` who used less of their share, `backfill` as that and gaps are filled ([what they do](../guide/queue-replay.md))',
  },
  'queue.half_life_days': { text: 'after so long half of what somebody used is forgotten' },
  'queue.group_weights': {
    text: 'shares of people by group; 1 where nothing is said, times their limit `priority` / 10',
  },
  'queue.ageing_h': {
    text: 'what somebody used counts less the longer they wait, and nothing after so long',
  },
  'queue.claim_window_s': {
    text: 'how long what was granted is kept for somebody who isn’t there',
  },
  'queue.max_waiting': { text: 'requests that one person may have waiting' },
  'tokens.default_days': { text: 'how long a token lives when nothing is said' },
  'tokens.longest_days': { text: 'how long a token may live' },
  'tokens.per_user': { text: 'tokens that one person may have' },
  'backup.location': later('folder that backups go to'),
  'probe.timeout_ms': { text: 'longest wait for `nvidia-smi`' },
  'probe.cache_ms': { text: 'how long one reading of the GPUs may be used again; 0 is never' },
  'probe.dcgm_exporter': {
    text: 'metrics of a dcgm-exporter, which knows how busy MIG instances are (else by their processes)',
  },
  'engine.timeout_ms': { text: 'longest wait for one answer of the Docker engine' },
};
