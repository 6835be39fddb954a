//! Many rows in one statement, with one text for both databases.
//!
//! Rows travel as one JSON parameter and come out as a table in `FROM`: a round trip a batch
//! instead of one a row, and no limit on the number of parameters.

use diesel::QueryResult;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use serde::Serialize;

use super::Conn;
use crate::with_conn;

/// A column of the rows: its name, and its type in Postgres. SQLite takes the value as it is.
pub type Column = (&'static str, &'static str);

/// Runs `sql`, in which `{rows}` stands for the table `x` of these rows. Returns how many rows it
/// changed.
///
/// # Errors
/// What the database says; nothing is sent when there are no rows.
pub async fn execute<R: Serialize>(
    conn: &mut Conn<'_>,
    sql: &str,
    columns: &[Column],
    rows: &[R],
) -> QueryResult<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    let json = serde_json::to_string(rows)
        .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    execute_json(conn, sql, columns, json).await
}

/// As [`execute`], with the rows as a JSON array already.
///
/// # Errors
/// What the database says.
pub async fn execute_json(
    conn: &mut Conn<'_>,
    sql: &str,
    columns: &[Column],
    json: String,
) -> QueryResult<usize> {
    let sql = sql.replace("{rows}", &table(conn, columns));
    with_conn!(conn, |conn| diesel::sql_query(sql).bind::<Text, _>(json).execute(conn).await)
}

fn table(conn: &Conn<'_>, columns: &[Column]) -> String {
    let list = |one: fn(&Column) -> String| columns.iter().map(one).collect::<Vec<_>>().join(", ");
    match conn {
        Conn::Postgres(_) => {
            let typed = list(|(name, kind)| format!("{name} {kind}"));
            format!("json_to_recordset($1::json) AS x({typed})")
        }
        Conn::Sqlite(_) => {
            let picked = list(|(name, _)| format!("value->>'{name}' AS {name}"));
            format!("(SELECT {picked} FROM json_each($1)) AS x")
        }
    }
}

/// Times as both databases read them in text.
pub mod time {
    use chrono::NaiveDateTime;
    use serde::{Deserialize, Deserializer, Serializer, de};

    /// The format in which diesel writes SQLite's times, so that they compare as text.
    const FORMAT: &str = "%F %T%.f";

    /// For a time that is always there.
    pub fn serialize<S: Serializer>(at: &NaiveDateTime, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&at.format(FORMAT))
    }

    /// As it was written.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDateTime, D::Error> {
        let text = String::deserialize(from)?;
        NaiveDateTime::parse_from_str(&text, FORMAT).map_err(de::Error::custom)
    }

    /// For a time that may be missing.
    pub mod option {
        use chrono::NaiveDateTime;
        use serde::{Deserialize, Deserializer, Serializer};

        /// As [`super::serialize`], or null.
        pub fn serialize<S: Serializer>(
            at: &Option<NaiveDateTime>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            match at {
                Some(at) => super::serialize(at, to),
                None => to.serialize_none(),
            }
        }

        /// As it was written.
        pub fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<NaiveDateTime>, D::Error> {
            #[derive(Deserialize)]
            struct At(#[serde(deserialize_with = "super::deserialize")] NaiveDateTime);
            Ok(Option::<At>::deserialize(from)?.map(|At(at)| at))
        }
    }
}
