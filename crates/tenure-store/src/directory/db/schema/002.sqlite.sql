-- What filters and sorts compare of `kind` and `shown`. The rows that are there already get theirs from the program.
ALTER TABLE member ADD COLUMN kind_key TEXT;
ALTER TABLE member ADD COLUMN shown_key TEXT;

-- Texts that a program keeps beside the resources, by name: what it has accepted and not done yet.
CREATE TABLE accepted (
    name TEXT    NOT NULL PRIMARY KEY,
    text TEXT    NOT NULL,
    done INTEGER NOT NULL,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX accepted_at ON accepted (done, at);
