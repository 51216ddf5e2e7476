//! Fills the tables by multiplying one user that the directory itself wrote.

use crate::baseline::{Baseline, Database};

/// The name of the user that is multiplied.
pub(crate) const FIRST: &str = "seed0000000";

pub(crate) async fn fill(baseline: &mut Baseline, count: u32, team: &str) {
    let sql = match baseline.database() {
        Database::Sqlite => SQLITE,
        Database::Postgres => POSTGRES,
    };
    baseline.script(&sql.replace("{count}", &count.to_string()).replace("{team}", team)).await;
}

const SQLITE: &str = r#"
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
INSERT INTO resource (class, id, version, created, modified, keys, body)
SELECT 'User', lower(hex(randomblob(16))), 1, t.created + n.i * 1000000, t.modified + n.i * 1000000,
       replace(t.keys, 'seed0000000', printf('seed%07d', n.i)), replace(t.body, 'seed0000000', printf('seed%07d', n.i))
FROM n, (SELECT * FROM resource WHERE class = 'User' LIMIT 1) t;
UPDATE resource SET "key_username" = json_extract(keys, '$.username'), "key_externalid" = json_extract(keys, '$.externalid'),
       "key_displayname" = json_extract(keys, '$.displayname'), "key_active" = json_extract(keys, '$.active'),
       "key_name.familyname" = json_extract(keys, '$."name.familyname"'),
       "key_name.givenname" = json_extract(keys, '$."name.givenname"') WHERE class = 'User';
INSERT INTO lookup (name, key, seq)
SELECT 'User/emails.value', json_extract(e.value, '$.value'), r.seq
FROM resource r, json_each(r.keys, '$.emails') e WHERE r.class = 'User' AND r.seq > 2;
UPDATE counter SET value = value + {count} WHERE name = 'live User';
INSERT INTO member (owner, value, key) SELECT g.seq, r.id, r.id FROM resource g, resource r WHERE g.id = '{team}' AND r.class = 'User';
CREATE TABLE hand (id TEXT NOT NULL UNIQUE, user_name TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
INSERT INTO hand SELECT id, json_extract(keys, '$.username'), body FROM resource WHERE class = 'User';
CREATE TABLE hand_group (id INTEGER PRIMARY KEY, version INTEGER NOT NULL);
INSERT INTO hand_group VALUES (1, 1);
CREATE TABLE hand_member (owner INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (owner, value)) WITHOUT ROWID;
INSERT INTO hand_member SELECT 1, value FROM member;
COMMIT;
ANALYZE;
PRAGMA wal_checkpoint(TRUNCATE);
"#;

const POSTGRES: &str = "
INSERT INTO resource (class, id, version, created, modified, keys, body)
SELECT 'User', replace(gen_random_uuid()::text, '-', ''), 1, t.created + n.i::bigint * 1000000, t.modified + n.i::bigint * 1000000,
       replace(t.keys::text, 'seed0000000', 'seed' || lpad(n.i::text, 7, '0'))::jsonb,
       replace(t.body, 'seed0000000', 'seed' || lpad(n.i::text, 7, '0'))
FROM generate_series(1, {count}) n(i), (SELECT * FROM resource WHERE class = 'User' LIMIT 1) t;
INSERT INTO lookup (name, key, seq)
SELECT 'User/emails.value', e.value->>'value', r.seq
FROM resource r, jsonb_array_elements(r.keys->'emails') e(value) WHERE r.class = 'User' AND r.seq > 2;
UPDATE counter SET value = value + {count} WHERE name = 'live User';
INSERT INTO member (owner, value, key) SELECT g.seq, r.id, r.id FROM resource g, resource r WHERE g.id = '{team}' AND r.class = 'User';
CREATE TABLE hand (n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT NOT NULL UNIQUE, user_name TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
INSERT INTO hand (id, user_name, body) SELECT id, keys->>'username', body FROM resource WHERE class = 'User';
CREATE TABLE hand_group (id BIGINT PRIMARY KEY, version BIGINT NOT NULL);
INSERT INTO hand_group VALUES (1, 1);
CREATE TABLE hand_member (owner BIGINT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (owner, value));
INSERT INTO hand_member SELECT 1, value FROM member;
VACUUM ANALYZE resource; VACUUM ANALYZE lookup; VACUUM ANALYZE member; VACUUM ANALYZE hand; VACUUM ANALYZE hand_member;
CHECKPOINT;
";
