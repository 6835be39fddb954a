-- What a deleted account leaves, so that signing up again with its address brings no fresh allowance:
-- its key's end, the day of its last check-in, and the token whose use today counts on. The address
-- is there as a keyed hash only. Administrators' deletions leave nothing here.
CREATE TABLE former_users (
    email_hash TEXT NOT NULL PRIMARY KEY,
    token_id BIGINT NOT NULL,
    key_expires_at TIMESTAMP,
    last_sign_day DATE,
    deleted_at TIMESTAMP NOT NULL
);
CREATE INDEX former_users_deleted_at ON former_users (deleted_at);
