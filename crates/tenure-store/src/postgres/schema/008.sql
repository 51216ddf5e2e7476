-- Whatever a row is looked for by, one index alone begins with it: without statistics the server takes one equal column for as good as four.
DROP INDEX held_value;
CREATE INDEX held_value ON held (value, kind, target);
DROP INDEX work_edge_id;
CREATE INDEX work_edge_id ON work_edge (id, run);
