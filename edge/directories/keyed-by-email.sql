-- Members whose address is their key. Their sign-in hands out signed tokens, each with the generation it was made in.
CREATE TABLE members (
  email TEXT PRIMARY KEY,
  full_name TEXT,
  password_hash TEXT NOT NULL,
  blocked_at TEXT,
  token_generation INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
