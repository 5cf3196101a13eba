-- The built-in directory: accounts and their sessions. A team that has its own tables deletes this
-- file; edge/directories explains how to configure the Worker for them.
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  username TEXT NOT NULL,
  -- Mail is sent to exactly this address.
  email TEXT,
  name TEXT,
  -- A PHC string (Argon2id), or another format that edge/directories lists. An account without a
  -- hash cannot be reset by mail.
  password_hash TEXT,
  role TEXT NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin', 'machine')),
  disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  locale TEXT
);
-- Look-ups ignore the case of ASCII letters; the Worker then compares again by stricter rules.
CREATE UNIQUE INDEX users_username ON users (lower(username));
-- Not unique: several accounts may share a mailbox.
CREATE INDEX users_email ON users (lower(email));

CREATE TABLE sessions (
  -- A digest of the bearer token, never the token itself.
  id TEXT PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
