//! Who waits for whom: locks taken in one order, so that no two transactions wait for each other.
//! Postgres ends such a circle after a second by failing one of them. SQLite has one writer at a
//! time and needs none of this.
//!
//! The order is: users, upstream keys, client tokens, each by their ids; the audit log's head last,
//! since every administrator waits for it.

use diesel::QueryResult;
use diesel::sql_types::{Array, BigInt};
use diesel_async::RunQueryDsl;

use super::Conn;

/// As in [`super::migrations`], the first number is ours ("keys" in ASCII) and the second the
/// schema's.
const KEYS_TURN: &str =
    "SELECT pg_advisory_xact_lock(1801812339, hashtext(coalesce(current_schema(), '')))";

/// Rows of a table, and the column that says which.
#[derive(Debug, Clone, Copy)]
pub struct Rows(pub &'static str, pub &'static str);

/// Users by their ids.
pub const USERS: Rows = Rows("users", "id");
/// Client tokens by their ids.
pub const TOKENS: Rows = Rows("client_tokens", "id");
/// Client tokens by the users who own them.
pub const TOKENS_OF_USERS: Rows = Rows("client_tokens", "user_id");
/// Upstream keys by their ids.
pub const KEYS: Rows = Rows("upstream_keys", "id");
/// Upstream keys by the imports that brought them.
pub const KEYS_OF_IMPORTS: Rows = Rows("upstream_keys", "import_id");

/// Takes those rows one after the other by their numbers, and keeps them until the transaction ends:
/// a statement that changes several takes them as it comes upon them, which differs from plan to
/// plan. To be called before that statement, in its transaction.
pub async fn hold(conn: &mut Conn<'_>, Rows(table, column): Rows, ids: &[i64]) -> QueryResult<()> {
    let Conn::Postgres(conn) = conn else { return Ok(()) };
    if ids.is_empty() {
        return Ok(());
    }
    // Counted there, since there may be many.
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {column} = ANY($1) ORDER BY id FOR UPDATE) \
         AS held"
    );
    let held = diesel::sql_query(sql).bind::<Array<BigInt>, _>(ids).execute(&mut ***conn).await;
    held.map(drop)
}

/// Waits until nobody else adds many keys at once, and keeps others waiting until the transaction
/// ends: two imports of the same keys in different order would each wait for what the other added.
pub async fn take_turn_at_keys(conn: &mut Conn<'_>) -> QueryResult<()> {
    let Conn::Postgres(conn) = conn else { return Ok(()) };
    diesel::sql_query(KEYS_TURN).execute(&mut ***conn).await.map(drop)
}
