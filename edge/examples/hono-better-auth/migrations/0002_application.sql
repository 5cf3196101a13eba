-- A table of the application, which has the name that Relatch uses by default.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL
);
INSERT INTO events (title) VALUES ('a party');
