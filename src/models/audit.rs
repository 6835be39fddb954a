//! The audit log's rows, its head, and keys of it that are no longer derived.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::schema::{audit_head, audit_keys, audit_log};
use crate::with_conn;

/// A row of `audit_log`.
#[derive(Debug, Clone, HasQuery, Insertable)]
#[diesel(table_name = audit_log)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct AuditRow {
    pub id: i64,
    pub at: NaiveDateTime,
    pub actor: String,
    pub address: String,
    pub request_id: String,
    pub action: String,
    pub target: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub hash: String,
    pub key_id: String,
}

/// The chain's end, and what its beginning is known by.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, AsChangeset)]
#[diesel(table_name = audit_head)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct AuditHead {
    pub seq: i64,
    pub hash: String,
    pub sealed_from: i64,
    pub pruned_seq: i64,
    pub pruned_hash: String,
    pub macs: String,
}

/// A key of the chain, sealed.
#[derive(Debug, Clone, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = audit_keys)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct AuditKey {
    pub id: String,
    pub sealed: String,
    pub sealed_with: String,
}

impl AuditRow {
    /// Adds the row.
    pub async fn insert(&self, conn: &mut Conn<'_>) -> QueryResult<()> {
        with_conn!(conn, |conn| {
            diesel::insert_into(audit_log::table).values(self).execute(conn).await
        })?;
        Ok(())
    }

    /// The rows after number `after`, by number, at most `limit`: to walk over all of them.
    pub async fn after(conn: &mut Conn<'_>, after: i64, limit: i64) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| {
            Self::query()
                .filter(audit_log::id.gt(after))
                .order(audit_log::id)
                .limit(limit)
                .load(conn)
                .await
        })
    }

    /// Deletes the rows after number `after`, up to number `last`; returns how many.
    pub async fn delete(conn: &mut Conn<'_>, after: i64, last: i64) -> QueryResult<usize> {
        let old = audit_log::table.filter(audit_log::id.gt(after)).filter(audit_log::id.le(last));
        with_conn!(conn, |conn| diesel::delete(old).execute(conn).await)
    }
}

impl AuditHead {
    /// The chain's end as the database has it.
    pub async fn read(conn: &mut Conn<'_>) -> QueryResult<Self> {
        with_conn!(conn, |conn| Self::query().filter(audit_head::id.eq(1)).first(conn).await)
    }

    /// The same, and nobody else may change it until the transaction ends: the chain can't fork.
    pub async fn lock(conn: &mut Conn<'_>) -> QueryResult<Self> {
        use audit_head as h;
        with_conn!(conn, |conn| {
            diesel::update(h::table.find(1))
                .set(h::seq.eq(h::seq))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
    }

    /// Writes it.
    pub async fn put(&self, conn: &mut Conn<'_>) -> QueryResult<()> {
        let this = diesel::update(audit_head::table.find(1)).set(self);
        with_conn!(conn, |conn| this.execute(conn).await).map(drop)
    }
}

impl AuditKey {
    /// All of them.
    pub async fn all(conn: &mut Conn<'_>) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| Self::query().load(conn).await)
    }

    /// Writes it in the place of the one of that name, if there is one.
    pub async fn put(&self, conn: &mut Conn<'_>) -> QueryResult<()> {
        with_conn!(conn, |conn| {
            diesel::insert_into(audit_keys::table)
                .values(self)
                .on_conflict(audit_keys::id)
                .do_update()
                .set(self)
                .execute(conn)
                .await
        })
        .map(drop)
    }
}
