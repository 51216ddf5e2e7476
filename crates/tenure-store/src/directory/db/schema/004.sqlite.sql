-- The number of its newest change stands in the row of a resource since then. `change` is left for what has no row any more, and for
-- what an older program writes that still runs.
ALTER TABLE resource ADD COLUMN n INTEGER NOT NULL DEFAULT 0;
UPDATE resource SET n = c.n FROM change c WHERE c.class = resource.class AND c.id = resource.id;
CREATE INDEX resource_told ON resource (class, n);
DELETE FROM change WHERE EXISTS (SELECT 1 FROM resource r WHERE r.id = change.id);
