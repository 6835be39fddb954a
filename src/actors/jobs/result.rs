//! What came of a job.

use std::collections::BTreeMap;

use diesel::QueryResult;
use serde_json::{Value, json};

use super::import;
use crate::db::Conn;
use crate::jobs::{Counts, LINES_SHOWN};
use crate::models::job_item::ItemRow;

/// The result as it is stored. A job's items go with it: what it needs of them is in it.
pub async fn of(
    conn: &mut Conn<'_>,
    kind: &str,
    id: &str,
    counts: Counts,
    error: Option<&str>,
) -> QueryResult<Value> {
    let mut result = match kind {
        import::KIND => lists(conn, id, counts).await?,
        _ => json!({"counts": counts}),
    };
    if let (Some(error), Some(fields)) = (error, result.as_object_mut()) {
        fields.insert("error".to_owned(), error.into());
    }
    Ok(result)
}

async fn lists(conn: &mut Conn<'_>, id: &str, counts: Counts) -> QueryResult<Value> {
    let mut bad = async |state| -> QueryResult<Vec<Value>> {
        let lines = ItemRow::lines(conn, id, state, LINES_SHOWN).await?;
        let shown = lines.into_iter().map(|l| json!({"line": l.line, "reason": l.detail}));
        Ok(shown.collect())
    };
    let (invalid, unclear) = (bad(import::INVALID).await?, bad(import::UNCLEAR).await?);
    let valid = ItemRow::lines(conn, id, import::VALID, LINES_SHOWN).await?;
    let valid: Vec<Value> =
        valid.into_iter().map(|l| json!({"line": l.line, "api_key": l.masked})).collect();
    let mut categories = BTreeMap::<String, i64>::new();
    for (names, count) in ItemRow::details(conn, id, import::VALID).await? {
        for name in names.split(',') {
            *categories.entry(name.to_owned()).or_default() += count;
        }
    }
    ItemRow::forget(conn, id).await?;
    Ok(json!({
        "total": counts.total, "counts": counts, "categories": categories,
        "valid": valid, "invalid": invalid, "unclear": unclear,
    }))
}
