//! Secrets in the database open in their own rows only, whoever moves them.

use ollama_api_pool::with_conn;
use pool_stub::Stub;
use serde_json::{Value, json};

use crate::accounts::second_factor::Device;
use crate::accounts::sign_up;
use crate::cli::{beside, execute};
use crate::support::{Answer, TestApp, both_stores, canary, until};

/// Lets a provider be at this machine.
const PRIVATE: [&str; 1] = ["--allow-private-upstreams=true"];

/// Sealed by the program as it was before secrets were bound to their rows, under the tests' key.
const KEY: &str = "sk-golden-000000000001";
const KEY_SEALED: &str = "UEbJdkwLrENxQZtz+dKW42VCSB/K+/dTS/34MILvDWL2ySrNuJLaZL3IYTMNFd4q67c";
const KEY_PRINT: &str = "a8ce864734a0dcdd02b36f5b41886729dbcbd714640e3cbbaa34a0920c42bc7e";
const WAITING: &str = "sk-golden-waiting-0001";
const WAITING_SEALED: &str = "LTt5+8G32eCsdK6YaH3yLnwCkQKTvFlXFhxovuxKSCzHEDrgODCis+Y0qIMWtVls44w";
const WAITING_PRINT: &str = "45f251a624a46771da21e7642ba8fa8f98284a699ebe33166415ebb2fc5f73bd";
const TOKEN: &str = "sk-pool-U2eZKOmiXZIrySuVX4C-8ToDEjbo1aNOHMi-TogY93g";
const TOKEN_SEALED: &str = "imsWVNLDcvSh1A0qTRh/YyhCBxzuIlbqpKGpAps+ujkNEi1nzF6dVzkbLguZQpbseVeU\
     J6YmxHHMEFGQWB7y/6YeXMjDc2vGVNy03kRpXA";
const TOKEN_HASH: &str = "e566493cd9348ad0b57168ae4b71380b7b4466ffa6003eaf95f79d669761b3b0";
const SECOND_FACTOR: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const SECOND_FACTOR_SEALED: &str = "PHa5fhGkAd81rnqNrbV1Dbq10e5yrMM43dlgiTjdGPevRKPjCiCiHZccvQ34IM\
     l1Ko96UURf4MUeF8mE";

async fn reveal(app: &TestApp, id: i64) -> Answer {
    app.admin("POST", &format!("/admin/api-keys/{id}/reveal"), &json!({})).await
}

/// A stored secret that doesn't open: a named error, in which nothing of it shows.
fn refused(answer: &Answer, secrets: &[&str]) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (500, "internal_error"),
        "{}",
        answer.text()
    );
    assert!(!secrets.iter().any(|secret| answer.text().contains(secret)));
}

/// A column of a row, as text.
async fn text(app: &TestApp, sql: &str) -> String {
    use diesel::sql_types::Text;
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let mut conn = app.app.database.get().await.expect("a connection");
    let found: Line =
        with_conn!(&mut conn, |conn| diesel::sql_query(sql).get_result(conn).await).expect("a row");
    found.line
}

/// Puts what an earlier version stored into a database of this one.
async fn as_before(app: &TestApp) -> (i64, i64) {
    [KEY, WAITING, TOKEN, SECOND_FACTOR].into_iter().for_each(canary::release);
    let key = app.add_key(KEY).await;
    let sql = format!(
        "UPDATE upstream_keys SET sealed = '{KEY_SEALED}', fingerprint = '{KEY_PRINT}' WHERE id = {key}"
    );
    assert_eq!(execute(app, &sql).await, 1);
    let made = app.admin("POST", "/admin/tokens", &json!({"name": "before"})).await.json();
    let token = made["id"].as_i64().expect("an id");
    let sql = format!(
        "UPDATE client_tokens SET sealed = '{TOKEN_SEALED}', token_hash = '{TOKEN_HASH}' \
         WHERE id = {token}"
    );
    assert_eq!(execute(app, &sql).await, 1);
    execute(app, "INSERT INTO jobs (id, kind, status, actor, params, progress, created_at) \
        VALUES ('before', 'import_with_validation', 'done', 'a', \
        '{\"import_id\":1,\"keep_unclear\":false,\"max_concurrency\":0,\"provider\":\"ollama\",\"weight\":1}', \
        '{}', '2026-01-01 00:00:00')").await;
    execute(app, &format!(
        "INSERT INTO job_items (job_id, seq, line, state, masked, fingerprint, sealed, sealed_with) \
         VALUES ('before', 1, 1, 'pending', '…', '{WAITING_PRINT}', '{WAITING_SEALED}', '78150e2b')"
    )).await;
    let user = app.admin("POST", "/admin/users", &json!({"email": "old@example.org"})).await.json();
    execute(
        app,
        &format!(
            "INSERT INTO user_totp (user_id, sealed, sealed_with, confirmed, step, created_at) \
         VALUES ({}, '{SECOND_FACTOR_SEALED}', '78150e2b', TRUE, 0, '2026-01-01 00:00:00')",
            user["id"]
        ),
    )
    .await;
    (key, token)
}

