//! Upstream keys: adding, finding, changing, deleting.

use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::locks::{KEYS, hold};
use crate::db::schema::upstream_keys;
use crate::pool::reason::Reason;
use crate::vault::{Binding, Sealed, Vault, VaultError};
use crate::with_conn;

/// A row of `upstream_keys`.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = upstream_keys)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct UpstreamKey {
    pub id: i64,
    pub provider: String,
    pub username: String,
    pub account: String,
    pub category: String,
    pub masked: String,
    pub fingerprint: String,
    pub sealed: String,
    pub sealed_with: String,
    pub weight: i32,
    pub max_concurrency: i32,
    pub disabled_reason: Option<String>,
    pub disabled_until: Option<NaiveDateTime>,
    pub cooling_reason: Option<String>,
    pub cooling_until: Option<NaiveDateTime>,
    pub cooling_account: bool,
    pub consecutive_failures: i32,
    pub total_requests: i64,
    pub success_count: i64,
    pub failure_count: i64,
    pub last_used_at: Option<NaiveDateTime>,
    pub last_success_at: Option<NaiveDateTime>,
    pub last_failure_at: Option<NaiveDateTime>,
    pub created_at: NaiveDateTime,
    pub expires_at: Option<NaiveDateTime>,
    pub disabled_note: String,
    pub plan: String,
    pub import_id: Option<i64>,
    #[diesel(select_expression = sql::<Bool>(HELD))]
    #[diesel(select_expression_type = SqlLiteral<Bool>)]
    pub held: bool,
}

/// Whether the provider of a key has moved, and nobody has confirmed that: no column of the key's
/// own, so that it holds for all of the provider's keys at once, and is over at once.
pub const HELD: &str = "provider IN (SELECT id FROM providers WHERE confirmed_origin IS NOT NULL)";

impl UpstreamKey {
    /// Why the key is out of rotation at `now`, if it is.
    pub fn disabled_reason(&self, now: NaiveDateTime) -> Option<&str> {
        if self.held {
            return Some(Reason::ProviderMoved.as_str());
        }
        let still_off = self.disabled_until.is_none_or(|until| until > now);
        self.disabled_reason.as_deref().filter(|_| still_off)
    }
}

/// New values for keys; `None` leaves the old one.
#[derive(Debug, Clone, Default, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = upstream_keys)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct KeyChange {
    pub username: Option<String>,
    pub account: Option<String>,
    pub weight: Option<i32>,
    pub max_concurrency: Option<i32>,
    pub expires_at: Option<Option<NaiveDateTime>>,
}

/// A key to add.
#[derive(Debug, Insertable)]
#[diesel(table_name = upstream_keys)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct NewUpstreamKey<'a> {
    pub provider: &'a str,
    pub username: &'a str,
    pub account: &'a str,
    pub masked: &'a str,
    pub fingerprint: &'a str,
    pub sealed: &'a str,
    pub sealed_with: &'a str,
    pub weight: i32,
    pub max_concurrency: i32,
    pub created_at: NaiveDateTime,
    pub expires_at: Option<NaiveDateTime>,
}

impl UpstreamKey {
    /// The key itself.
    ///
    /// # Errors
    /// It was sealed under another encryption key, or for another provider or row.
    pub fn open(&self, vault: &Vault) -> Result<String, VaultError> {
        let sealed = Sealed { sealed: self.sealed.clone(), sealed_with: self.sealed_with.clone() };
        vault.open(&Binding::upstream_key(&self.provider, &self.fingerprint), &sealed)
    }

