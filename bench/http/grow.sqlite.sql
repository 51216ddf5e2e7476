-- Makes users 1 to :last from user 0, as if each had been created over HTTP: thousands a second are too slow for a million.
PRAGMA cache_size = -1000000;
BEGIN;
CREATE TEMP TABLE pattern AS SELECT * FROM resource WHERE body LIKE '%user0000000@%';
INSERT INTO resource (class, id, version, created, modified, keys, body, n, "key_username", "key_externalid",
                      "key_displayname", "key_name.familyname", "key_name.givenname", "key_active")
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :last)
SELECT class, printf('%012x', created / 1000000 + number.n) || lower(hex(randomblob(10))), 1, created, modified,
       replace(keys, 'user0000000@', printf('user%07d@', number.n)), replace(body, 'user0000000@', printf('user%07d@', number.n)),
       (SELECT value FROM counter WHERE name = 'change') + number.n, replace("key_username", 'user0000000@', printf('user%07d@', number.n)),
       replace("key_externalid", 'user0000000@', printf('user%07d@', number.n)),
       "key_displayname", "key_name.familyname", "key_name.givenname", "key_active"
FROM number, pattern;
INSERT INTO lookup (name, key, seq)
SELECT l.name, replace(l.key, 'user0000000@', substr(r.body, instr(r.body, '"user') + 1, 12)), r.seq
FROM resource r, lookup l, pattern p WHERE l.seq = p.seq AND r.class = 'User' AND r.seq > p.seq;
UPDATE counter SET value = (SELECT max(n) FROM resource) WHERE name = 'change';
UPDATE counter SET value = (SELECT count(*) FROM resource WHERE class = 'User') WHERE name = 'live User';
COMMIT;