/// It is there, and found by what is known of it.
async fn is_all_there(app: &TestApp, (key, token): (i64, i64)) {
    assert_eq!(reveal(app, key).await.json(), json!({"api_key": KEY}));
    let again = app.admin("POST", "/admin/api-keys", &json!({"api_key": KEY})).await;
    assert_eq!(again.status, 409, "{}", again.text());
    let shown = app.admin("POST", &format!("/admin/tokens/{token}/reveal"), &json!({})).await;
    assert_eq!((shown.status, shown.json()["token"].as_str()), (200, Some(TOKEN)));
}

/// A provider that an attacker listens at.
async fn elsewhere(app: &TestApp) -> Stub {
    let stub = Stub::start();
    let body = json!({"id": "evil", "base_url": stub.url()});
    let added = app.admin("POST", "/admin/providers", &body).await;
    assert_eq!(added.status, 201, "{}", added.text());
    stub
}

fn is_asked(stub: &Stub, keys: &[&str]) -> bool {
    stub.probes().iter().any(|probe| keys.contains(&probe.key.as_str()))
}

fn migrated(report: &Value) -> Vec<(String, u64)> {
    let tables = report["tables"].as_array().expect("tables").iter();
    let counts = |table: &Value| {
        let name = table["table"].as_str().expect("a name").to_owned();
        (name, table["migrated"].as_u64().expect("a count"))
    };
    tables.map(counts).collect()
}

