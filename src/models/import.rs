//! Imports: what each brought, and taking it back.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::locks::{KEYS_OF_IMPORTS, hold};
use crate::db::schema::{imports, upstream_keys};
use crate::db::{Conn, bulk};
use crate::models::page::Page;
use crate::pool::key::KeyId;
use crate::with_conn;

/// A row of `imports`.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = imports)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct Import {
    pub id: i64,
    pub provider: String,
    pub source: String,
    pub actor: String,
    pub total: i64,
    pub added: i64,
    pub existing: i64,
    pub duplicates: i64,
    pub failed: i64,
    pub skipped: i64,
    pub created_at: NaiveDateTime,
    pub undone_at: Option<NaiveDateTime>,
}

/// An import that is about to bring its keys.
#[derive(Debug, Insertable)]
#[diesel(table_name = imports)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct NewImport<'a> {
    pub provider: &'a str,
    pub source: &'a str,
    pub actor: &'a str,
    pub total: i64,
    pub added: i64,
    pub existing: i64,
    pub duplicates: i64,
    pub failed: i64,
    pub skipped: i64,
    pub created_at: NaiveDateTime,
}

const COLUMNS: &[bulk::Column] = &[
    ("username", "text"),
    ("account", "text"),
    ("masked", "text"),
    ("fingerprint", "text"),
    ("sealed", "text"),
    ("sealed_with", "text"),
    ("expires_at", "timestamp"),
];

impl Import {
    /// Begins one, in the transaction that brings its keys; returns its id.
    pub async fn insert(conn: &mut Conn<'_>, new: &NewImport<'_>) -> QueryResult<i64> {
        with_conn!(conn, |conn| {
            diesel::insert_into(imports::table)
                .values(new)
                .returning(imports::id)
                .get_result(conn)
                .await
        })
    }

    /// Adds keys, a JSON array with a field for each column; returns how many the provider did not
    /// have yet.
    pub async fn add_keys(
        conn: &mut Conn<'_>,
        import: i64,
        (weight, max_concurrency): (i32, i32),
        keys: String,
    ) -> QueryResult<usize> {
        let sql = format!(
            "INSERT INTO upstream_keys (provider, username, account, masked, fingerprint, sealed, \
             sealed_with, weight, max_concurrency, created_at, expires_at, import_id) \
             SELECT i.provider, x.username, x.account, x.masked, x.fingerprint, x.sealed, \
             x.sealed_with, {weight}, {max_concurrency}, i.created_at, x.expires_at, i.id \
             FROM {{rows}}, imports AS i WHERE i.id = {import} ON CONFLICT DO NOTHING"
        );
        bulk::execute_json(conn, &sql, COLUMNS, keys).await
    }

    /// The lowest and the highest id of the keys that it brought and are still there.
    pub async fn extent(conn: &mut Conn<'_>, import: i64) -> QueryResult<Option<(KeyId, KeyId)>> {
        use diesel::dsl::{max, min};
        use upstream_keys as k;
        let (first, last): (Option<KeyId>, Option<KeyId>) = with_conn!(conn, |conn| {
            k::table
                .filter(k::import_id.eq(import))
                .select((min(k::id), max(k::id)))
                .get_result(conn)
                .await
        })?;
        Ok(first.zip(last))
    }

    /// Notes what it came to.
    pub async fn finish(
        conn: &mut Conn<'_>,
        import: i64,
        added: i64,
        existing: i64,
    ) -> QueryResult<()> {
        with_conn!(conn, |conn| {
            diesel::update(imports::table.find(import))
                .set((imports::added.eq(added), imports::existing.eq(existing)))
                .execute(conn)
                .await
        })?;
        Ok(())
    }

    /// The import with this id.
    pub async fn find(conn: &mut Conn<'_>, id: i64) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| Self::query().filter(imports::id.eq(id)).first(conn).await)
            .optional()
    }

    /// One page, the latest first, and how many there are.
    pub async fn list(conn: &mut Conn<'_>, page: Page) -> QueryResult<(Vec<Self>, i64)> {
        let total = with_conn!(conn, |conn| imports::table.count().get_result(conn).await)?;
        let rows = with_conn!(conn, |conn| {
            Self::query()
                .order(imports::id.desc())
                .offset(page.offset())
                .limit(page.size())
                .load(conn)
                .await
        })?;
        Ok((rows, total))
    }

    /// Deletes the keys that it brought and are still there, in a transaction; returns their ids.
    /// `None` when it was undone before, also by someone else at this moment.
    pub async fn undo(
        conn: &mut Conn<'_>,
        id: i64,
        now: NaiveDateTime,
    ) -> QueryResult<Option<Vec<KeyId>>> {
        let marked = with_conn!(conn, |conn| {
            diesel::update(imports::table.find(id).filter(imports::undone_at.is_null()))
                .set(imports::undone_at.eq(now))
                .execute(conn)
                .await
        })?;
        if marked == 0 {
            return Ok(None);
        }
        hold(conn, KEYS_OF_IMPORTS, &[id]).await?;
        let deleted = with_conn!(conn, |conn| {
            diesel::delete(upstream_keys::table.filter(upstream_keys::import_id.eq(id)))
                .returning(upstream_keys::id)
                .get_results(conn)
                .await
        })?;
        Ok(Some(deleted))
    }
}
