//! The audit log's rows.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sha2::{Digest, Sha256};

use crate::clock::Millis;
use crate::db::Conn;
use crate::db::schema::{audit_head, audit_log};
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
}

/// The chain's end: its last row's number and hash.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = audit_head)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "named for what they are")]
pub struct AuditHead {
    pub seq: i64,
    pub hash: String,
}

impl AuditRow {
    /// The hash of this row where it follows `previous`. Each field goes in with its length, so that
    /// no two rows read the same.
    pub fn hash_after(&self, previous: &str) -> String {
        let mut hasher = Sha256::new();
        let mut add = |field: Option<&str>| {
            let length = field.map_or(u64::MAX, |field| field.len() as u64);
            hasher.update(length.to_be_bytes());
            hasher.update(field.unwrap_or_default());
        };
        add(Some(previous));
        add(Some(&self.id.to_string()));
        add(Some(&Millis::from(self.at).rfc3339()));
        for field in [&self.actor, &self.address, &self.request_id, &self.action, &self.target] {
            add(Some(field));
        }
        add(self.before.as_deref());
        add(self.after.as_deref());
        hex::encode(hasher.finalize())
    }

    /// Appends this row to the chain, which gives it its number and hash.
    pub async fn append(mut self, conn: &mut Conn<'_>) -> QueryResult<()> {
        use audit_head as h;
        // The update locks the head until the transaction ends, so that the chain can't fork.
        let (seq, previous): (i64, String) = with_conn!(conn, |conn| {
            diesel::update(h::table.find(1))
                .set(h::seq.eq(h::seq + 1))
                .returning((h::seq, h::hash))
                .get_result(conn)
                .await
        })?;
        self.id = seq;
        self.hash = self.hash_after(&previous);
        let head = h::hash.eq(&self.hash);
        with_conn!(conn, |conn| {
            diesel::insert_into(audit_log::table).values(&self).execute(conn).await?;
            diesel::update(h::table.find(1)).set(head).execute(conn).await
        })?;
        Ok(())
    }
}

impl AuditRow {
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
}

impl AuditHead {
    /// The chain's end as the database has it.
    pub async fn read(conn: &mut Conn<'_>) -> QueryResult<Self> {
        with_conn!(conn, |conn| Self::query().filter(audit_head::id.eq(1)).first(conn).await)
    }
}
