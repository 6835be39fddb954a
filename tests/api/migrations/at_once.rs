//! Replicas start at once, on one empty database.

use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::future::join_all;
use ollama_api_pool::db::DatabaseError;
use ollama_api_pool::db::migrations::{run_in_turn, take_turn};
use serde_json::json;

use crate::cli::{command, ended};
use crate::support::{ADMIN_TOKEN, Home, Program, Store};

/// More than a queue of a handful needs.
const LONG: Duration = Duration::from_secs(30);

async fn connect(home: &Home) -> AsyncPgConnection {
    AsyncPgConnection::establish(&home.settings().1).await.expect("Postgres answers")
}

#[actix_web::test]
async fn services_that_start_at_once_all_come_up() {
    let home = Home::new(Store::Postgres).await;
    let homes: Vec<Home> = (0..6).map(|_| home.twin()).collect();
    let starting = homes.iter().map(|home| Program::start(command(home, &[])));
    let programs = join_all(starting).await;
    for program in programs {
        let answer = program.call("GET", "/admin/stats", ADMIN_TOKEN, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(program.terminate().await.0.success());
    }
}

/// The first one to get its turn applies everything, the others find nothing left to do.
#[actix_web::test]
async fn each_migration_is_applied_once() {
    let home = Home::new(Store::Postgres).await;
    let homes: Vec<Home> = (0..6).map(|_| home.twin()).collect();
    let migrating = homes.iter().map(|home| ended(command(home, &["db", "migrate", "--json"])));
    let all = join_all(migrating).await.into_iter();
    let applied: Vec<_> = all.map(|one| one.done(&[]).json()["applied"].take()).collect();
    let none = applied.iter().filter(|one| **one == json!([])).count();
    assert_eq!(none, 5, "{applied:?}");
}

#[actix_web::test]
async fn who_waits_too_long_gives_up() {
    let home = Home::new(Store::Postgres).await;
    let mut holder = connect(&home).await;
    take_turn(&mut holder, Duration::ZERO).await.expect("nobody else is there");
    let late = run_in_turn(connect(&home).await, Duration::from_millis(1)).await;
    assert!(
        matches!(&late, Err(DatabaseError::Migrate(why)) if why.contains("another process")),
        "{late:?}"
    );
    // Another schema is another service.
    let elsewhere = Home::new(Store::Postgres).await;
    let applied = run_in_turn(connect(&elsewhere).await, Duration::ZERO).await;
    assert!(!applied.expect("its own turn").is_empty());
    drop(holder);
    let applied = run_in_turn(connect(&home).await, LONG).await.expect("the turn is given back");
    assert!(!applied.is_empty());
}

#[actix_web::test]
async fn a_migration_that_fails_gives_its_turn_back() {
    let home = Home::new(Store::Postgres).await;
    let mut conn = connect(&home).await;
    conn.batch_execute("CREATE TABLE upstream_keys (other INT)").await.expect("in the way");
    let failed = run_in_turn(connect(&home).await, Duration::ZERO).await;
    assert!(matches!(failed, Err(DatabaseError::Migrate(_))), "{failed:?}");
    conn.batch_execute("DROP TABLE upstream_keys").await.expect("out of the way");
    let applied = run_in_turn(connect(&home).await, LONG).await.expect("a turn");
    assert!(!applied.is_empty());
}
