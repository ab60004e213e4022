/** `PRAGMA application_id` of a ledger: the bytes "DS01". */
export const applicationId = 0x44533031;

/** Tables that every ledger has, of whatever version. */
export const tableNames = ['claims', 'containers', 'leases', 'meta', 'slots'] as const;

/**
 * Migrations in order; `PRAGMA user_version` counts those that a database has seen. Appended to,
 * never changed.
 *
 * A live lease has one row in `claims` for each piece of silicon it covers, and one in `slots` for
 * each slot; their primary keys make two holders of one piece impossible. A device whose slots are
 * placed and one whose aren't can't be told apart by key, so a trigger refuses to mix them.
 *
 * What the rules remember of a container goes with its row, whoever removes that.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE leases (
    id TEXT PRIMARY KEY,
    user TEXT,
    state TEXT NOT NULL,
    token INTEGER NOT NULL CHECK (token > 0),
    slots TEXT NOT NULL,
    container_id TEXT,
    docker_name TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    held_until_ms INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX live_leases ON leases (id) WHERE state <> 'released';
  CREATE TABLE slots (
    slot_uuid TEXT PRIMARY KEY,
    lease_id TEXT NOT NULL REFERENCES leases (id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX slots_of_lease ON slots (lease_id);
  CREATE TABLE claims (
    device_uuid TEXT NOT NULL,
    claim TEXT NOT NULL,
    is_placed INTEGER NOT NULL,
    lease_id TEXT NOT NULL REFERENCES leases (id) ON DELETE CASCADE,
    PRIMARY KEY (device_uuid, claim)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX claims_of_lease ON claims (lease_id);
  CREATE TRIGGER claims_never_mix BEFORE INSERT ON claims
  WHEN EXISTS (
    SELECT 1 FROM claims
    WHERE device_uuid = NEW.device_uuid AND is_placed <> NEW.is_placed
  )
  BEGIN
    SELECT RAISE(ABORT, 'placed and unplaced claims on one device');
  END;
  CREATE TABLE containers (
    id TEXT PRIMARY KEY,
    user TEXT,
    docker_name TEXT NOT NULL,
    lease_id TEXT,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE builds (
    uid INTEGER NOT NULL,
    name TEXT NOT NULL,
    build TEXT NOT NULL,
    started_at_ms INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (uid, name, build)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE build_texts (
    uid INTEGER NOT NULL,
    name TEXT NOT NULL,
    build TEXT NOT NULL,
    dockerfile TEXT NOT NULL,
    log TEXT NOT NULL,
    log_cut INTEGER NOT NULL,
    PRIMARY KEY (uid, name, build),
    FOREIGN KEY (uid, name, build) REFERENCES builds (uid, name, build) ON DELETE CASCADE
  ) STRICT;
  `,
  `
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    type TEXT NOT NULL,
    user TEXT,
    uid INTEGER,
    container TEXT,
    container_id TEXT,
    details TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_of_user ON events (user, id) WHERE user IS NOT NULL;
  CREATE TABLE lifecycle (container_id TEXT PRIMARY KEY, memory TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TRIGGER lifecycle_goes_with_container AFTER DELETE ON containers
  BEGIN
    DELETE FROM lifecycle WHERE container_id = OLD.id;
  END;
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user TEXT,
    channel TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX outbox_by_time ON outbox (next_at_ms, id);
  `,
  `
  CREATE TABLE queue (id TEXT PRIMARY KEY, ended_at_ms INTEGER, record TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE INDEX queue_by_end ON queue (ended_at_ms);
  CREATE TABLE usage (user TEXT PRIMARY KEY, gpu_hours REAL NOT NULL, at_ms INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE operations (
    id TEXT PRIMARY KEY,
    uid INTEGER NOT NULL,
    key TEXT,
    finished_at_ms INTEGER,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX operations_by_key ON operations (uid, key) WHERE key IS NOT NULL;
  CREATE INDEX operations_of_person ON operations (uid, id);
  CREATE INDEX operations_by_end ON operations (finished_at_ms);
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    uid INTEGER NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tokens_of_person ON tokens (uid, id);
  `,
];
