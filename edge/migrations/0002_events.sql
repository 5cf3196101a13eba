-- The audit events. This is the only table that the Worker needs if the accounts are in a team's
-- own tables. IF NOT EXISTS: an earlier form of the first migration also created it.
CREATE TABLE IF NOT EXISTS events (
  -- Unique per event: a repeated attempt to store an event does not store it twice.
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
