DROP TABLE audit_keys;
ALTER TABLE audit_head DROP COLUMN macs;
ALTER TABLE audit_head DROP COLUMN pruned_hash;
ALTER TABLE audit_head DROP COLUMN pruned_seq;
ALTER TABLE audit_head DROP COLUMN sealed_from;
ALTER TABLE audit_log DROP COLUMN key_id;
