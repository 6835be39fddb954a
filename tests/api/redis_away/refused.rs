//! A Redis that is there and refuses: the log has its word for why, and nothing of the address.

use bb8_redis::redis::{Client, cmd};
use url::Url;

use crate::cli::command;
use crate::support::{Home, Program, Store, until};

#[actix_web::test]
async fn the_log_says_why() {
    let home = Home::new(Store::Postgres).await;
    let client = Client::open(home.settings().2).expect("an address");
    let mut redis = client.get_multiplexed_async_connection().await.expect("Redis");
    let user = format!("nobody-{}", home.prefix().trim_end_matches(':'));
    let mut acl = cmd("ACL");
    acl.arg("SETUSER").arg(&user).arg("on").arg(">right-0123456789").arg("-@all");
    acl.arg("+@connection").query_async::<()>(&mut redis).await.expect("a user");

    for (password, word) in [("wrong-0123456789", "WRONGPASS"), ("right-0123456789", "NOPERM")] {
        let mut url = Url::parse(&home.settings().2).expect("a URL");
        url.set_username(&user).expect("a name");
        url.set_password(Some(password)).expect("a password");
        let mut command = command(&home, &[]);
        command.env("REDIS_URL", url.as_str());
        let program = Program::start(command).await;
        until("it does without Redis", async || {
            let guess = program.call("GET", "/admin/stats", "wrong-token-0123", None).await;
            assert!(matches!(guess.status, 401 | 429), "{}", guess.status);
            let health = program.call("GET", "/health", "", None).await.json();
            health["components"]["cache"]["status"] == "degraded"
        })
        .await;
        let printed = program.terminate().await.1;
        for what in ["caches and limits are in memory", "other replicas read the database"] {
            let line = format!("Redis refuses: {word}; {what} meanwhile");
            assert!(printed.contains(&line), "{line}: {printed}");
        }
        assert!(!printed.contains(password) && !printed.contains(&user), "{printed}");
    }
    cmd("ACL").arg("DELUSER").arg(&user).query_async::<()>(&mut redis).await.expect("gone");
}
