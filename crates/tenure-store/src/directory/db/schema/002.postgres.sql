-- What filters and sorts compare of `kind` and `shown`. The rows that are there already get theirs from the program.
ALTER TABLE member ADD COLUMN kind_key TEXT COLLATE "C";
ALTER TABLE member ADD COLUMN shown_key TEXT COLLATE "C";

-- Texts that a program keeps beside the resources, by name: what it has accepted and not done yet.
CREATE TABLE accepted (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    done BOOLEAN NOT NULL,
    at   BIGINT NOT NULL
);
CREATE INDEX accepted_at ON accepted (done, at);
