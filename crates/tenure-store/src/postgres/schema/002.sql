CREATE TABLE work (
    seq BIGSERIAL PRIMARY KEY, run TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, queue TEXT COLLATE "C" NOT NULL,
    grp TEXT COLLATE "C", blockers BIGINT NOT NULL, state SMALLINT NOT NULL, outcome TEXT, doc TEXT NOT NULL
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX work_id ON work (run, id);
CREATE INDEX work_ready ON work (grp, seq) WHERE state = 0 AND blockers = 0;
CREATE INDEX work_busy ON work (grp) WHERE state = 1;
CREATE INDEX work_left ON work (run) WHERE state < 2;
CREATE TABLE work_edge (
    run TEXT COLLATE "C" NOT NULL, before TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, PRIMARY KEY (run, before, id)
);
CREATE INDEX work_edge_id ON work_edge (run, id);
-- Whoever takes a work over asks how far it had come.
ALTER TABLE journal ADD COLUMN step TEXT COLLATE "C";
UPDATE journal SET step = doc::jsonb ->> 'step';
DROP INDEX journal_plan;
CREATE INDEX journal_step ON journal (plan, step, seq);
CREATE INDEX held_value ON held (target, kind, value);
