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
        confirmed_origin -> Nullable<Text>,
        confirmed_kind -> Nullable<Text>,
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
        disabled_note -> Text,
        plan -> Text,
        import_id -> Nullable<BigInt>,
        search -> Text,
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
        providers -> Text,
        models -> Text,
        ip_allow -> Text,
        rpm -> Integer,
        tpm -> Integer,
        daily_requests -> BigInt,
        daily_tokens -> BigInt,
        max_concurrency -> Integer,
        previous_hash -> Nullable<Text>,
        previous_until -> Nullable<Timestamp>,
        user_id -> Nullable<BigInt>,
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
        client_errors -> BigInt,
        refused -> BigInt,
        key_attempts -> BigInt,
        key_failures -> BigInt,
    }
}

diesel::table! {
    refusals_hourly (hour, provider, reason, token_id) {
        hour -> Timestamp,
        day -> Date,
        provider -> Text,
        reason -> Text,
        token_id -> BigInt,
        refused -> BigInt,
    }
}

diesel::table! {
    stats_batches (id) {
        id -> Text,
        applied_at -> Timestamp,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Text,
        password_hash -> Nullable<Text>,
        role -> Text,
        is_active -> Bool,
        default_provider -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        last_login_at -> Nullable<Timestamp>,
        last_sign_in_at -> Nullable<Timestamp>,
        pending -> Bool,
        language -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> BigInt,
        address -> Text,
        agent -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        proven_at -> Nullable<Timestamp>,
        seen_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    admin_sessions (id) {
        id -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        seen_at -> Timestamp,
    }
}

diesel::table! {
    email_codes (email, purpose) {
        email -> Text,
        purpose -> Text,
        code_hash -> Text,
        expires_at -> Timestamp,
        tries -> Integer,
    }
}

diesel::table! {
    email_limits (email) {
        email -> Text,
        mailed_at -> Timestamp,
        mail_day -> Date,
        mails -> Integer,
        tries_since -> Timestamp,
        tries -> Integer,
    }
}

diesel::table! {
    invitations (id) {
        id -> BigInt,
        note -> Text,
        masked -> Text,
        code_hash -> Text,
        uses -> Integer,
        uses_max -> Integer,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    user_totp (user_id) {
        user_id -> BigInt,
        sealed -> Text,
        sealed_with -> Text,
        confirmed -> Bool,
        step -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    totp_recovery_codes (user_id, code_hash) {
        user_id -> BigInt,
        code_hash -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    token_changes (id) {
        id -> BigInt,
        token_hash -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    former_users (email_hash) {
        email_hash -> Text,
        token_id -> BigInt,
        key_expires_at -> Nullable<Timestamp>,
        last_sign_day -> Nullable<Date>,
        deleted_at -> Timestamp,
    }
}

diesel::table! {
    user_signins (id) {
        id -> BigInt,
        user_id -> BigInt,
        sign_day -> Date,
        created_at -> Timestamp,
    }
}

diesel::table! {
    imports (id) {
        id -> BigInt,
        provider -> Text,
        source -> Text,
        actor -> Text,
        total -> BigInt,
        added -> BigInt,
        existing -> BigInt,
        duplicates -> BigInt,
        failed -> BigInt,
        skipped -> BigInt,
        created_at -> Timestamp,
        undone_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    jobs (id) {
        id -> Text,
        kind -> Text,
        status -> Text,
        actor -> Text,
        params -> Text,
        progress -> Text,
        result -> Nullable<Text>,
        owner -> Nullable<Text>,
        heartbeat_at -> Nullable<Timestamp>,
        cancelling -> Bool,
        created_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    job_items (job_id, seq) {
        job_id -> Text,
        seq -> BigInt,
        line -> BigInt,
        state -> Text,
        username -> Text,
        account -> Text,
        ttl_secs -> BigInt,
        masked -> Text,
        fingerprint -> Text,
        sealed -> Text,
        sealed_with -> Text,
        detail -> Text,
    }
}

diesel::table! {
    model_aliases (provider, alias) {
        provider -> Text,
        alias -> Text,
        model -> Text,
    }
}

diesel::table! {
    model_fallbacks (provider, model, position) {
        provider -> Text,
        model -> Text,
        position -> Integer,
        to_provider -> Text,
        to_model -> Text,
    }
}

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
        updated_at -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(users, client_tokens, sessions);

diesel::table! {
    announcements (id) {
        id -> BigInt,
        title -> Text,
        body -> Text,
        level -> Text,
        audience -> Text,
        starts_at -> Nullable<Timestamp>,
        ends_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    request_log (id) {
        id -> Text,
        request_id -> Text,
        at -> Timestamp,
        provider -> Text,
        model -> Text,
        token_id -> BigInt,
        key_id -> BigInt,
        stream -> Bool,
        outcome -> Text,
        status -> Integer,
        cache -> Text,
        latency_ms -> BigInt,
        ttft_ms -> BigInt,
        prompt_tokens -> BigInt,
        completion_tokens -> BigInt,
        attempts -> Text,
        asked_model -> Text,
        error_code -> Text,
        error_message -> Text,
    }
}

diesel::table! {
    latency_hourly (hour, provider, model, bucket) {
        hour -> Timestamp,
        provider -> Text,
        model -> Text,
        bucket -> Integer,
        latency -> BigInt,
        ttft -> BigInt,
    }
}

diesel::table! {
    audit_log (id) {
        id -> BigInt,
        at -> Timestamp,
        actor -> Text,
        address -> Text,
        request_id -> Text,
        action -> Text,
        target -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        hash -> Text,
        key_id -> Text,
    }
}

diesel::table! {
    audit_head (id) {
        id -> Integer,
        seq -> BigInt,
        hash -> Text,
        sealed_from -> BigInt,
        pruned_seq -> BigInt,
        pruned_hash -> Text,
        macs -> Text,
    }
}

diesel::table! {
    audit_keys (id) {
        id -> Text,
        sealed -> Text,
        sealed_with -> Text,
    }
}
