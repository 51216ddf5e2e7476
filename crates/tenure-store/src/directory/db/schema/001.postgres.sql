-- INVARIANT: `body` never holds `id`, `meta`, `members` or `groups`: the first two are columns, the others are rows of
-- `member`. `keys` holds what filters and sorts compare, by the lower-case path of each attribute.
CREATE TABLE resource (
    seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    class    TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL UNIQUE,
    version  BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    deleted  BIGINT,
    keys     JSONB NOT NULL,
    body     TEXT COLLATE "C" NOT NULL
);
CREATE INDEX resource_live ON resource (class, seq) WHERE deleted IS NULL;
CREATE INDEX resource_modified ON resource (class, modified, seq) WHERE deleted IS NULL;

-- The values of indexed multi-valued attributes, those of deleted resources among them.
CREATE TABLE lookup (
    name TEXT COLLATE "C" NOT NULL,
    key  TEXT COLLATE "C" NOT NULL,
    seq  BIGINT NOT NULL,
    PRIMARY KEY (name, key, seq)
);
CREATE INDEX lookup_of ON lookup (seq);

CREATE TABLE member (
    owner BIGINT NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    key   TEXT COLLATE "C" NOT NULL,
    kind  TEXT COLLATE "C",
    shown TEXT COLLATE "C",
    PRIMARY KEY (owner, value)
);
CREATE INDEX member_of ON member (key, owner);

-- `n` is the transaction: together with a snapshot it tells what a reader has not seen yet, whatever the order of commits.
CREATE TABLE change (
    class TEXT COLLATE "C" NOT NULL,
    id    TEXT COLLATE "C" NOT NULL,
    n     XID8 NOT NULL,
    gone  BOOLEAN NOT NULL,
    PRIMARY KEY (class, id)
);
CREATE INDEX change_since ON change (class, n, id);

-- Many shards, so that writers do not wait for each other to count.
CREATE TABLE counter (
    name  TEXT COLLATE "C" NOT NULL,
    shard BIGINT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name, shard)
);

CREATE TABLE applied (
    key     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    outcome TEXT NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX applied_at ON applied (at);

-- How the values of each attribute were made into keys.
CREATE TABLE rule (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL
);
