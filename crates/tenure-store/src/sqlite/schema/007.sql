-- What sources told in looks that have not ended.
CREATE TABLE staged (seq INTEGER PRIMARY KEY, area TEXT NOT NULL, identity TEXT NOT NULL, place TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX staged_identity ON staged (area, identity);
