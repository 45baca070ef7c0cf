-- What sets the rate is how many distinct pages a step dirties: few indexes, integers, rows replaced in place.
-- Moments are microseconds since 1970 UTC. `crc` is CRC-32 over the row's format, its key and every column that matters.

CREATE TABLE install (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  id       BLOB NOT NULL,
  epoch    INTEGER NOT NULL,   -- grows with every restore of a backup
  writer   INTEGER NOT NULL,   -- grows with every process that opens it for writing: fences the one before
  created_at INTEGER NOT NULL
);

-- The last id given per table, so that none is given twice, the newest deleted or not. Not AUTOINCREMENT: that
-- looks its counter up at every insert, this is written once a transaction.
CREATE TABLE ids (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- class: 1 entity, 2 flow, 3 action, 4 event, 5 source. Ids are dense per class.
CREATE TABLE names (
  class INTEGER NOT NULL,
  id    INTEGER NOT NULL,
  name  TEXT NOT NULL,
  PRIMARY KEY (class, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX names_by_name ON names (class, name);

CREATE TABLE programs (
  id     INTEGER PRIMARY KEY,
  hash   BLOB NOT NULL UNIQUE,  -- BLAKE3 of code
  at     INTEGER NOT NULL,
  code   BLOB NOT NULL
);
CREATE TABLE program_sources (
  program INTEGER PRIMARY KEY,
  debug   BLOB NOT NULL,
  files   TEXT NOT NULL         -- JSON: [[name, text], …]
);
CREATE TABLE deployments (flow INTEGER PRIMARY KEY, program INTEGER NOT NULL, at INTEGER NOT NULL);

CREATE TABLE runs (
  id         INTEGER PRIMARY KEY,
  program    INTEGER NOT NULL,
  flow       INTEGER NOT NULL,
  status     INTEGER NOT NULL,  -- 0 ready 1 waiting 2 finished 3 failed 4 retryable 5 cancelled 6 quarantined 7 stranded
  subject_kind INTEGER,
  subject    INTEGER,
  due        INTEGER,
  events     INTEGER NOT NULL,  -- bit (event id % 63); bit 63: conditions
  revision   INTEGER NOT NULL,
  epoch      INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  effects    INTEGER NOT NULL,
  journal    INTEGER NOT NULL,
  floor      INTEGER NOT NULL,
  asks_in    INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  parent     INTEGER,
  parent_effect INTEGER,
  failure_kind TEXT,
  failure    TEXT,
  result     BLOB,
  snapshot   BLOB NOT NULL,
  crc        INTEGER NOT NULL
);
CREATE INDEX runs_due ON runs (due) WHERE due IS NOT NULL;
CREATE INDEX runs_by_subject ON runs (subject_kind, subject) WHERE subject IS NOT NULL;
CREATE UNIQUE INDEX runs_by_parent ON runs (parent, parent_effect) WHERE parent IS NOT NULL;
-- What a person must look at.
CREATE INDEX runs_in_trouble ON runs (status) WHERE status IN (3, 4, 6, 7);

-- Records a run waits on beside its subject; kind 0 is an event of any subject.
CREATE TABLE watches (kind INTEGER, id INTEGER, run INTEGER, PRIMARY KEY (kind, id, run)) WITHOUT ROWID;
CREATE INDEX watches_by_run ON watches (run);
-- Records a run holds something of: found when one is erased.
CREATE TABLE touches (kind INTEGER, id INTEGER, run INTEGER, PRIMARY KEY (kind, id, run)) WITHOUT ROWID;
CREATE INDEX touches_by_run ON touches (run);

-- An answer finds the run that asked here; the stack of a conversation is short.
CREATE TABLE prompts (
  conversation INTEGER NOT NULL,
  seq      INTEGER NOT NULL,    -- the highest gets the answer
  run      INTEGER NOT NULL,
  path     INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  expects  TEXT NOT NULL,
  options  TEXT NOT NULL,       -- JSON list
  text     TEXT NOT NULL,
  crc      INTEGER NOT NULL,
  PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;
CREATE INDEX prompts_by_run ON prompts (run);

CREATE TABLE intents (
  run        INTEGER NOT NULL,
  path       INTEGER NOT NULL,
  effect     INTEGER NOT NULL,
  state      INTEGER NOT NULL,  -- 0 queued 1 sending 2 in doubt
  program    INTEGER NOT NULL,
  place      INTEGER NOT NULL,
  action     INTEGER NOT NULL,
  class      INTEGER NOT NULL,  -- 0 pure 1 local 2 read 3 keyed 4 verified 5 once 6 repeatable
  class_arg  INTEGER NOT NULL,
  attempt    INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  timeout    INTEGER NOT NULL,
  retry      INTEGER NOT NULL,
  backoff    INTEGER NOT NULL,
  key        TEXT NOT NULL,
  destination TEXT NOT NULL,
  request    BLOB NOT NULL,
  crc        INTEGER NOT NULL,
  PRIMARY KEY (run, path)
) WITHOUT ROWID;

CREATE TABLE journal (
  id      INTEGER PRIMARY KEY,
  run     INTEGER NOT NULL,
  prev    INTEGER NOT NULL,     -- the run's row before; 0: the first
  at      INTEGER NOT NULL,
  payload BLOB NOT NULL,
  crc     INTEGER NOT NULL
);

CREATE TABLE events (
  number  INTEGER PRIMARY KEY,
  kind    INTEGER NOT NULL,
  subject_kind INTEGER,
  subject INTEGER,
  at      INTEGER NOT NULL,
  source  INTEGER,
  delivery TEXT,
  args    BLOB NOT NULL,
  crc     INTEGER NOT NULL
);
CREATE INDEX events_by_subject ON events (subject_kind, subject) WHERE subject IS NOT NULL;
CREATE UNIQUE INDEX events_by_delivery ON events (source, delivery) WHERE delivery IS NOT NULL;

CREATE TABLE inbox (
  id      INTEGER PRIMARY KEY,
  run     INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  taken   INTEGER NOT NULL,     -- 1: done with, kept so that a second delivery is known
  source  INTEGER,
  delivery TEXT,
  payload BLOB NOT NULL,
  crc     INTEGER NOT NULL
);
CREATE INDEX inbox_waiting ON inbox (run) WHERE taken = 0;
CREATE UNIQUE INDEX inbox_by_delivery ON inbox (source, delivery) WHERE delivery IS NOT NULL;

CREATE TABLE messages (
  conversation INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  run    INTEGER NOT NULL,
  flow   INTEGER NOT NULL,      -- name of the flow that says it; 0 for whoever is no flow
  sender TEXT NOT NULL,
  text   TEXT NOT NULL,
  parts  TEXT NOT NULL,         -- JSON: [[kind, value], …]
  crc    INTEGER NOT NULL,
  PRIMARY KEY (conversation, number)
) WITHOUT ROWID;

CREATE TABLE notes (
  id     INTEGER PRIMARY KEY,
  kind   INTEGER NOT NULL,
  record INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  run    INTEGER NOT NULL,
  text   TEXT NOT NULL,
  crc    INTEGER NOT NULL
);
CREATE INDEX notes_by_record ON notes (kind, record);

-- For people with a SQLite shell; nothing in Flow reads them. The id is the one `flow` shows: public_id.rs says how it is made.
CREATE VIEW runs_readable AS SELECT
  'r_'
    || iif(r.id >> 60 > 0, substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 60) & 31), 1), '')
    || iif(r.id >> 55 > 0, substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 55) & 31), 1), '')
    || iif(r.id >> 50 > 0, substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 50) & 31), 1), '')
    || iif(r.id >> 45 > 0, substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 45) & 31), 1), '')
    || iif(r.id >> 40 > 0, substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 40) & 31), 1), '')
    || iif(r.id >> 35 > 0, substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 35) & 31), 1), '')
    || iif(r.id >> 30 > 0, substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 30) & 31), 1), '')
    || iif(r.id >> 25 > 0, substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 25) & 31), 1), '')
    || iif(r.id >> 20 > 0, substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 20) & 31), 1), '')
    || substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 15) & 31), 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 10) & 31), 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 5) & 31), 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((r.id >> 0) & 31), 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + (1 * ((r.id >> 0) & 31) + 2 * ((r.id >> 5) & 31) + 3 * ((r.id >> 10) & 31) + 4 * ((r.id >> 15) & 31) + 5 * ((r.id >> 20) & 31) + 6 * ((r.id >> 25) & 31) + 7 * ((r.id >> 30) & 31) + 8 * ((r.id >> 35) & 31) + 9 * ((r.id >> 40) & 31) + 10 * ((r.id >> 45) & 31) + 11 * ((r.id >> 50) & 31) + 12 * ((r.id >> 55) & 31) + 13 * ((r.id >> 60) & 31)) % 31, 1) AS id,
  f.name AS flow,
  CASE r.status WHEN 0 THEN 'ready' WHEN 1 THEN 'waiting' WHEN 2 THEN 'finished' WHEN 3 THEN 'failed' WHEN 4 THEN 'retryable'
    WHEN 5 THEN 'cancelled' WHEN 6 THEN 'quarantined' WHEN 7 THEN 'stranded' ELSE r.status END AS status,
  s.name AS about, r.subject AS about_id,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.due / 1e6, 'unixepoch') AS due,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.created_at / 1e6, 'unixepoch') AS created,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.updated_at / 1e6, 'unixepoch') AS updated,
  r.failure_kind, r.failure, length(r.snapshot) AS state_bytes
