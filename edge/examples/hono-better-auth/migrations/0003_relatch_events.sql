CREATE TABLE relatch_events (
  -- Unique per event: a repeated attempt to store an event does not store it twice.
  id TEXT PRIMARY KEY,
  -- RFC 3339, UTC.
  at TEXT NOT NULL,
  action TEXT NOT NULL,
  application TEXT NOT NULL,
  account TEXT,
  address TEXT,
  detail TEXT,
  -- Events of requests that are counted are one row with their number.
  count INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX relatch_events_account ON relatch_events (application, account, at);
-- The Worker deletes events that are older than EVENTS_DAYS by this index.
CREATE INDEX relatch_events_at ON relatch_events (at);
