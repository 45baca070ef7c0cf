-- What is to be erased, until it is; state: the engine's.
CREATE TABLE erasures (id INTEGER PRIMARY KEY, state BLOB NOT NULL, crc INTEGER NOT NULL);

-- When a contact last had an event that flows ask about.
CREATE TABLE done (
  contact INTEGER NOT NULL,
  event   INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (contact, event)
) WITHOUT ROWID;
