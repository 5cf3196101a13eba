-- A simple table of users with bcrypt hashes, and their sessions.
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  password TEXT,
  is_admin INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE sessions (
  token_digest TEXT PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE
);
