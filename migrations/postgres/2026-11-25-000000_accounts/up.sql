-- `pending`: signed up, and not yet let in by an administrator. `language` is what mails to them
-- are in.
ALTER TABLE users ADD COLUMN pending BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT 'en';

-- Who is signed in. A session that is not here is none, however good its token: so it can be
-- ended. `id` is the token's, `agent` what the browser calls itself.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- The code that was mailed last, for each purpose; a new one takes its place. `code_hash` is keyed,
-- since six digits could be guessed back from a plain hash.
CREATE TABLE email_codes (
    email TEXT NOT NULL,
    purpose TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (email, purpose)
);
CREATE INDEX email_codes_expires ON email_codes (expires_at);

-- What an address has had of mails and of tries at codes, whether it has an account or not.
CREATE TABLE email_limits (
    email TEXT PRIMARY KEY NOT NULL,
    mailed_at TIMESTAMP NOT NULL,
    mail_day DATE NOT NULL,
    mails INTEGER NOT NULL,
    tries_since TIMESTAMP NOT NULL,
    tries INTEGER NOT NULL
);
CREATE INDEX email_limits_mailed ON email_limits (mailed_at);

-- Codes with which people may sign up where that takes an invitation. `uses_max` 0 is no limit.
CREATE TABLE invitations (
    id BIGSERIAL PRIMARY KEY,
    note TEXT NOT NULL,
    masked TEXT NOT NULL,
    code_hash TEXT NOT NULL UNIQUE,
    uses INTEGER NOT NULL DEFAULT 0,
    uses_max INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NULL
);

-- The second factor of administrators who have one. It counts once it is `confirmed`; `step` is the
-- last time step whose code was used, so that none is used twice.
CREATE TABLE user_totp (
    user_id BIGINT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sealed TEXT NOT NULL,
    sealed_with TEXT NOT NULL,
    confirmed BOOLEAN NOT NULL DEFAULT FALSE,
    step BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMP NOT NULL
);

-- Tokens that were changed or deleted, for processes that remember them.
CREATE TABLE token_changes (
    id BIGSERIAL PRIMARY KEY,
    token_hash TEXT NOT NULL,
    at TIMESTAMP NOT NULL
);
CREATE INDEX token_changes_at ON token_changes (at);
