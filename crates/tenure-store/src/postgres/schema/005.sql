-- What targets told of accounts when they were last listed, as fingerprints, as long as what is stored agrees with it.
CREATE TABLE told (
    target TEXT COLLATE "C" NOT NULL, account TEXT COLLATE "C" NOT NULL, object BYTEA, held BYTEA NOT NULL,
    PRIMARY KEY (target, account)
);
