//! What validated imports have yet to do, or have done: rows of `job_items`.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use uuid::Uuid;

use crate::db::Conn;
use crate::db::bulk::{self, Column};
use crate::db::schema::{imports, job_items as i};
use crate::jobs::Counts;
use crate::vault::{Binding, Sealed, Vault, VaultError};
use crate::with_conn;

/// The state of an item that is not done.
pub const PENDING: &str = "pending";

/// A key that waits for its turn.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = i)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct ItemRow {
    pub seq: i64,
    pub username: String,
    pub account: String,
    pub ttl_secs: i64,
    pub masked: String,
    pub fingerprint: String,
    pub sealed: String,
    pub sealed_with: String,
}

/// A line without a key, which nobody has to ask about.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct BadLine {
    pub seq: u64,
    pub line: u64,
    pub detail: &'static str,
}

/// What became of an item.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct ItemState<'a> {
    pub job_id: &'a str,
    pub seq: i64,
    pub state: &'a str,
    pub detail: &'a str,
}

/// A line as the result shows it.
#[derive(Debug, Queryable)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct Line {
    pub line: i64,
    pub masked: String,
    pub detail: String,
}

const COLUMNS: [Column; 9] = [
    ("seq", "bigint"),
    ("line", "bigint"),
    ("username", "text"),
    ("account", "text"),
    ("ttl_secs", "bigint"),
    ("masked", "text"),
    ("fingerprint", "text"),
    ("sealed", "text"),
    ("sealed_with", "text"),
];

const BAD_COLUMNS: [Column; 3] = [("seq", "bigint"), ("line", "bigint"), ("detail", "text")];

const STATE_COLUMNS: [Column; 4] =
    [("job_id", "text"), ("seq", "bigint"), ("state", "text"), ("detail", "text")];

const SET_STATES: &str = "UPDATE job_items SET state = x.state, detail = x.detail, sealed = '' \
     FROM {rows} WHERE job_items.job_id = x.job_id AND job_items.seq = x.seq";

impl BadLine {
    /// Stores these, which are in this state from the beginning.
    pub async fn add(
        conn: &mut Conn<'_>,
        job: Uuid,
        state: &'static str,
        lines: &[Self],
    ) -> QueryResult<()> {
        let sql = format!(
            "INSERT INTO job_items (job_id, seq, line, state, detail) \
             SELECT '{job}', x.seq, x.line, '{state}', x.detail FROM {{rows}}"
        );
        bulk::execute(conn, &sql, &BAD_COLUMNS, lines).await.map(drop)
    }
}

impl ItemState<'_> {
    /// Notes these; their secrets go.
    pub async fn save(conn: &mut Conn<'_>, states: &[Self]) -> QueryResult<usize> {
        bulk::execute(conn, SET_STATES, &STATE_COLUMNS, states).await
    }
}

impl ItemRow {
    /// The key, which was sealed to become one of this provider.
    ///
    /// # Errors
    /// It was sealed under another encryption key, or for another provider or row.
    pub fn open(&self, vault: &Vault, provider: &str) -> Result<String, VaultError> {
        let sealed = Sealed { sealed: self.sealed.clone(), sealed_with: self.sealed_with.clone() };
        vault.open(&Binding::upstream_key(provider, &self.fingerprint), &sealed)
    }

    /// Stores keys that wait, a JSON array with a field for each column; returns how many.
    pub async fn add(conn: &mut Conn<'_>, job: Uuid, keys: String) -> QueryResult<usize> {
        let sql = format!(
            "INSERT INTO job_items (job_id, state, seq, line, username, account, ttl_secs, masked, \
             fingerprint, sealed, sealed_with) SELECT '{job}', '{PENDING}', x.seq, x.line, \
             x.username, x.account, x.ttl_secs, x.masked, x.fingerprint, x.sealed, x.sealed_with \
             FROM {{rows}}"
        );
        bulk::execute_json(conn, &sql, &COLUMNS, keys).await
    }

    /// The next items that are not done, after the one numbered `after`.
    pub async fn pending(
        conn: &mut Conn<'_>,
        job: &str,
        after: i64,
        limit: i64,
    ) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| {
            Self::query()
                .filter(i::job_id.eq(job))
                .filter(i::state.eq(PENDING))
                .filter(i::seq.gt(after))
                .order(i::seq)
                .limit(limit)
                .load(conn)
                .await
        })
    }

    /// The first lines in this state, in their order.
    pub async fn lines(
        conn: &mut Conn<'_>,
        job: &str,
        state: &str,
        limit: usize,
    ) -> QueryResult<Vec<Line>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        with_conn!(conn, |conn| {
            i::table
                .filter(i::job_id.eq(job))
                .filter(i::state.eq(state))
                .order(i::seq)
                .limit(limit)
                .select((i::line, i::masked, i::detail))
                .load(conn)
                .await
        })
    }

    /// How many items have this state, by their detail.
    pub async fn details(
        conn: &mut Conn<'_>,
        job: &str,
        state: &str,
    ) -> QueryResult<Vec<(String, i64)>> {
        with_conn!(conn, |conn| {
            i::table
                .filter(i::job_id.eq(job))
                .filter(i::state.eq(state))
                .group_by(i::detail)
                .select((i::detail, diesel::dsl::count_star()))
                .load(conn)
                .await
        })
    }

    /// Forgets a job's items, done or not.
    pub async fn forget(conn: &mut Conn<'_>, job: &str) -> QueryResult<()> {
        with_conn!(conn, |conn| {
            diesel::delete(i::table.filter(i::job_id.eq(job))).execute(conn).await.map(drop)
        })
    }
}

/// The counts of an import, of which `total` is the sum of the others.
#[derive(Debug, Clone, Copy, AsChangeset)]
#[diesel(table_name = imports)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct ImportCounts {
    pub total: i64,
    pub added: i64,
    pub existing: i64,
    pub duplicates: i64,
    pub failed: i64,
    pub skipped: i64,
}

impl From<Counts> for ImportCounts {
    /// What is not decided is skipped, should the job end here.
    fn from(counts: Counts) -> Self {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let skipped = counts.total.saturating_sub(counts.done) + counts.skipped;
        let others = counts.added + counts.existing + counts.duplicates + skipped;
        Self {
            total: number(counts.total),
            added: number(counts.added),
            existing: number(counts.existing),
            duplicates: number(counts.duplicates),
            failed: number(counts.total.saturating_sub(others)),
            skipped: number(skipped),
        }
    }
}

impl ImportCounts {
    /// Opens an import that will be filled bit by bit; returns its id.
    pub async fn open(
        self,
        conn: &mut Conn<'_>,
        provider: &str,
        source: &str,
        actor: &str,
        now: NaiveDateTime,
    ) -> QueryResult<i64> {
        use imports as m;
        let counts = (
            m::total.eq(self.total),
            m::added.eq(self.added),
            m::existing.eq(self.existing),
            m::duplicates.eq(self.duplicates),
            m::failed.eq(self.failed),
            m::skipped.eq(self.skipped),
        );
        let rest = (
            m::provider.eq(provider),
            m::source.eq(source),
            m::actor.eq(actor),
            m::created_at.eq(now),
        );
        with_conn!(conn, |conn| {
            diesel::insert_into(m::table)
                .values((counts, rest))
                .returning(m::id)
                .get_result(conn)
                .await
        })
    }

    /// How far it is.
    pub async fn save(self, conn: &mut Conn<'_>, id: i64) -> QueryResult<()> {
        with_conn!(conn, |conn| {
            diesel::update(imports::table.find(id)).set(self).execute(conn).await.map(drop)
        })
    }
}
