-- People with an account. `email` is in lower case; without `password_hash` they sign in by code.
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NULL,
    role TEXT NOT NULL DEFAULT 'user',
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    default_provider TEXT NOT NULL DEFAULT 'ollama',
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    last_login_at TIMESTAMP NULL,
    last_sign_in_at TIMESTAMP NULL
);

-- Daily check-ins: one a day.
CREATE TABLE user_signins (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sign_day DATE NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (user_id, sign_day)
);

-- Lists are JSON arrays, and empty for no restriction; limits of 0 are none. `user_id` names the
-- user whose own key this is. After a rotation the hash before it opens until `previous_until`.
ALTER TABLE client_tokens ADD COLUMN providers TEXT NOT NULL DEFAULT '[]';
ALTER TABLE client_tokens ADD COLUMN models TEXT NOT NULL DEFAULT '[]';
ALTER TABLE client_tokens ADD COLUMN ip_allow TEXT NOT NULL DEFAULT '[]';
ALTER TABLE client_tokens ADD COLUMN rpm INTEGER NOT NULL DEFAULT 0;
ALTER TABLE client_tokens ADD COLUMN tpm INTEGER NOT NULL DEFAULT 0;
ALTER TABLE client_tokens ADD COLUMN daily_requests BIGINT NOT NULL DEFAULT 0;
ALTER TABLE client_tokens ADD COLUMN daily_tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE client_tokens ADD COLUMN max_concurrency INTEGER NOT NULL DEFAULT 0;
ALTER TABLE client_tokens ADD COLUMN previous_hash TEXT NULL;
ALTER TABLE client_tokens ADD COLUMN previous_until TIMESTAMP NULL;
ALTER TABLE client_tokens ADD COLUMN user_id BIGINT NULL REFERENCES users (id) ON DELETE CASCADE;
CREATE UNIQUE INDEX client_tokens_user ON client_tokens (user_id);
CREATE INDEX client_tokens_previous ON client_tokens (previous_hash);

-- Usage of one token or one key without reading the others'.
CREATE INDEX usage_hourly_token ON usage_hourly (token_id, day);
CREATE INDEX usage_hourly_key ON usage_hourly (key_id, day);

-- `disabled_note` is the administrator's own word beside the reason; `import_id` the import that
-- brought the key; `plan` what the upstream calls its plan.
ALTER TABLE upstream_keys ADD COLUMN disabled_note TEXT NOT NULL DEFAULT '';
ALTER TABLE upstream_keys ADD COLUMN plan TEXT NOT NULL DEFAULT '';
ALTER TABLE upstream_keys ADD COLUMN import_id BIGINT NULL;
CREATE INDEX upstream_keys_import ON upstream_keys (import_id, id);
-- What a search looks through, and what lists are filtered and sorted by without reading whole
-- rows. Counters have no index: each use of a key would write it.
ALTER TABLE upstream_keys ADD COLUMN search TEXT NOT NULL GENERATED ALWAYS AS
    (lower(username || char(10) || account || char(10) || masked)) VIRTUAL;
CREATE INDEX upstream_keys_state ON upstream_keys
    (provider, disabled_reason, disabled_until, cooling_until, expires_at, category);
CREATE INDEX upstream_keys_username ON upstream_keys (username, id, provider);
CREATE INDEX upstream_keys_search ON upstream_keys (provider, search);

-- What each import brought, so that it can be undone.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    provider TEXT NOT NULL,
    source TEXT NOT NULL,
    actor TEXT NOT NULL,
    total BIGINT NOT NULL,
    added BIGINT NOT NULL,
    existing BIGINT NOT NULL,
    duplicates BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    undone_at TIMESTAMP NULL
);

-- Work in the background. `params` is what it was asked for, `progress` its counters, `result`
-- what came of it, all JSON. A job whose `heartbeat_at` is old is taken up by another process. Who
-- works at one that is `cancelling` stops at the next heartbeat.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    actor TEXT NOT NULL,
    params TEXT NOT NULL,
    progress TEXT NOT NULL,
    result TEXT NULL,
    owner TEXT NULL,
    heartbeat_at TIMESTAMP NULL,
    cancelling BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP NULL
);
CREATE INDEX jobs_status ON jobs (status);

-- What a job has yet to do, or has done, by place in its file (several may be of one line). A
-- secret is sealed, and goes when its item is done.
CREATE TABLE job_items (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    line BIGINT NOT NULL,
    state TEXT NOT NULL,
    username TEXT NOT NULL DEFAULT '',
    account TEXT NOT NULL DEFAULT '',
    ttl_secs BIGINT NOT NULL DEFAULT 0,
    masked TEXT NOT NULL DEFAULT '',
    fingerprint TEXT NOT NULL DEFAULT '',
    sealed TEXT NOT NULL DEFAULT '',
    sealed_with TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (job_id, seq)
);
CREATE INDEX job_items_state ON job_items (job_id, state, seq);

-- Another name for a model of a provider.
CREATE TABLE model_aliases (
    provider TEXT NOT NULL,
    alias TEXT NOT NULL,
    model TEXT NOT NULL,
    PRIMARY KEY (provider, alias)
);

-- Where a request goes, in order, when its own provider can't serve it.
CREATE TABLE model_fallbacks (
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    position INTEGER NOT NULL,
    to_provider TEXT NOT NULL,
    to_model TEXT NOT NULL,
    PRIMARY KEY (provider, model, position)
);

-- Settings that were changed while running; what is not here has its default.
CREATE TABLE settings (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE announcements (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    level TEXT NOT NULL,
    audience TEXT NOT NULL,
    starts_at TIMESTAMP NULL,
    ends_at TIMESTAMP NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- Recent requests with their attempts (JSON); never a prompt, never an answer.
CREATE TABLE request_log (
    id TEXT PRIMARY KEY NOT NULL,
    request_id TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    token_id BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    stream BOOLEAN NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER NOT NULL,
    cache TEXT NOT NULL,
    latency_ms BIGINT NOT NULL,
    ttft_ms BIGINT NOT NULL,
    prompt_tokens BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    attempts TEXT NOT NULL
);
CREATE INDEX request_log_at ON request_log (at);
CREATE INDEX request_log_request ON request_log (request_id);

-- How many requests of an hour took about so long; `bucket` numbers the upper bounds.
CREATE TABLE latency_hourly (
    hour TIMESTAMP NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    latency BIGINT NOT NULL,
    ttft BIGINT NOT NULL,
    PRIMARY KEY (hour, provider, model, bucket)
);

-- What administrators did. Each `hash` covers its row and the hash before it, so that a row can't
-- be changed, left out or put in without breaking the chain; `audit_head` is the chain's end.
CREATE TABLE audit_log (
    id BIGINT PRIMARY KEY NOT NULL,
    at TIMESTAMP NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    before TEXT NULL,
    after TEXT NULL,
    hash TEXT NOT NULL
);
CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');
