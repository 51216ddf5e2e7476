CREATE TABLE identity (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE identity_history (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, effective INTEGER NOT NULL, recorded INTEGER NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX identity_history_id ON identity_history (id, effective, recorded);

CREATE TABLE account (
    target TEXT NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (target, id)
) WITHOUT ROWID;

CREATE TABLE link (
    target TEXT NOT NULL, account TEXT NOT NULL, identity TEXT NOT NULL, live INTEGER NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (target, account)
) WITHOUT ROWID;
CREATE INDEX link_identity ON link (identity, target);
CREATE UNIQUE INDEX link_live ON link (target, identity) WHERE live = 1;

CREATE TABLE explicit_grant (id TEXT PRIMARY KEY, identity TEXT NOT NULL, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX explicit_grant_identity ON explicit_grant (identity);

CREATE TABLE held (
    target TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, identity TEXT,
    doc TEXT NOT NULL, PRIMARY KEY (target, account, kind, value)
) WITHOUT ROWID;
CREATE INDEX held_identity ON held (identity);
CREATE TABLE held_history (
    seq INTEGER PRIMARY KEY, identity TEXT, effective INTEGER NOT NULL, recorded INTEGER NOT NULL,
    lost INTEGER NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX held_history_identity ON held_history (identity, seq);

CREATE TABLE name (
    space TEXT NOT NULL, key TEXT NOT NULL, identity TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (space, key)
) WITHOUT ROWID;
CREATE INDEX name_identity ON name (identity);

CREATE TABLE plan (hash TEXT PRIMARY KEY, created INTEGER NOT NULL, status TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX plan_status ON plan (status, created);
CREATE TABLE journal (seq INTEGER PRIMARY KEY, plan TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX journal_plan ON journal (plan, seq);
CREATE TABLE guard (
    seq INTEGER PRIMARY KEY, target TEXT NOT NULL, operation TEXT NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL
);
CREATE INDEX guard_window ON guard (target, operation, at);
CREATE TABLE approval (seq INTEGER PRIMARY KEY, plan TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX approval_plan ON approval (plan);
CREATE TABLE task (id TEXT PRIMARY KEY, target TEXT, identity TEXT, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE snapshot (seq INTEGER PRIMARY KEY, scope TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX snapshot_scope ON snapshot (scope, seq);
CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE value (key TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE audit (seq INTEGER PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE audit_head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL);
