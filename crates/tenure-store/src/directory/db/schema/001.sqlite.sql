-- INVARIANT: `body` never holds `id`, `meta`, `members` or `groups`: the first two are columns, the others are rows of
-- `member`. `keys` holds what filters and sorts compare, by the lower-case path of each attribute.
CREATE TABLE resource (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    class    TEXT    NOT NULL,
    id       TEXT    NOT NULL UNIQUE,
    version  INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    deleted  INTEGER,
    keys     TEXT    NOT NULL,
    body     TEXT    NOT NULL
) STRICT;
CREATE INDEX resource_live ON resource (class, seq) WHERE deleted IS NULL;
CREATE INDEX resource_modified ON resource (class, modified, seq) WHERE deleted IS NULL;

-- The values of indexed multi-valued attributes, those of deleted resources among them.
CREATE TABLE lookup (
    name TEXT    NOT NULL,
    key  TEXT    NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (name, key, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX lookup_of ON lookup (seq);

CREATE TABLE member (
    owner INTEGER NOT NULL,
    value TEXT    NOT NULL,
    key   TEXT    NOT NULL,
    kind  TEXT,
    shown TEXT,
    PRIMARY KEY (owner, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_of ON member (key, owner);

CREATE TABLE change (
    class TEXT    NOT NULL,
    id    TEXT    NOT NULL,
    n     INTEGER NOT NULL,
    gone  INTEGER NOT NULL,
    PRIMARY KEY (class, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_since ON change (class, n);

CREATE TABLE counter (
    name  TEXT    NOT NULL,
    shard INTEGER NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (name, shard)
) STRICT, WITHOUT ROWID;

CREATE TABLE applied (
    key     TEXT    NOT NULL PRIMARY KEY,
    outcome TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX applied_at ON applied (at);

-- How the values of each attribute were made into keys.
CREATE TABLE rule (
    name    TEXT    NOT NULL PRIMARY KEY,
    rule    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
