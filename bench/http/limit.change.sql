\set first random(1, 9900)
WITH done AS (
  UPDATE resource r SET version = r.version + 1, modified = r.modified + 1000000, body = replace(r.body, '"nobody"', '"none"'),
         keys = r.keys || jsonb_build_object('active', NOT (r.keys->>'active')::boolean),
         n = pg_current_xact_id()
  WHERE r.seq = ANY (ARRAY(SELECT generate_series(:first::bigint, :first::bigint + :rows::bigint - 1))) RETURNING r.id
) SELECT count(*) FROM done;
