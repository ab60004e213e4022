import { z } from 'zod';
import { queueSettingsSchema } from './queue/queue-settings.ts';
import { amount, flag, integer, list, section, text } from './setting-values.ts';

const absolutePath = /^\/(?!.*(?:^|\/)\.\.(?:\/|$))[^\0]*$/;

const path = text('an absolute path without ".."', absolutePath);
const containerType = z.enum(['devcontainer', 'compose', 'docker', 'api', 'unknown'], {
  error: 'devcontainer, compose, docker, api or unknown',
});
const holders = z.enum(['names', 'groups', 'none'], { error: 'names, groups or none' });

const mailAddress = text('an e-mail address', /^[^\s@<>()[\],;:\\"]+@[^\s@<>()[\],;:\\"]+$/);

const mailSchema = z.strictObject(
  {
    smtp: text('smtp://host:port or smtps://host:port', /^smtps?:\/\/[^\s/]+$/),
    from: mailAddress,
    /** Mail to people goes to `<account>@<domain>` unless they say otherwise; `null`: nowhere then. */
    domain: text('a domain such as example.org', /^[\w-]+(?:\.[\w-]+)*$/)
      .nullable()
      .default(null),
  },
  { error: 'a mapping with smtp, from and domain, or null' },
);

const tlsSchema = z.strictObject(
  { certificate: path, key: path },
  { error: 'a mapping with certificate and key, or null' },
);

/**
 * Site settings as `ds01.yaml` holds them: keys and units are the file's (`_ms`, `_s`, `_m`, `_h`,
 * `_days`, `_mb`). Every key has a default, unknown keys are refused. Parsing `{}` gives the
 * settings of a fresh install. An issue's message says what is allowed.
 */
