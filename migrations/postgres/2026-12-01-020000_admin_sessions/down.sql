ALTER TABLE sessions DROP COLUMN seen_at;
DROP TABLE admin_sessions;
