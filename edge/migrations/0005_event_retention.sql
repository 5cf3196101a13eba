-- Events of requests that are counted are one row with their number.
ALTER TABLE events ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
-- The Worker deletes events that are older than EVENTS_DAYS by this index.
CREATE INDEX IF NOT EXISTS events_at ON events (at);