both_stores! {
    async fn what_an_earlier_version_sealed_opens_and_is_migrated(app) {
        let ids = as_before(&app).await;
        is_all_there(&app, ids).await;
        let secrets = [KEY, WAITING, TOKEN, SECOND_FACTOR];
        let report = beside(&app, &["secrets", "rotate", "--json"]).await.done(&secrets).json();
        assert_eq!(report["complete"], true, "{report}");
        let one = |table: &str| (table.to_owned(), 1);
        assert_eq!(migrated(&report), ["upstream_keys", "client_tokens", "job_items", "user_totp"].map(one));
        for table in ["upstream_keys", "client_tokens", "job_items", "user_totp"] {
            let old = format!("SELECT CAST(COUNT(*) AS TEXT) AS line FROM {table} WHERE sealed NOT LIKE 'v2.%'");
            assert_eq!(text(&app, &old).await, "0", "{table}");
        }
        is_all_there(&app, ids).await;
        let print = text(&app, "SELECT fingerprint AS line FROM job_items").await;
        assert_eq!(print, app.app.vault.fingerprint(WAITING), "the job finds it, too");
        // There is nothing left to do with one key.
        assert_eq!(beside(&app, &["secrets", "rotate"]).await.code, Some(2));
    }

    async fn keys_don_t_change_places(app) {
        let (ann, bob) = ("sk-places-0000-of-ann", "sk-places-0000-of-bob");
        let ids = [app.add_key(ann).await, app.add_key(bob).await];
        let sealed = format!("SELECT sealed AS line FROM upstream_keys WHERE id = {}", ids[0]);
        let sealed = text(&app, &sealed).await;
        execute(&app, &format!("UPDATE upstream_keys SET sealed = '{sealed}' WHERE id = {}", ids[1])).await;
        refused(&reveal(&app, ids[1]).await, &[ann, bob]);
        assert_eq!(reveal(&app, ids[0]).await.json(), json!({"api_key": ann}), "its own place");
        let checked = app.admin("POST", "/admin/verify-key", &json!({"id": ids[1]})).await;
        refused(&checked, &[ann, bob]);
        assert!(!is_asked(&app.stub, &[ann, bob]), "it was not sent");
    }

    async fn a_key_is_not_sent_to_another_provider(app, PRIVATE) {
        let evil = elsewhere(&app).await;
        let id = app.add_key("sk-of-its-provider-01").await;
        execute(&app, &format!("UPDATE upstream_keys SET provider = 'evil' WHERE id = {id}")).await;
        refused(&reveal(&app, id).await, &["sk-of-its-provider-01"]);
        let checked = app.admin("POST", "/admin/verify-key", &json!({"id": id})).await;
        refused(&checked, &["sk-of-its-provider-01"]);
        assert!(!is_asked(&evil, &["sk-of-its-provider-01"]), "it was not sent");
        // Moved back it is what it was.
        execute(&app, &format!("UPDATE upstream_keys SET provider = 'ollama' WHERE id = {id}")).await;
        assert_eq!(reveal(&app, id).await.status, 200);
    }

    async fn a_key_that_waits_is_not_asked_about_elsewhere(app, PRIVATE) {
        let evil = elsewhere(&app).await;
        let file = std::path::Path::new(&app.home.settings().0).join("keys.txt");
        std::fs::write(&file, "sk-waits-for-its-own-1\n").expect("a file");
        let import = ["import", file.to_str().expect("a path"), "--validate", "--json"];
        let job = beside(&app, &import).await.done(&["sk-waits"]).json()["job"].clone();
        let moved = "UPDATE jobs SET params = REPLACE(params, '\"ollama\"', '\"evil\"')";
        assert_eq!(execute(&app, moved).await, 1);
        app.app.actors.jobs.look().await.expect("the actor");
        let job = format!("/admin/jobs/{}", job.as_str().expect("a job"));
        let mut view = Value::Null;
        until("the import ends", async || {
            view = app.admin_get(&job).await.json();
            view["status"] != "running"
        })
        .await;
        assert_eq!((&view["unclear"], &view["added"]), (&json!(1), &json!(0)), "{view}");
        assert!(!is_asked(&evil, &["sk-waits-for-its-own-1"]));
    }

    async fn a_token_is_shown_to_its_owner_only(app) {
        let (ann, eve) = (sign_up(&app, "ann@example.org").await, sign_up(&app, "eve@example.org").await);
        let shown = async |person: &crate::accounts::Person| person.post(&app, "key/reveal", &json!({})).await;
        let own = shown(&ann).await.json()["token"].as_str().expect("a token").to_owned();
        let (ann_id, eve_id) = (ann.id(&app).await, eve.id(&app).await);
        let of = |column: &str| format!("SELECT {column} AS line FROM client_tokens WHERE user_id = {ann_id}");
        let (sealed, hash) = (text(&app, &of("sealed")).await, text(&app, &of("token_hash")).await);
        // With its hash, too: then it would open with anything that only knows the row.
        execute(&app, &format!("UPDATE client_tokens SET token_hash = 'gone' WHERE user_id = {ann_id}")).await;
        execute(&app, &format!(
            "UPDATE client_tokens SET sealed = '{sealed}', token_hash = '{hash}' WHERE user_id = {eve_id}"
        )).await;
        refused(&shown(&eve).await, &[&own]);
        execute(&app, &format!("UPDATE client_tokens SET token_hash = 'x' WHERE user_id = {eve_id}")).await;
        execute(&app, &format!("UPDATE client_tokens SET token_hash = '{hash}' WHERE user_id = {ann_id}")).await;
        assert_eq!(shown(&ann).await.json()["token"], own.as_str());
    }

    async fn a_second_factor_is_of_its_user_only(app) {
        let (ann, eve) = (sign_up(&app, "ann@example.org").await, sign_up(&app, "eve@example.org").await);
        for person in [&ann, &eve] {
            let user = format!("/admin/users/{}", person.id(&app).await);
            assert_eq!(app.admin("PATCH", &user, &json!({"role": "admin"})).await.status, 200);
        }
        Device::set_up(&app, &ann).await;
        let device = Device::set_up(&app, &eve).await;
        let (ann_id, eve_id) = (ann.id(&app).await, eve.id(&app).await);
        execute(&app, &format!(
            "UPDATE user_totp SET sealed = (SELECT e.sealed FROM user_totp AS e WHERE e.user_id = {eve_id}), \
             step = 0 WHERE user_id = {ann_id}"
        )).await;
        let code = device.next_code(&app);
        refused(&ann.post(&app, "sudo", &json!({"code": code})).await, &[]);
        assert_eq!(eve.post(&app, "sudo", &json!({"code": code})).await.status, 200);
    }
}