export const siteSettingsSchema = z.strictObject(
  {
    site: z
      .strictObject(
        {
          /** Shown in greetings and refusals. */
          name: text('a line of text, at most 500 characters').default('DS01'),
          /** Whom people ask: an address or a URL. */
          contact: text('a line of text, at most 500 characters').nullable().default(null),
        },
        { error: section },
      )
      .prefault({}),
    leases: z
      .strictObject(
        {
          /** How long a reservation lives without being renewed. */
          reserve_ttl_s: amount(3600, 'seconds')
            .min(0.1, { error: 'a number of seconds, 0.1 to 3600' })
            .default(60),
        },
        { error: section },
      )
      .prefault({}),
    gate: z
      .strictObject(
        {
          /** Whether a start without a grant fails, or passes when its devices are free. */
          mode: z.enum(['enforce', 'observe'], { error: 'enforce or observe' }).default('enforce'),
        },
        { error: section },
      )
      .prefault({}),
    workspaces: z
      .strictObject(
        {
          /** Folder that holds a user's projects; `{user}` stands for the account name. */
          root: path
            .regex(/\{user\}/, { error: 'an absolute path that contains {user}' })
            .default('/home/{user}/workspace'),
        },
        { error: section },
      )
      .prefault({}),
    data: z
      .strictObject(
        {
          /** Folders that people may mount, read-only unless the entry ends in `:rw`. */
          roots: list(
            text('an absolute path, optionally followed by :ro or :rw', absolutePath),
            'a list of absolute paths',
          ),
        },
        { error: section },
      )
      .prefault({}),
    /** Unix groups whose ids a container keeps beside the owner's own group. */
    shared_groups: list(
      text('the name of a Unix group', /^[^\s:]{1,64}$/),
      'a list of group names',
    ),
    network: z
      .strictObject(
        {
          /** IPv4 range that users' networks are cut from. */
          pool: z.cidrv4({ error: 'an IPv4 range such as 10.201.0.0/16' }).default('10.201.0.0/16'),
          /** Prefix length of one user's network. */
          prefix: integer(16, 30, 'bits').default(27),
          /** Whether people may ask for the host's network. */
          allow_host: flag.default(false),
        },
        { error: section },
      )
      .prefault({}),
    ports: z
      .strictObject(
        {
          /** Address that published ports listen on. */
          bind: z.union([z.ipv4(), z.ipv6()], { error: 'an IP address' }).default('127.0.0.1'),
          /** Host ports that may be published, `first-last`; `null` is any from 1024. */
          range: text('two ports, such as 20000-29999', /^\d{1,5}-\d{1,5}$/)
            .refine(isPortRange, { error: 'two ports from 1 to 65535, the smaller one first' })
            .nullable()
            .default(null),
        },
        { error: section },
      )
      .prefault({}),
    builds: z
      .strictObject(
        {
          allow_host_network: flag.default(false),
          /** Largest build context, in MiB. */
          max_context_mb: integer(1, 1_048_576, 'MiB').default(2048),
        },
        { error: section },
      )
      .prefault({}),
    images: z
      .strictObject(
        {
          /** Registries that images may come from; empty is any. */
          registries: list(
            text('a registry such as docker.io', /^[\w.-]+(?::\d+)?(?:\/[\w./-]+)?$/),
            'a list of registries',
          ),
          /** The site's own catalogue of base images, beside the built-in one. */
          catalogue: path.nullable().default(null),
        },
        { error: section },
      )
      .prefault({}),
    lifecycle: z
      .strictObject(
        {
          /** Least time between the last warning and a stop. */
          warning_lead_m: amount(1440, 'minutes').default(10),
          /** Extra run time that an owner gets without asking anybody; 0 is none. */
          extend_max_h: amount(8760, 'hours').default(0),
          /** Container types whose own declaration may loosen the owner's lifecycle limits. */
          trust_declared_types: list(containerType, 'a list of container types'),
          /** How long the saved layer of a removed container is kept. */
          kept_days: amount(3650, 'days').default(7),
        },
        { error: section },
      )
      .prefault({}),
    groups: z
      .strictObject(
        {
          /** Where a synchronisation of groups puts people whom no group lists; the first match counts. */
          rules: list(
            z.strictObject(
              {
                /** A user name with `*`, `?` and ranges such as `[0-9]`. */
                match: text(
                  'a pattern of user names such as [0-9]*@uni.example',
                  /^[^\s:]{1,200}$/,
                ),
                group: text('the name of a group', /^[a-z0-9_]{1,64}$/),
              },
              { error: 'a mapping with match and group' },
            ),
            'a list of rules, each with match and group',
          ),
        },
        { error: section },
      )
      .prefault({}),
    notify: z
      .strictObject(
        {
          mail: mailSchema.nullable().default(null),
          webhooks: list(
            z.url({ protocol: /^https?$/, error: 'an http or https URL' }),
            'a list of http or https URLs',
          ),
          /** Who gets a mail when the rules stop working. */
          admins: list(mailAddress, 'a list of e-mail addresses'),
        },
        { error: section },
      )
      .prefault({}),
    retention: z
      .strictObject(
        {
          events_days: integer(1, 36_500, 'days').default(400),
          job_days: integer(1, 36_500, 'days').default(30),
          /** How long ended long work, and the answer to an `Idempotency-Key`, can be read. */
          operation_days: integer(1, 3650, 'days').default(7),
        },
        { error: section },
      )
      .prefault({}),
    /** What others see of who holds a GPU; `null` leaves it to the limits file, then `names`. */
    show_holders: holders.nullable().default(null),
    server: z
      .strictObject(
        {
          /** Address to listen on besides the unix socket; `null` is none. */
          tcp: text('host:port', /^(?:[\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/)
            .nullable()
            .default(null),
          tls: tlsSchema.nullable().default(null),
          /** Web pages of these origins may call; none by default. */
          cors_origins: list(
            z.url({ protocol: /^https?$/, error: 'an origin such as https://lab.example.org' }),
            'a list of origins',
          ),
          /** Requests that one person, or one address without a person, may make in a second. */
          requests_per_second: integer(1, 1_000_000, 'requests').default(100),
          /** Wrong tokens of one address in a minute before it is blocked for a minute. */
          wrong_tokens_per_minute: integer(1, 10_000, 'tries').default(10),
          /** Streams and sessions that one person may have open. */
          streams_per_user: integer(1, 100_000, 'streams').default(100),
        },
        { error: section },
      )
      .prefault({}),
    queue: queueSettingsSchema.prefault({}),
    tokens: z
      .strictObject(
        {
          /** How long a token lives when nothing is said, and at most. */
          default_days: integer(1, 3650, 'days').default(90),
          longest_days: integer(1, 3650, 'days').default(400),
          per_user: integer(0, 10_000, 'tokens').default(20),
        },
        { error: section },
      )
      .prefault({}),
    backup: z
      .strictObject({ location: path.nullable().default(null) }, { error: section })
      .prefault({}),
    probe: z
      .strictObject(
        {
          /** Longest wait for nvidia-smi. */
          timeout_ms: integer(100, 600_000, 'milliseconds').default(5000),
          /** How long one reading of the GPUs may be used again; 0 is never. */
          cache_ms: integer(0, 600_000, 'milliseconds').default(2000),
          /** Metrics of a dcgm-exporter, which knows how busy instances of MIG are. */
          dcgm_exporter: text(
            'http://host:port/metrics or https://host:port/metrics',
            /^https?:\/\/[^\s/@]+(?:\/\S*)?$/,
          )
            .nullable()
            .default(null),
        },
        { error: section },
      )
      .prefault({}),
    engine: z
      .strictObject(
        {
          /** Longest wait for one answer of the engine that isn't a stream or a long operation. */
          timeout_ms: integer(100, 3_600_000, 'milliseconds').default(30_000),
        },
        { error: section },
      )
      .prefault({}),
  },
  { error: section },
);
/** Site settings. See {@link siteSettingsSchema}. */
export type SiteSettings = z.infer<typeof siteSettingsSchema>;

/** What others see of who holds a GPU. */
export type ShowHolders = z.infer<typeof holders>;

/** Container types that `container_types` of the limits file knows. */
export type ContainerType = z.infer<typeof containerType>;

function isPortRange(range: string): boolean {
  const [first = 0, last = 0] = range.split('-').map(Number);
  return first >= 1 && first <= last && last <= 65_535;
}
