//! The tables, the same in both databases (see `migrations/`).

#![expect(missing_docs, reason = "diesel's macro writes items that can't be documented")]

diesel::table! {
    providers (id) {
        id -> Text,
        name -> Text,
        base_url -> Text,
        kind -> Text,
        enabled -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    upstream_keys (id) {
        id -> BigInt,
        provider -> Text,
        username -> Text,
        account -> Text,
        category -> Text,
        masked -> Text,
        fingerprint -> Text,
        sealed -> Text,
        sealed_with -> Text,
        weight -> Integer,
        max_concurrency -> Integer,
        disabled_reason -> Nullable<Text>,
        disabled_until -> Nullable<Timestamp>,
        cooling_reason -> Nullable<Text>,
        cooling_until -> Nullable<Timestamp>,
        cooling_account -> Bool,
        consecutive_failures -> Integer,
        total_requests -> BigInt,
        success_count -> BigInt,
        failure_count -> BigInt,
        last_used_at -> Nullable<Timestamp>,
        last_success_at -> Nullable<Timestamp>,
        last_failure_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    key_model_blocks (key_id, model) {
        key_id -> BigInt,
        model -> Text,
        reason -> Text,
        until -> Timestamp,
    }
}

diesel::table! {
    client_tokens (id) {
        id -> BigInt,
        name -> Text,
        provider -> Nullable<Text>,
        masked -> Text,
        token_hash -> Text,
        sealed -> Text,
        sealed_with -> Text,
        enabled -> Bool,
        request_count -> BigInt,
        last_used_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    usage_hourly (hour, provider, key_id, model, token_id) {
        hour -> Timestamp,
        day -> Date,
        provider -> Text,
        key_id -> BigInt,
        model -> Text,
        token_id -> BigInt,
        requests -> BigInt,
        success -> BigInt,
        failure -> BigInt,
        cancelled -> BigInt,
        status_4xx -> BigInt,
        status_429 -> BigInt,
        status_5xx -> BigInt,
        attempts -> BigInt,
        prompt_tokens -> BigInt,
        completion_tokens -> BigInt,
        latency_ms_sum -> BigInt,
        ttft_ms_sum -> BigInt,
    }
}

diesel::table! {
    stats_batches (id) {
        id -> Text,
        applied_at -> Timestamp,
    }
}
