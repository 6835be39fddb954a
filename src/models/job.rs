//! Work in the background: rows of `jobs`.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::page::Page;
use crate::db::Conn;
use crate::db::schema::jobs as j;
use crate::with_conn;

/// The status of a job that is not finished.
pub const RUNNING: &str = "running";

/// A row of `jobs` without what may be large.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = j)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct JobRow {
    pub id: String,
    pub kind: String,
    pub status: String,
    pub actor: String,
    pub progress: String,
    pub cancelling: bool,
    pub created_at: NaiveDateTime,
    pub finished_at: Option<NaiveDateTime>,
}

/// A job to begin.
#[derive(Debug, Insertable)]
#[diesel(table_name = j)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct NewJob<'a> {
    pub id: &'a str,
    pub kind: &'a str,
    pub status: &'a str,
    pub actor: &'a str,
    pub params: &'a str,
    pub progress: &'a str,
    pub created_at: NaiveDateTime,
}

impl NewJob<'_> {
    /// Stores it; a worker finds it there.
    pub async fn insert(&self, conn: &mut Conn<'_>) -> QueryResult<()> {
        with_conn!(conn, |conn| {
            diesel::insert_into(j::table).values(self).execute(conn).await.map(drop)
        })
    }
}

impl JobRow {
    /// The job of this id.
    pub async fn find(conn: &mut Conn<'_>, id: &str) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| Self::query().filter(j::id.eq(id)).first(conn).await).optional()
    }

    /// What it was asked for.
    pub async fn params(conn: &mut Conn<'_>, id: &str) -> QueryResult<String> {
        with_conn!(conn, |conn| j::table.find(id).select(j::params).first(conn).await)
    }

    /// What came of it.
    pub async fn result(conn: &mut Conn<'_>, id: &str) -> QueryResult<Option<String>> {
        with_conn!(conn, |conn| j::table.find(id).select(j::result).first(conn).await)
    }

    /// One page of all jobs, newest first, and how many there are. Ids sort by time.
    pub async fn list(conn: &mut Conn<'_>, page: Page) -> QueryResult<(Vec<Self>, i64)> {
        with_conn!(conn, |conn| {
            let total = j::table.count().get_result(conn).await?;
            let query = Self::query().order(j::id.desc());
            let rows = query.offset(page.offset()).limit(page.size()).load(conn).await?;
            Ok((rows, total))
        })
    }

    /// How many are not finished.
    pub async fn unfinished(conn: &mut Conn<'_>) -> QueryResult<i64> {
        with_conn!(conn, |conn| {
            j::table.filter(j::status.eq(RUNNING)).count().get_result(conn).await
        })
    }

    /// The unfinished jobs that nobody works at, oldest first: those without an owner, of `owner`
    /// itself, or whose owner's last heartbeat is before `stale`.
    pub async fn ownerless(
        conn: &mut Conn<'_>,
        owner: &str,
        stale: NaiveDateTime,
    ) -> QueryResult<Vec<String>> {
        with_conn!(conn, |conn| {
            j::table
                .filter(j::status.eq(RUNNING))
                .filter(j::owner.is_null().or(j::owner.eq(owner)).or(j::heartbeat_at.lt(stale)))
                .order(j::id)
                .select(j::id)
                .load(conn)
                .await
        })
    }

    /// Makes `owner` the one who works at it; `None` when somebody else does, or it is finished.
    pub async fn claim(
        conn: &mut Conn<'_>,
        id: &str,
        owner: &str,
        stale: NaiveDateTime,
        now: NaiveDateTime,
    ) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            diesel::update(j::table.find(id))
                .filter(j::status.eq(RUNNING))
                .filter(j::owner.is_null().or(j::owner.eq(owner)).or(j::heartbeat_at.lt(stale)))
                .set((j::owner.eq(owner), j::heartbeat_at.eq(now)))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
        .optional()
    }

    /// Says that `owner` still works at it, and how far it is. Whether it shall stop; `None` when
    /// it is no longer `owner`'s. Locks the row, so that nobody takes it before the transaction's
    /// end.
    pub async fn beat(
        conn: &mut Conn<'_>,
        id: &str,
        owner: &str,
        progress: &str,
        now: NaiveDateTime,
    ) -> QueryResult<Option<bool>> {
        with_conn!(conn, |conn| {
            diesel::update(j::table.find(id))
                .filter(j::status.eq(RUNNING))
                .filter(j::owner.eq(owner))
                .set((j::heartbeat_at.eq(now), j::progress.eq(progress)))
                .returning(j::cancelling)
                .get_result(conn)
                .await
        })
        .optional()
    }

    /// Lets another process take it up at once.
    pub async fn release(conn: &mut Conn<'_>, id: &str, owner: &str) -> QueryResult<()> {
        let nobody = (j::owner.eq(None::<String>), j::heartbeat_at.eq(None::<NaiveDateTime>));
        with_conn!(conn, |conn| {
            diesel::update(j::table.find(id))
                .filter(j::owner.eq(owner))
                .set(nobody)
                .execute(conn)
                .await
                .map(drop)
        })
    }

    /// Asks whoever works at it to stop. Whether it was still running.
    pub async fn ask_to_stop(conn: &mut Conn<'_>, id: &str) -> QueryResult<bool> {
        with_conn!(conn, |conn| {
            diesel::update(j::table.find(id))
                .filter(j::status.eq(RUNNING))
                .set(j::cancelling.eq(true))
                .execute(conn)
                .await
                .map(|rows| rows > 0)
        })
    }

    /// Ends it, if it is `owner`'s.
    pub async fn finish(
        conn: &mut Conn<'_>,
        id: &str,
        owner: &str,
        status: &str,
        result: &str,
        now: NaiveDateTime,
    ) -> QueryResult<()> {
        let end = (j::status.eq(status), j::result.eq(result), j::finished_at.eq(now));
        with_conn!(conn, |conn| {
            diesel::update(j::table.find(id))
                .filter(j::owner.eq(owner))
                .set((end, j::owner.eq(None::<String>)))
                .execute(conn)
                .await
                .map(drop)
        })
    }

    /// Forgets the jobs that were finished before `before`, and all but the `kept` newest.
    pub async fn prune(conn: &mut Conn<'_>, before: NaiveDateTime, kept: i64) -> QueryResult<()> {
        with_conn!(conn, |conn| {
            let last: Option<String> = j::table
                .filter(j::status.ne(RUNNING))
                .order(j::id.desc())
                .select(j::id)
                .offset(kept)
                .first(conn)
                .await
                .optional()?;
            let old = j::finished_at.lt(before).or(j::id.le(last.unwrap_or_default()).nullable());
            diesel::delete(j::table.filter(j::status.ne(RUNNING)).filter(old))
                .execute(conn)
                .await
                .map(drop)
        })
    }
}
