-- The last transaction of each program that writes: one whose answer was lost asks here whether it took place. Its number says nothing once
-- the server has crashed, which gives numbers out again that were on no disk.
CREATE TABLE commit_mark (writer UUID PRIMARY KEY, number BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL) WITH (fillfactor = 10);
