//! What one process does for all, and who does it after its end.

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use pool_stub::Reply;
use serde_json::json;

use super::Replicas;
use crate::support::until;

const OFTEN: [(&str, &str); 2] =
    [("HEALTH_CHECK_INTERVAL_SECS", "1"), ("HOUSEKEEPING_LEASE_SECS", "1")];

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = Text)]
    owner: String,
}

/// Who has the lease; empty when nobody has it.
async fn owner(replicas: &Replicas) -> String {
    let url = replicas.homes[0].settings().1;
    let mut conn = AsyncPgConnection::establish(&url).await.expect("Postgres answers");
    let sql = diesel::sql_query("SELECT owner FROM leases WHERE name = 'housekeeping'");
    let rows: Vec<Owner> = sql.load(&mut conn).await.expect("rows");
    rows.into_iter().next().map(|row| row.owner).unwrap_or_default()
}

/// Keys that this process has probed.
async fn probed(replicas: &Replicas, which: usize) -> u64 {
    let health = replicas.health(which).await;
    health["components"]["health_check"]["state"]["probed"].as_u64().expect("a number")
}

#[actix_web::test]
async fn one_process_checks_for_all_until_it_dies() {
    let mut replicas = Replicas::start(2, &OFTEN).await;
    let (bad, keys) = ("sk-housekeeping-bad-01", 3);
    let mut ids = Vec::new();
    for n in 0..keys {
        let secret = format!("{bad}{n}");
        replicas.stub.always(&secret, Reply::json(401, "{}"));
        replicas.stub.on_probe(&secret, Reply::json(401, "{}"));
        ids.push(replicas.add(0, &secret).await);
    }
    // One by one, with a good one in between: three refused together would be an outage.
    let good = replicas.add(0, "sk-housekeeping-good-01").await;
    for id in ids {
        for id in [good, id] {
            replicas.admin(0, "POST", "/admin/verify-key", json!({"id": id})).await;
        }
    }
    until("somebody checks", async || {
        probed(&replicas, 0).await + probed(&replicas, 1).await > 2 * keys
    })
    .await;
    let counts = [probed(&replicas, 0).await, probed(&replicas, 1).await];
    assert!(counts.contains(&0), "one of them checks: {counts:?}");
    let holder = usize::from(counts[0] == 0);
    let first = owner(&replicas).await;

    replicas.all.remove(holder).kill().await;
    until("the other one takes over", async || owner(&replicas).await != first).await;
    until("it checks", async || probed(&replicas, 0).await >= keys).await;

    let second = owner(&replicas).await;
    replicas.all.remove(0).terminate().await;
    let left = owner(&replicas).await;
    assert!(left.is_empty() && !second.is_empty(), "it is given back at the end: {left}");
}
