-- Accounts that are linked to nobody are found by walking the keys of accounts and links side by side; a link that has ended is none.
CREATE INDEX link_ended ON link (target, account) WHERE live = 0;
