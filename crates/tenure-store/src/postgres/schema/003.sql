-- When each identity has to be looked at again, and on whom that depends.
CREATE TABLE outlook (identity TEXT COLLATE "C" PRIMARY KEY, due BIGINT, others TEXT[] NOT NULL DEFAULT '{}',
    marks BIGINT NOT NULL
);
CREATE INDEX outlook_due ON outlook (due, identity) WHERE due IS NOT NULL;
CREATE INDEX outlook_other ON outlook USING gin (others) WHERE others <> '{}';