FROM runs r LEFT JOIN names f ON f.class = 2 AND f.id = r.flow LEFT JOIN names s ON s.class = 1 AND s.id = r.subject_kind;

CREATE VIEW intents_readable AS SELECT
  i.run, i.path, a.name AS action,
  CASE i.state WHEN 0 THEN 'queued' WHEN 1 THEN 'sending' WHEN 2 THEN 'in doubt' ELSE i.state END AS state,
  i.destination, i.attempt, strftime('%Y-%m-%dT%H:%M:%fZ', i.not_before / 1e6, 'unixepoch') AS not_before, i.key, length(i.request) AS request_bytes
FROM intents i LEFT JOIN names a ON a.class = 3 AND a.id = i.action;

CREATE VIEW events_readable AS SELECT
  e.number, n.name AS event, s.name AS about, e.subject AS about_id, strftime('%Y-%m-%dT%H:%M:%fZ', e.at / 1e6, 'unixepoch') AS at,
  src.name AS source, e.delivery, CAST(e.args AS TEXT) AS args
FROM events e LEFT JOIN names n ON n.class = 4 AND n.id = e.kind LEFT JOIN names s ON s.class = 1 AND s.id = e.subject_kind
  LEFT JOIN names src ON src.class = 5 AND src.id = e.source;

CREATE VIEW journal_readable AS SELECT id, run, strftime('%Y-%m-%dT%H:%M:%fZ', at / 1e6, 'unixepoch') AS at, CAST(payload AS TEXT) AS payload FROM journal;
