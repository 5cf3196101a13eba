-- What happened: all that the Worker needs of its own in a database whose accounts stand in a team's tables.
-- IF NOT EXISTS: the first migration used to create it.
CREATE TABLE IF NOT EXISTS events (
  -- The same for every attempt to keep the event, so that it is kept once.
  id TEXT PRIMARY KEY,
  -- RFC 3339, UTC.
  at TEXT NOT NULL,
  action TEXT NOT NULL,
  application TEXT NOT NULL,
  account TEXT,
  address TEXT,
  detail TEXT
);
CREATE INDEX IF NOT EXISTS events_account ON events (application, account, at);
