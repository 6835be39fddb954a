-- Upstreams beyond the built-in ones; `kind` names the rule table that reads their errors.
CREATE TABLE providers (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    base_url TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'openai',
    enabled BOOLEAN NOT NULL DEFAULT TRUE,
    created_at TIMESTAMP NOT NULL
);

-- `sealed` is AES-256-GCM under the key that `sealed_with` names; `fingerprint` is a keyed hash.
CREATE TABLE upstream_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    provider TEXT NOT NULL,
    username TEXT NOT NULL DEFAULT '',
    account TEXT NOT NULL DEFAULT '',
    category TEXT NOT NULL DEFAULT 'general',
    masked TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    sealed TEXT NOT NULL,
    sealed_with TEXT NOT NULL,
    weight INTEGER NOT NULL DEFAULT 1,
    max_concurrency INTEGER NOT NULL DEFAULT 0,
    disabled_reason TEXT NULL,
    disabled_until TIMESTAMP NULL,
    cooling_reason TEXT NULL,
    cooling_until TIMESTAMP NULL,
    cooling_account BOOLEAN NOT NULL DEFAULT FALSE,
    consecutive_failures INTEGER NOT NULL DEFAULT 0,
    total_requests BIGINT NOT NULL DEFAULT 0,
    success_count BIGINT NOT NULL DEFAULT 0,
    failure_count BIGINT NOT NULL DEFAULT 0,
    last_used_at TIMESTAMP NULL,
    last_success_at TIMESTAMP NULL,
    last_failure_at TIMESTAMP NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NULL,
    UNIQUE (provider, fingerprint)
);
CREATE INDEX upstream_keys_account ON upstream_keys (provider, account);

-- A key that cannot use one model (its plan lacks it) stays good for the others.
CREATE TABLE key_model_blocks (
    key_id BIGINT NOT NULL REFERENCES upstream_keys (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    reason TEXT NOT NULL,
    until TIMESTAMP NOT NULL,
    PRIMARY KEY (key_id, model)
);

CREATE TABLE client_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    provider TEXT NULL,
    masked TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    sealed TEXT NOT NULL,
    sealed_with TEXT NOT NULL,
    enabled BOOLEAN NOT NULL DEFAULT TRUE,
    request_count BIGINT NOT NULL DEFAULT 0,
    last_used_at TIMESTAMP NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NULL
);

-- One row an hour for each combination; ids of 0 mean that no key or token took part.
CREATE TABLE usage_hourly (
    hour TIMESTAMP NOT NULL,
    day DATE NOT NULL,
    provider TEXT NOT NULL,
    key_id BIGINT NOT NULL,
    model TEXT NOT NULL,
    token_id BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    success BIGINT NOT NULL,
    failure BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    status_4xx BIGINT NOT NULL,
    status_429 BIGINT NOT NULL,
    status_5xx BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    prompt_tokens BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    latency_ms_sum BIGINT NOT NULL,
    ttft_ms_sum BIGINT NOT NULL,
    PRIMARY KEY (hour, provider, key_id, model, token_id)
);

-- Batches that are in the tables above, so that one sent twice is counted once.
CREATE TABLE stats_batches (
    id TEXT PRIMARY KEY NOT NULL,
    applied_at TIMESTAMP NOT NULL
);
