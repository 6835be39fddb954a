-- Browsers that have shown the admin token. Their cookie is signed under that token, so a row alone
-- opens nothing, and none opens anything once the token is another one. `seen_at` is the last use,
-- to the minute.
CREATE TABLE admin_sessions (
    id TEXT NOT NULL PRIMARY KEY,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    seen_at TIMESTAMP NOT NULL
);

-- The last use of an administrator's session, to the minute; NULL for none after its beginning.
ALTER TABLE sessions ADD COLUMN seen_at TIMESTAMP;
