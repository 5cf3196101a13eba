-- For password changes by a signed-in account owner. sessions.id is the SHA-256 of the session's
-- bearer token in lower-case hexadecimal.
--
-- password_version is the SHA-256 of the password_hash that the session was opened with. A session
-- whose version differs from the current hash is invalid; NULL is not compared. A change of the
-- password ends all other sessions and updates the version of the session that made it.
ALTER TABLE sessions ADD COLUMN password_version TEXT;
