CREATE TABLE identity (id TEXT COLLATE "C" PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE identity_history (
    seq BIGSERIAL PRIMARY KEY, id TEXT COLLATE "C" NOT NULL, effective BIGINT NOT NULL, recorded BIGINT NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX identity_history_id ON identity_history (id, effective, recorded);

CREATE TABLE account (
    target TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (target, id)
);

CREATE TABLE link (
    target TEXT COLLATE "C" NOT NULL, account TEXT COLLATE "C" NOT NULL, identity TEXT COLLATE "C" NOT NULL, live BOOLEAN NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (target, account)
);
CREATE INDEX link_identity ON link (identity, target);
CREATE UNIQUE INDEX link_live ON link (target, identity) WHERE live;

CREATE TABLE explicit_grant (id TEXT COLLATE "C" PRIMARY KEY, identity TEXT COLLATE "C" NOT NULL, doc TEXT NOT NULL);
CREATE INDEX explicit_grant_identity ON explicit_grant (identity);

CREATE TABLE held (
    target TEXT COLLATE "C" NOT NULL, account TEXT COLLATE "C" NOT NULL, kind TEXT COLLATE "C" NOT NULL, value TEXT COLLATE "C" NOT NULL, identity TEXT COLLATE "C",
    doc TEXT NOT NULL, PRIMARY KEY (target, account, kind, value)
);
CREATE INDEX held_identity ON held (identity);
CREATE TABLE held_history (
    seq BIGSERIAL PRIMARY KEY, identity TEXT COLLATE "C", effective BIGINT NOT NULL, recorded BIGINT NOT NULL,
    lost BOOLEAN NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX held_history_identity ON held_history (identity, seq);

CREATE TABLE name (
    space TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL, identity TEXT COLLATE "C" NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (space, key)
);
CREATE INDEX name_identity ON name (identity);

CREATE TABLE plan (hash TEXT COLLATE "C" PRIMARY KEY, created BIGINT NOT NULL, status TEXT COLLATE "C" NOT NULL, doc TEXT NOT NULL);
CREATE INDEX plan_status ON plan (status, created);
CREATE TABLE journal (seq BIGSERIAL PRIMARY KEY, plan TEXT COLLATE "C" NOT NULL, doc TEXT NOT NULL);
CREATE INDEX journal_plan ON journal (plan, seq);
CREATE TABLE guard (
    seq BIGSERIAL PRIMARY KEY, target TEXT COLLATE "C" NOT NULL, operation TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, count BIGINT NOT NULL
);
CREATE INDEX guard_window ON guard (target, operation, at);
CREATE TABLE approval (seq BIGSERIAL PRIMARY KEY, plan TEXT COLLATE "C" NOT NULL, doc TEXT NOT NULL);
CREATE INDEX approval_plan ON approval (plan);
CREATE TABLE task (id TEXT COLLATE "C" PRIMARY KEY, target TEXT COLLATE "C", identity TEXT COLLATE "C", doc TEXT NOT NULL);
CREATE TABLE snapshot (seq BIGSERIAL PRIMARY KEY, scope TEXT COLLATE "C" NOT NULL, doc TEXT NOT NULL);
CREATE INDEX snapshot_scope ON snapshot (scope, seq);
CREATE TABLE lease (name TEXT COLLATE "C" PRIMARY KEY, holder TEXT COLLATE "C" NOT NULL, until TEXT COLLATE "C" NOT NULL);
CREATE TABLE value (key TEXT COLLATE "C" PRIMARY KEY, doc TEXT NOT NULL);

CREATE TABLE audit (seq BIGINT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE audit_head (one BIGINT PRIMARY KEY CHECK (one = 1), seq BIGINT NOT NULL, hash TEXT COLLATE "C" NOT NULL);
