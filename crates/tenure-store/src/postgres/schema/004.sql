-- What each identity was settled with, as long as nothing of it changed.
ALTER TABLE outlook ADD COLUMN settled TEXT;
-- Who owns workloads is asked for before anything else.
CREATE INDEX identity_workload ON identity (id) WHERE (doc::jsonb ->> 'kind') = 'workload';
