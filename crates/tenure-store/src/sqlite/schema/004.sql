-- What each identity was settled with, as long as nothing of it changed.
ALTER TABLE outlook ADD COLUMN settled TEXT;

-- A table without row numbers keeps whole rows in the inner pages of its tree as well, so that with documents in them few rows
-- share a page on the way down. Documents go into tables with row numbers, and their keys into indexes beside them.
CREATE TABLE identity_new (id TEXT NOT NULL PRIMARY KEY, doc TEXT NOT NULL);
INSERT INTO identity_new SELECT id, doc FROM identity ORDER BY id;
DROP TABLE identity;
ALTER TABLE identity_new RENAME TO identity;
-- Who owns workloads is asked for before anything else.
CREATE INDEX identity_workload ON identity (id) WHERE doc ->> 'kind' = 'workload';

CREATE TABLE account_new (
    target TEXT NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (target, id)
);
INSERT INTO account_new SELECT target, id, doc FROM account ORDER BY target, id;
DROP TABLE account;
ALTER TABLE account_new RENAME TO account;
CREATE TRIGGER account_more AFTER INSERT ON account BEGIN
    INSERT INTO account_count VALUES (new.target, 1) ON CONFLICT (target) DO UPDATE SET accounts = accounts + 1;
END;
CREATE TRIGGER account_less AFTER DELETE ON account BEGIN
    UPDATE account_count SET accounts = accounts - 1 WHERE target = old.target;
END;

CREATE TABLE link_new (
    target TEXT NOT NULL, account TEXT NOT NULL, identity TEXT NOT NULL, live INTEGER NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (target, account)
);
INSERT INTO link_new SELECT target, account, identity, live, doc FROM link ORDER BY identity, target;
DROP TABLE link;
ALTER TABLE link_new RENAME TO link;
CREATE INDEX link_identity ON link (identity, target);
CREATE UNIQUE INDEX link_live ON link (target, identity) WHERE live = 1;

CREATE TABLE grant_new (id TEXT NOT NULL PRIMARY KEY, identity TEXT NOT NULL, doc TEXT NOT NULL);
INSERT INTO grant_new SELECT id, identity, doc FROM explicit_grant ORDER BY identity, id;
DROP TABLE explicit_grant;
ALTER TABLE grant_new RENAME TO explicit_grant;
CREATE INDEX explicit_grant_identity ON explicit_grant (identity);

CREATE TABLE held_new (
    target TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, identity TEXT,
    doc TEXT NOT NULL, PRIMARY KEY (target, account, kind, value)
);
INSERT INTO held_new SELECT target, account, kind, value, identity, doc FROM held ORDER BY identity, target, account;
DROP TABLE held;
ALTER TABLE held_new RENAME TO held;
CREATE INDEX held_identity ON held (identity);
CREATE INDEX held_value ON held (target, kind, value);

CREATE TABLE name_new (
    space TEXT NOT NULL, key TEXT NOT NULL, identity TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (space, key)
);
INSERT INTO name_new SELECT space, key, identity, doc FROM name ORDER BY identity, space;
DROP TABLE name;
ALTER TABLE name_new RENAME TO name;
CREATE INDEX name_identity ON name (identity);