    /// The keys after `after`, by id, at most `limit`: to walk over all of them.
    pub async fn after(conn: &mut Conn<'_>, after: i64, limit: i64) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| {
            Self::query()
                .filter(upstream_keys::id.gt(after))
                .order(upstream_keys::id)
                .limit(limit)
                .load(conn)
                .await
        })
    }

    /// The keys with these ids, by id.
    pub async fn by_ids(conn: &mut Conn<'_>, ids: &[i64]) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| {
            Self::query()
                .filter(upstream_keys::id.eq_any(ids))
                .order(upstream_keys::id)
                .load(conn)
                .await
        })
    }

    /// The keys of a provider that have one of these fingerprints.
    pub async fn by_fingerprints(
        conn: &mut Conn<'_>,
        provider: &str,
        fingerprints: &[String],
    ) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| {
            Self::query()
                .filter(upstream_keys::provider.eq(provider))
                .filter(upstream_keys::fingerprint.eq_any(fingerprints))
                .load(conn)
                .await
        })
    }

    /// Which of these fingerprints the provider's keys have.
    pub async fn known(
        conn: &mut Conn<'_>,
        provider: &str,
        fingerprints: &[String],
    ) -> QueryResult<Vec<String>> {
        with_conn!(conn, |conn| {
            upstream_keys::table
                .filter(upstream_keys::provider.eq(provider))
                .filter(upstream_keys::fingerprint.eq_any(fingerprints))
                .select(upstream_keys::fingerprint)
                .load(conn)
                .await
        })
    }

    /// The keys that an import brought, of those with ids in this range, by id.
    ///
    /// A range and no limit: right after an import Postgres takes its keys for a handful, and would
    /// read and sort all that are left to give the first thousand.
    pub async fn of_import(
        conn: &mut Conn<'_>,
        import: i64,
        ids: std::ops::RangeInclusive<i64>,
    ) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| {
            Self::query()
                .filter(upstream_keys::import_id.eq(import))
                .filter(upstream_keys::id.between(*ids.start(), *ids.end()))
                .order(upstream_keys::id)
                .load(conn)
                .await
        })
    }

    /// Adds a key; `None` when the provider has it already.
    pub async fn insert(
        conn: &mut Conn<'_>,
        new: &NewUpstreamKey<'_>,
    ) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            diesel::insert_into(upstream_keys::table)
                .values(new)
                .on_conflict_do_nothing()
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
        .optional()
    }

    /// Gives these keys new values, in a transaction; returns how many there were. There must be a
    /// new value.
    pub async fn change(
        conn: &mut Conn<'_>,
        ids: &[i64],
        change: &KeyChange,
    ) -> QueryResult<usize> {
        hold(conn, KEYS, ids).await?;
        with_conn!(conn, |conn| {
            diesel::update(upstream_keys::table.filter(upstream_keys::id.eq_any(ids)))
                .set(change)
                .execute(conn)
                .await
        })
    }

    /// Notes what a key is good for.
    pub async fn classify(
        conn: &mut Conn<'_>,
        id: i64,
        category: &str,
        plan: &str,
    ) -> QueryResult<usize> {
        use upstream_keys as k;
        with_conn!(conn, |conn| {
            diesel::update(k::table.find(id))
                .set((k::category.eq(category), k::plan.eq(plan)))
                .execute(conn)
                .await
        })
    }

    /// Notes beside these keys why an administrator took them out, in a transaction; empty for no
    /// note.
    pub async fn note(conn: &mut Conn<'_>, ids: &[i64], note: &str) -> QueryResult<usize> {
        let keys = upstream_keys::table.filter(upstream_keys::id.eq_any(ids));
        let other = upstream_keys::disabled_note.ne(note);
        hold(conn, KEYS, ids).await?;
        with_conn!(conn, |conn| {
            diesel::update(keys.filter(other))
                .set(upstream_keys::disabled_note.eq(note))
                .execute(conn)
                .await
        })
    }

    /// Deletes the keys with these ids, in a transaction; returns how many there were.
    pub async fn delete(conn: &mut Conn<'_>, ids: &[i64]) -> QueryResult<usize> {
        hold(conn, KEYS, ids).await?;
        with_conn!(conn, |conn| {
            diesel::delete(upstream_keys::table.filter(upstream_keys::id.eq_any(ids)))
                .execute(conn)
                .await
        })
    }
}
