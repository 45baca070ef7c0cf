-- What flows' headers remember.

-- When somebody last entered a flow with `once per`; key: whatever it goes by, as JSON.
CREATE TABLE entries (
  flow INTEGER NOT NULL,
  key  TEXT NOT NULL,
  at   INTEGER NOT NULL,
  crc  INTEGER NOT NULL,
  PRIMARY KEY (flow, key)
) WITHOUT ROWID;

-- Flows whose births and wakes are held.
CREATE TABLE paused (flow INTEGER PRIMARY KEY, at INTEGER NOT NULL);

-- How often something has happened to a flow. what: rules.rs
CREATE TABLE tallies (flow INTEGER NOT NULL, what INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (flow, what)) WITHOUT ROWID;

-- Moments of triggers: the next of a schedule (record 0), the end of a silence (record: the conversation).
CREATE TABLE timers (
  flow   INTEGER NOT NULL,
  trigger INTEGER NOT NULL,
  record INTEGER NOT NULL,
  due    INTEGER NOT NULL,
  spec   TEXT NOT NULL,         -- what it is the moment of: another schedule begins anew
  crc    INTEGER NOT NULL,
  PRIMARY KEY (flow, trigger, record)
) WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due);

-- Who is in an audience now.
CREATE TABLE members (flow INTEGER NOT NULL, trigger INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (flow, trigger, record)) WITHOUT ROWID;

-- Records that a condition has read beside the one it is about. watcher: 0 the goal of run `owner`, else the flow of the
-- audience that record `owner` may belong to.
CREATE TABLE looks (
  kind    INTEGER NOT NULL,
  record  INTEGER NOT NULL,
  watcher INTEGER NOT NULL,
  owner   INTEGER NOT NULL,
  PRIMARY KEY (kind, record, watcher, owner)
) WITHOUT ROWID;
CREATE INDEX looks_by_owner ON looks (watcher, owner);

-- What runs are hoped to reach, also when they are over.
CREATE TABLE goals (
  run     INTEGER PRIMARY KEY,
  flow    INTEGER NOT NULL,
  program INTEGER NOT NULL,
  until   INTEGER,              -- null: while the run lives
  reached INTEGER,
  args    BLOB NOT NULL,
  crc     INTEGER NOT NULL
);
CREATE INDEX goals_open ON goals (until) WHERE reached IS NULL;

-- Messages of flows with a `cap`, while they count.
CREATE TABLE sends (
  flow INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  record INTEGER NOT NULL,
  at   INTEGER NOT NULL,
  run  INTEGER NOT NULL,
  effect INTEGER NOT NULL,
  PRIMARY KEY (flow, kind, record, at, run, effect)
) WITHOUT ROWID;

-- A change to a record that many look at: those who listen are told a few at a time.
CREATE TABLE fanouts (
  id     INTEGER PRIMARY KEY,
  kind   INTEGER NOT NULL,
  record INTEGER NOT NULL,
  watcher INTEGER NOT NULL,     -- how far it has come
  owner  INTEGER NOT NULL,
  run    INTEGER NOT NULL,
  at     INTEGER NOT NULL
);

-- Live runs about nobody, for `overlap`.
CREATE INDEX runs_about_nobody ON runs (flow) WHERE subject IS NULL AND status IN (0, 1);
