\set n random(1, 9000000000000)
WITH pattern AS (SELECT * FROM resource WHERE seq = 1), made AS (
  INSERT INTO resource (class, id, version, created, modified, body, keys, n)
  SELECT p.class, lpad(to_hex(p.created / 1000000 + i), 12, '0') || right(replace(gen_random_uuid()::text, '-', ''), 20), 1, p.created, p.modified,
         replace(p.body, 'user0000000@', 'h' || :n || '-' || i || '@'), replace(p.keys::text, 'user0000000@', 'h' || :n || '-' || i || '@')::jsonb,
         pg_current_xact_id()
  FROM generate_series(1, :rows::bigint) i, pattern p
  RETURNING seq, class, id
), found AS (
  INSERT INTO lookup (name, key, seq) SELECT 'User/emails.value', id || '@example.com', seq FROM made
), counted AS (
  INSERT INTO counter (name, shard, value) SELECT 'live ' || class, pg_backend_pid() % 16, count(*) FROM made GROUP BY class
  ON CONFLICT (name, shard) DO UPDATE SET value = counter.value + excluded.value
) SELECT count(*) FROM made;
