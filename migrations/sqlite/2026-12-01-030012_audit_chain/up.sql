-- A row's hash is keyed from now on: `key_id` names the key, and is empty for rows from before, whose
-- hash is plain. The head is authenticated, too: `macs` has one code for each key, over the rest of
-- the row. Rows before `sealed_from` have plain hashes; 0 until the first start with this version.
-- Rows up to `pruned_seq`, whose last had `pruned_hash`, were deleted for their age.
ALTER TABLE audit_log ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_head ADD COLUMN sealed_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_head ADD COLUMN pruned_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_head ADD COLUMN pruned_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_head ADD COLUMN macs TEXT NOT NULL DEFAULT '';

-- Keys of the chain whose encryption key was or will be taken out, sealed under the one in use.
CREATE TABLE audit_keys (
    id TEXT PRIMARY KEY NOT NULL,
    sealed TEXT NOT NULL,
    sealed_with TEXT NOT NULL
);
