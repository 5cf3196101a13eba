-- A team that has its own tables deletes this file.
--
-- Finds names that are stored with blanks around them, as imports leave them. The expressions are
-- those of the Worker's queries, which must be the same for the index to be used.
DROP INDEX users_email;
CREATE INDEX users_email ON users (lower(trim(email, char(9, 10, 11, 12, 13, 32, 133, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201, 8202, 8232, 8233, 8239, 8287, 12288))));
-- users_username stays: it keeps user names unique.
CREATE INDEX users_username_trimmed ON users (lower(trim(username, char(9, 10, 11, 12, 13, 32, 133, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201, 8202, 8232, 8233, 8239, 8287, 12288))));
