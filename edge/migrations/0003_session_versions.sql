-- For changes of a password by whoever is signed in. The bearer token of a session is known here by its digest alone:
-- sessions.id is SHA-256 of the token in lower-case hexadecimal.
--
-- The same digest of the password_hash that the session was opened with; one of another hash is no session any more. NULL:
-- not compared. A change of the password by Relatch ends all other sessions and lets its own go on under the new hash.
ALTER TABLE sessions ADD COLUMN password_version TEXT;
