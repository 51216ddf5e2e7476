CREATE TABLE work (
    seq INTEGER PRIMARY KEY, run TEXT NOT NULL, id TEXT NOT NULL, queue TEXT NOT NULL, grp TEXT,
    blockers INTEGER NOT NULL, state INTEGER NOT NULL, outcome TEXT, visible INTEGER NOT NULL, taken INTEGER NOT NULL,
    doc TEXT NOT NULL
);
CREATE UNIQUE INDEX work_id ON work (run, id);
CREATE INDEX work_ready ON work (grp, seq) WHERE state = 0 AND blockers = 0;
CREATE INDEX work_busy ON work (grp) WHERE state = 1;
CREATE INDEX work_queue ON work (queue, visible, seq) WHERE state = 1;
CREATE INDEX work_left ON work (run) WHERE state < 2;
CREATE TABLE work_edge (
    run TEXT NOT NULL, before TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (run, before, id)
) WITHOUT ROWID;
CREATE INDEX work_edge_id ON work_edge (run, id);
-- Whoever takes a work over asks how far it had come.
ALTER TABLE journal ADD COLUMN step TEXT;
UPDATE journal SET step = doc ->> 'step';
DROP INDEX journal_plan;
CREATE INDEX journal_step ON journal (plan, step, seq);
CREATE INDEX held_value ON held (target, kind, value);
