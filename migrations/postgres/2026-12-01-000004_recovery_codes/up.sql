-- Codes that stand in for one of the second factor, each once: a used one is deleted. They end with
-- the second factor. A hash of 120 random bits can't be guessed back, so it has no key.
CREATE TABLE totp_recovery_codes (
    user_id BIGINT NOT NULL REFERENCES user_totp (user_id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);
