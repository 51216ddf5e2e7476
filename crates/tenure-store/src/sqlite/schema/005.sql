-- What targets told of accounts when they were last listed, as fingerprints, as long as what is stored agrees with it.
CREATE TABLE told (
    target TEXT NOT NULL, account TEXT NOT NULL, object BLOB, held BLOB NOT NULL, PRIMARY KEY (target, account)
) WITHOUT ROWID;
