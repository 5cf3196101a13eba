-- Accounts whose primary key is their e-mail address. The sign-in issues signed tokens, each with
-- the value that token_generation had at that time.
CREATE TABLE members (
  email TEXT PRIMARY KEY,
  full_name TEXT,
  password_hash TEXT NOT NULL,
  blocked_at TEXT,
  token_generation INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
