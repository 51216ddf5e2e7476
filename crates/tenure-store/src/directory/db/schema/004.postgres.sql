-- The transaction of its newest change stands in the row of a resource since then. `change` is left for what has no row any more, and for
-- what an older program writes that still runs.
ALTER TABLE resource ADD COLUMN n XID8 NOT NULL DEFAULT '0';
UPDATE resource r SET n = c.n FROM change c WHERE c.class = r.class AND c.id = r.id;
CREATE INDEX resource_told ON resource (class, n, id);
DELETE FROM change c WHERE EXISTS (SELECT 1 FROM resource r WHERE r.id = c.id);
