-- A team that has its own tables deletes this file.
--
-- Whether the owner of the account has proved to read mail at its address. The application sets it.
-- With REQUIRE_VERIFIED, accounts whose value is 0 get no link.
ALTER TABLE users ADD COLUMN verified INTEGER NOT NULL DEFAULT 0 CHECK (verified IN (0, 1));
