-- Makes users 1 to :last from user 0, as if each had been created over HTTP: thousands a second are too slow for a million.
SET search_path = scim;
BEGIN;
CREATE TEMP TABLE pattern ON COMMIT DROP AS SELECT * FROM resource WHERE body LIKE '%user0000000@%';
INSERT INTO resource (class, id, version, created, modified, keys, body, n)
SELECT p.class, lpad(to_hex(p.created / 1000000 + number.n), 12, '0') || right(replace(gen_random_uuid()::text, '-', ''), 20), 1, p.created, p.modified,
       replace(p.keys::text, 'user0000000@', 'user' || lpad(number.n::text, 7, '0') || '@')::jsonb,
       replace(p.body, 'user0000000@', 'user' || lpad(number.n::text, 7, '0') || '@'), pg_current_xact_id()
FROM generate_series(1, :last) AS number(n), pattern p;
INSERT INTO lookup (name, key, seq)
SELECT l.name, replace(l.key, 'user0000000@', substring(r.body from '"(user[0-9]{7}@)')), r.seq
FROM resource r, lookup l, pattern p WHERE l.seq = p.seq AND r.class = 'User' AND r.seq > p.seq;
UPDATE counter SET value = 0 WHERE name = 'live User';
UPDATE counter SET value = (SELECT count(*) FROM resource WHERE class = 'User')
WHERE name = 'live User' AND shard = (SELECT min(shard) FROM counter WHERE name = 'live User');
COMMIT;
VACUUM ANALYZE;
-- What was written is on its way to the disk for minutes otherwise, beside whatever is measured.
CHECKPOINT;
