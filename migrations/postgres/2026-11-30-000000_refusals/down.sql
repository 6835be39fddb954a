ALTER TABLE request_log DROP COLUMN error_message;
ALTER TABLE request_log DROP COLUMN error_code;
ALTER TABLE request_log DROP COLUMN asked_model;
DROP TABLE refusals_hourly;
DELETE FROM usage_hourly WHERE requests = 0;
UPDATE usage_hourly SET failure = failure + client_errors + refused
WHERE client_errors > 0 OR refused > 0;
ALTER TABLE usage_hourly DROP COLUMN key_failures;
ALTER TABLE usage_hourly DROP COLUMN key_attempts;
ALTER TABLE usage_hourly DROP COLUMN refused;
ALTER TABLE usage_hourly DROP COLUMN client_errors;
