//! The tables of a directory.

use rusqlite::Connection;

/// Opens the tables, creating what is missing.
pub(super) fn prepare(connection: &Connection, durable: bool) -> rusqlite::Result<()> {
    if durable {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
    }
    tune(connection)?;
    connection.execute_batch(TABLES)
}

/// Settings that every connection needs for itself.
pub(super) fn tune(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "cache_size", -32_000)
}

// INVARIANT: `body` never holds `id`, `meta`, `members` or `groups`; the first two are columns, the others are rows of
// `member`. `lookup` and `taken` hold rows only for resources that are not deleted.
const TABLES: &str = "
create table if not exists resource (
    seq      integer primary key autoincrement,
    class    text    not null,
    id       text    not null unique,
    version  integer not null,
    created  text    not null,
    modified text    not null,
    deleted  text,
    body     text    not null
) strict;
create index if not exists resource_live on resource (class, seq) where deleted is null;

create table if not exists lookup (
    class text    not null,
    path  text    not null,
    key   text    not null,
    seq   integer not null,
    primary key (class, path, key, seq)
) strict, without rowid;
create index if not exists lookup_of on lookup (seq);

create table if not exists taken (
    class text    not null,
    path  text    not null,
    key   text    not null,
    seq   integer not null,
    primary key (class, path, key)
) strict, without rowid;
create index if not exists taken_of on taken (seq);

create table if not exists member (
    owner  integer not null,
    value  text    not null,
    kind   text,
    shown  text,
    primary key (owner, value)
) strict, without rowid;
create index if not exists member_of on member (value, owner);

create table if not exists change (
    class text    not null,
    id    text    not null,
    n     integer not null,
    gone  integer not null,
    primary key (class, id)
) strict, without rowid;
create index if not exists change_since on change (class, n);

create table if not exists counter (
    name  text    not null primary key,
    value integer not null
) strict, without rowid;

create table if not exists applied (
    key     text not null primary key,
    outcome text not null,
    at      text not null
) strict, without rowid;
create index if not exists applied_at on applied (at);
";
