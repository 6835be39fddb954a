-- What requests came to, told apart: `client_errors` are the upstream's 4xx about the request,
-- `refused` are those that the pool turned away before a key was tried. Neither is a `failure`.
-- `requests = success + failure + cancelled + client_errors + refused`. A row's requests are those
-- that its key answered or ended; `key_attempts` and `key_failures` are all tries with its key.
ALTER TABLE usage_hourly ADD COLUMN client_errors BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_hourly ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_hourly ADD COLUMN key_attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_hourly ADD COLUMN key_failures BIGINT NOT NULL DEFAULT 0;

-- So far all of them were failures. A client that left has the status 499; the pool's own errors
-- after an attempt are 429 and 5xx; what has no key was refused, but for rows of version 3, which
-- have no token either.
UPDATE usage_hourly
SET client_errors = status_4xx - cancelled, failure = failure - (status_4xx - cancelled)
WHERE key_id <> 0 AND status_4xx > cancelled AND failure >= status_4xx - cancelled;
UPDATE usage_hourly SET refused = failure, failure = 0
WHERE key_id = 0 AND token_id <> 0 AND attempts = 0 AND failure > 0;
UPDATE usage_hourly
SET key_attempts = attempts, key_failures = attempts - success - client_errors - cancelled
WHERE key_id <> 0 AND attempts >= success + client_errors + cancelled;

-- What was refused, by reason (the error's code). Token 0: nobody knows whose it was, and then it
-- is in no row of `usage_hourly`. Provider '': none that there is.
CREATE TABLE refusals_hourly (
    hour TIMESTAMP NOT NULL,
    day DATE NOT NULL,
    provider TEXT NOT NULL,
    reason TEXT NOT NULL,
    token_id BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (hour, provider, reason, token_id)
);
CREATE INDEX refusals_hourly_token ON refusals_hourly (token_id, day);

-- The model as the client named it, and the pool's own error, where the client got one.
ALTER TABLE request_log ADD COLUMN asked_model TEXT NOT NULL DEFAULT '';
ALTER TABLE request_log ADD COLUMN error_code TEXT NOT NULL DEFAULT '';
ALTER TABLE request_log ADD COLUMN error_message TEXT NOT NULL DEFAULT '';
