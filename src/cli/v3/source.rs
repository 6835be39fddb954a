//! Reading the old database: whatever types its columns have, rows come as JSON.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::row::Row;
use crate::db;
use crate::plaintext::Plaintext;

/// Rows of one fetch: however large a table is, few of its rows are in memory.
const FETCH: &str = "FETCH 1000 FROM old";

/// One transaction that can only read, and sees one state of the database.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL TIME ZONE 'UTC'";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The old database. Nothing is written to it.
pub struct Source {
    conn: AsyncPgConnection,
}

impl Source {
    /// Connects.
    pub async fn open(url: &str, plaintext: Plaintext) -> anyhow::Result<Self> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            bail!(crate::cli::Usage(
                "DATABASE_URL of version 3 begins with postgres://".to_owned()
            ));
        }
        let opened = db::connect(url, plaintext).await;
        let mut conn = opened.context("the old database can't be reached")?;
        conn.batch_execute(BEGIN).await?;
        Ok(Self { conn })
    }

    /// The columns of a table; `None` when it is not there.
    pub async fn columns(&mut self, table: &str) -> QueryResult<Option<BTreeSet<String>>> {
        let sql = "SELECT attname::text AS line FROM pg_attribute \
                   WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";
        let lines: Vec<Line> = sql_query(sql).bind::<Text, _>(table).load(&mut self.conn).await?;
        let names: BTreeSet<String> = lines.into_iter().map(|line| line.line).collect();
        Ok((!names.is_empty()).then_some(names))
    }

    /// How many rows a table has.
    pub async fn count(&mut self, table: &str) -> QueryResult<u64> {
        let sql = format!("SELECT count(*) AS number FROM {table}");
        let number: Number = sql_query(sql).get_result(&mut self.conn).await?;
        Ok(number.number.unsigned_abs())
    }

    /// Begins to read what `sql` selects, a JSON object as the text `line`.
    pub async fn start(&mut self, sql: &str) -> QueryResult<()> {
        self.conn.batch_execute(&format!("DECLARE old NO SCROLL CURSOR FOR {sql}")).await
    }

    /// The next rows; none at the end.
    pub async fn next(&mut self) -> QueryResult<Vec<Row>> {
        let lines: Vec<Line> = sql_query(FETCH).load(&mut self.conn).await?;
        if lines.is_empty() {
            self.conn.batch_execute("CLOSE old").await?;
        }
        Ok(lines.iter().map(|line| Row::parse(&line.line)).collect())
    }
}
