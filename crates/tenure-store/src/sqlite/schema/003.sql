-- When each identity has to be looked at again, and on whom that depends.
CREATE TABLE outlook (identity TEXT PRIMARY KEY, due INTEGER, others TEXT, marks INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX outlook_due ON outlook (due, identity) WHERE due IS NOT NULL;
CREATE TABLE outlook_other (other TEXT NOT NULL, identity TEXT NOT NULL, PRIMARY KEY (other, identity)) WITHOUT ROWID;
-- Guards measure by shares: nobody wants to count a million rows for that.
CREATE TABLE account_count (target TEXT PRIMARY KEY, accounts INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO account_count SELECT target, count(*) FROM account GROUP BY target;
CREATE TRIGGER account_more AFTER INSERT ON account BEGIN
    INSERT INTO account_count VALUES (new.target, 1) ON CONFLICT (target) DO UPDATE SET accounts = accounts + 1;
END;
CREATE TRIGGER account_less AFTER DELETE ON account BEGIN
    UPDATE account_count SET accounts = accounts - 1 WHERE target = old.target;
END;
