//! Each migration up, down, and up again; the same tables on both databases; and many processes
//! that migrate at once.

mod at_once;

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use ollama_api_pool::db::migrations::{POSTGRES, SQLITE};

use crate::support::{Home, Store};

/// What a database is made of: a line for each column, index and constraint, sorted.
type Schema = Vec<String>;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

const SQLITE_SCHEMA: &str = "SELECT type || ' ' || name || ': ' || coalesce(sql, '') AS line \
    FROM sqlite_master WHERE name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' \
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY line";

const POSTGRES_SCHEMA: &str = "SELECT line FROM (\
    SELECT table_name AS owner, concat_ws(' ', table_name, column_name, data_type, is_nullable, \
        column_default) AS line FROM information_schema.columns \
        WHERE table_schema = current_schema() \
    UNION ALL SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema() \
    UNION ALL SELECT r.relname, c.conname || ' ' || pg_get_constraintdef(c.oid) \
        FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid \
        WHERE c.connamespace = current_schema()::regnamespace \
    UNION ALL SELECT sequencename, sequencename FROM pg_sequences \
        WHERE schemaname = current_schema() \
    ) AS all_lines WHERE owner NOT LIKE '\\_\\_diesel%' ORDER BY line";

/// Walks up through all migrations; at each step also down and up again, and at the end all the
/// way down and up. Returns how many there are.
fn walk<C>(
    conn: &mut C,
    migrations: fn() -> EmbeddedMigrations,
    schema: fn(&mut C) -> Schema,
) -> usize
where
    C: MigrationHarness<C::Backend> + Connection,
{
    assert_eq!(schema(conn), Schema::new(), "an empty database");
    let mut below = Vec::new();
    while conn.has_pending_migration(migrations()).expect("a list of migrations") {
        let before = schema(conn);
        let name = conn.run_next_migration(migrations()).expect("up").to_string();
        let after = schema(conn);
        assert_ne!(before, after, "{name} does something");
        conn.revert_last_migration(migrations()).expect("down");
        assert_eq!(schema(conn), before, "{name} takes back what it did");
        conn.run_next_migration(migrations()).expect("up again");
        assert_eq!(schema(conn), after, "{name} does the same again");
        below.push(before);
    }
    let top = schema(conn);
    conn.revert_all_migrations(migrations()).expect("all down");
    assert_eq!(schema(conn), Schema::new());
    conn.run_pending_migrations(migrations()).expect("all up");
    assert_eq!(schema(conn), top);
    below.len()
}

fn lines<C>(conn: &mut C, sql: &str) -> Schema
where
    C: Connection + diesel::connection::LoadConnection,
    diesel::query_builder::SqlQuery: for<'a> diesel::query_dsl::LoadQuery<'a, C, Line>,
{
    let lines: Vec<Line> = diesel::sql_query(sql).load(conn).expect("the schema");
    lines.into_iter().map(|line| line.line).collect()
}

type PgConnection = AsyncConnectionWrapper<AsyncPgConnection>;

/// A connection to the home's own schema, for a thread that may block.
fn postgres(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("Postgres answers")
}

/// The columns of each table, with whether they may be NULL.
fn tables(lines: Schema) -> BTreeMap<String, Vec<String>> {
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    for line in lines {
        let (table, column) = line.split_once(' ').expect("a table and a column");
        tables.entry(table.to_owned()).or_default().push(column.to_owned());
    }
    tables
}

#[test]
fn sqlite() {
    let mut conn = SqliteConnection::establish(":memory:").expect("SQLite opens");
    conn.batch_execute("PRAGMA foreign_keys = ON").expect("a pragma");
    assert!(walk(&mut conn, || SQLITE, |conn| lines(conn, SQLITE_SCHEMA)) > 0);
}

#[actix_web::test]
async fn postgres_too() {
    let url = Home::new(Store::Postgres).await.settings().1;
    let walking = tokio::task::spawn_blocking(move || {
        walk(&mut postgres(&url), || POSTGRES, |conn| lines(conn, POSTGRES_SCHEMA))
    });
    assert!(walking.await.expect("a good walk") > 0);
}

#[actix_web::test]
async fn both_have_the_same_columns() {
    let url = Home::new(Store::Postgres).await.settings().1;
    let on_postgres = tokio::task::spawn_blocking(move || {
        let mut conn = postgres(&url);
        conn.run_pending_migrations(POSTGRES).expect("all up");
        let sql = "SELECT table_name || ' ' || column_name || ' ' || is_nullable AS line \
            FROM information_schema.columns WHERE table_schema = current_schema() \
            AND table_name NOT LIKE '\\_\\_diesel%' ORDER BY table_name, ordinal_position";
        lines(&mut conn, sql)
    });
    let mut conn = SqliteConnection::establish(":memory:").expect("SQLite opens");
    conn.run_pending_migrations(SQLITE).expect("all up");
    let sql = "SELECT m.name || ' ' || c.name || CASE c.\"notnull\" WHEN 1 THEN ' NO' \
        ELSE ' YES' END AS line FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c \
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
        AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' ORDER BY m.name, c.cid";
    let on_sqlite = tables(lines(&mut conn, sql));
    assert!(on_sqlite.len() >= 6, "{on_sqlite:?}");
    assert_eq!(tables(on_postgres.await.expect("a good walk")), on_sqlite);
}
