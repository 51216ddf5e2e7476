-- What sources told in looks that have not ended.
CREATE TABLE staged (
    seq BIGSERIAL PRIMARY KEY, area TEXT COLLATE "C" NOT NULL, identity TEXT COLLATE "C" NOT NULL, place TEXT NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX staged_identity ON staged (area, identity, seq);
