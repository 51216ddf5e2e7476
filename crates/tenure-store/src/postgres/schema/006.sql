-- How often what is stored of an account was written by looks: two of them at one target must not note what only the other knows.
ALTER TABLE told ADD COLUMN marks BIGINT NOT NULL DEFAULT 0;
