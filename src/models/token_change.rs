//! Notes of tokens that were changed, for the processes that remember them: what was switched off
//! must open nothing in any of them.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use serde::Serialize;

use crate::db::Conn;
use crate::db::bulk::{self, Column};
use crate::with_conn;

/// A token that was changed, or is gone.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct ChangedToken {
    /// The note's number. A later one may be seen earlier, as its transaction was faster.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// What the token is found by.
    #[diesel(sql_type = Text)]
    pub token_hash: String,
    /// The token's number, if it is still there under that hash.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub token_id: Option<i64>,
}

#[derive(Serialize)]
struct Id {
    id: i64,
}

const ID: [Column; 1] = [("id", "bigint")];

const AFTER: &str = "SELECT c.id, c.token_hash, t.id AS token_id FROM token_changes AS c \
     LEFT JOIN client_tokens AS t ON t.token_hash = c.token_hash WHERE c.id > $1 ORDER BY c.id";

const NOTE: &str = "INSERT INTO token_changes (token_hash, at) \
     SELECT t.token_hash, {now} FROM {rows} JOIN client_tokens AS t ON t.{column} = x.id \
     UNION ALL SELECT t.previous_hash, {now} FROM {rows} \
     JOIN client_tokens AS t ON t.{column} = x.id WHERE t.previous_hash IS NOT NULL";

impl ChangedToken {
    /// Those with a higher number, by number.
    pub async fn after(conn: &mut Conn<'_>, number: i64) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| {
            diesel::sql_query(AFTER).bind::<BigInt, _>(number).load(conn).await
        })
    }

    /// Notes that these tokens change, in the transaction that changes them. Where their hashes
    /// change, too, it has to come first.
    pub async fn note(conn: &mut Conn<'_>, ids: &[i64]) -> QueryResult<usize> {
        note(conn, "id", ids).await
    }

    /// As [`Self::note`], of these users' own keys.
    pub async fn note_of_users(conn: &mut Conn<'_>, users: &[i64]) -> QueryResult<usize> {
        note(conn, "user_id", users).await
    }
}

async fn note(conn: &mut Conn<'_>, column: &str, ids: &[i64]) -> QueryResult<usize> {
    // The database's time: all processes have the same, and only the age of a note counts.
    let now = match conn {
        Conn::Postgres(_) => "timezone('UTC', now())",
        Conn::Sqlite(_) => "strftime('%Y-%m-%d %H:%M:%f', 'now')",
    };
    let sql = NOTE.replace("{now}", now).replace("{column}", column);
    let ids: Vec<Id> = ids.iter().map(|id| Id { id: *id }).collect();
    bulk::execute(conn, &sql, &ID, &ids).await
}
