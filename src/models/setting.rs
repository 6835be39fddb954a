//! Settings that were changed while running.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::schema::settings;
use crate::with_conn;

/// A row of `settings`.
#[derive(Debug, Clone, HasQuery, Insertable)]
#[diesel(table_name = settings)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct SettingRow {
    pub name: String,
    pub value: String,
    pub updated_at: NaiveDateTime,
}

impl SettingRow {
    /// All that were changed.
    pub async fn all(conn: &mut Conn<'_>) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| Self::query().order(settings::name).load(conn).await)
    }

    /// These, as [`Settings::change`](crate::settings::Settings::change) takes them.
    pub fn texts(rows: &[Self]) -> BTreeMap<String, String> {
        rows.iter().map(|row| (row.name.clone(), row.value.clone())).collect()
    }

    /// Writes this one over what was there.
    pub async fn put(&self, conn: &mut Conn<'_>) -> QueryResult<usize> {
        use settings as s;
        with_conn!(conn, |conn| {
            diesel::insert_into(s::table)
                .values(self)
                .on_conflict(s::name)
                .do_update()
                .set((s::value.eq(excluded(s::value)), s::updated_at.eq(excluded(s::updated_at))))
                .execute(conn)
                .await
        })
    }

    /// Takes a setting back to its default.
    pub async fn reset(conn: &mut Conn<'_>, name: &str) -> QueryResult<usize> {
        with_conn!(conn, |conn| diesel::delete(settings::table.find(name)).execute(conn).await)
    }
}
