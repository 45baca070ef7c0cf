-- What is to be erased, until it is; state: the engine's.
CREATE TABLE erasures (id INTEGER PRIMARY KEY, state BLOB NOT NULL, crc INTEGER NOT NULL);
