DROP TABLE stats_batches;
DROP TABLE usage_hourly;
DROP TABLE client_tokens;
DROP TABLE key_model_blocks;
DROP TABLE upstream_keys;
DROP TABLE providers;
