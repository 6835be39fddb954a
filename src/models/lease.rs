//! Who does what one process does for all, and which replicas are there: rows of `leases`.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamp};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::with_conn;

/// One statement, so that of two processes one gets it.
const TAKE: &str = "INSERT INTO leases AS l (name, owner, expires_at) VALUES ($1, $2, $3) \
     ON CONFLICT (name) DO UPDATE SET owner = $2, expires_at = $3 \
     WHERE l.owner = $2 OR l.expires_at <= $4";

/// What says that a replica is there begins so; its own name follows.
const REPLICA: &str = "replica/";

const FORGET: &str = "DELETE FROM leases WHERE name LIKE 'replica/%' AND expires_at <= $1";

const PRESENT: &str = "SELECT owner FROM leases WHERE name LIKE 'replica/%' ORDER BY name";

#[derive(QueryableByName)]
struct Replica {
    #[diesel(sql_type = Text)]
    owner: String,
}

/// Takes or renews a lease until `until`; false while it is another's.
pub async fn take(
    conn: &mut Conn<'_>,
    name: &str,
    owner: &str,
    now: NaiveDateTime,
    until: NaiveDateTime,
) -> QueryResult<bool> {
    with_conn!(conn, |conn| {
        diesel::sql_query(TAKE)
            .bind::<Text, _>(name)
            .bind::<Text, _>(owner)
            .bind::<Timestamp, _>(until)
            .bind::<Timestamp, _>(now)
            .execute(conn)
            .await
            .map(|rows| rows > 0)
    })
}

/// Gives a lease back, if it is `owner`'s.
pub async fn release(conn: &mut Conn<'_>, name: &str, owner: &str) -> QueryResult<()> {
    let sql = "DELETE FROM leases WHERE name = $1 AND owner = $2";
    with_conn!(conn, |conn| {
        diesel::sql_query(sql)
            .bind::<Text, _>(name)
            .bind::<Text, _>(owner)
            .execute(conn)
            .await
            .map(drop)
    })
}

/// How many replicas are there.
pub async fn replicas(conn: &mut Conn<'_>, now: NaiveDateTime) -> QueryResult<usize> {
    let sql = "SELECT owner FROM leases WHERE name LIKE 'replica/%' AND expires_at > $1";
    let all: Vec<Replica> = with_conn!(conn, |conn| {
        diesel::sql_query(sql).bind::<Timestamp, _>(now).load(conn).await
    })?;
    Ok(all.len())
}

/// Says until when a replica is there; returns all who are, in order.
pub async fn present(
    conn: &mut Conn<'_>,
    owner: &str,
    now: NaiveDateTime,
    until: NaiveDateTime,
) -> QueryResult<Vec<String>> {
    take(conn, &of_replica(owner), owner, now, until).await?;
    with_conn!(conn, |conn| {
        diesel::sql_query(FORGET).bind::<Timestamp, _>(now).execute(conn).await?;
        let all: Vec<Replica> = diesel::sql_query(PRESENT).load(conn).await?;
        Ok(all.into_iter().map(|replica| replica.owner).collect())
    })
}

/// A replica is there no more.
pub async fn leave(conn: &mut Conn<'_>, owner: &str) -> QueryResult<()> {
    release(conn, &of_replica(owner), owner).await
}

fn of_replica(owner: &str) -> String {
    format!("{REPLICA}{owner}")
}
