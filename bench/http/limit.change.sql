\set first random(1, 9900)
WITH done AS (
  UPDATE resource r SET version = r.version + 1, modified = r.modified + 1000000, body = replace(r.body, '"nobody"', '"none"'),
         keys = r.keys || jsonb_build_object('active', NOT (r.keys->>'active')::boolean)
  WHERE r.seq = ANY (ARRAY(SELECT generate_series(:first::bigint, :first::bigint + :rows::bigint - 1))) RETURNING r.class, r.id
), fed AS (
  INSERT INTO change (class, id, n, gone) SELECT class, id, pg_current_xact_id(), FALSE FROM done
  ON CONFLICT (class, id) DO UPDATE SET n = excluded.n, gone = excluded.gone
) SELECT count(*) FROM done;
