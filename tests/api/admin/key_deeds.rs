//! What the audit log says about keys.

use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;
use ollama_api_pool::with_conn;
use serde_json::Value;

use crate::support::TestApp;

#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    action: String,
    #[diesel(sql_type = Text)]
    target: String,
    #[diesel(sql_type = Nullable<Text>)]
    before: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    after: Option<String>,
}

/// Something that was done.
#[derive(Debug)]
pub struct Deed {
    pub action: String,
    pub target: String,
    pub before: Value,
    pub after: Value,
}

/// What was done to keys, oldest first.
pub async fn deeds(app: &TestApp) -> Vec<Deed> {
    let sql = "SELECT action, target, before, after FROM audit_log \
        WHERE action LIKE 'key.%' ORDER BY id";
    let mut conn = app.app.database.get().await.expect("a connection");
    let rows: Vec<Row> =
        with_conn!(&mut conn, |conn| diesel::sql_query(sql).load(conn).await).expect("rows");
    let json = |text: Option<String>| {
        text.map_or(Value::Null, |text| serde_json::from_str(&text).expect("JSON"))
    };
    let deed = |row: Row| Deed {
        action: row.action,
        target: row.target,
        before: json(row.before),
        after: json(row.after),
    };
    rows.into_iter().map(deed).collect()
}
