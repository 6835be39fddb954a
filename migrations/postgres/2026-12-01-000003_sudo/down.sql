ALTER TABLE providers DROP COLUMN confirmed_kind;
ALTER TABLE providers DROP COLUMN confirmed_origin;
ALTER TABLE sessions DROP COLUMN proven_at;
