//! `sslmode` and its companions, as PostgreSQL's documentation describes them.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Nullable, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use ollama_api_pool::db::{self, Conn, Database};
use ollama_api_pool::plaintext::Plaintext::{self, Anywhere, ThisMachine};

use super::servers::Servers;
use crate::support::{ADMIN_TOKEN, AUTH_SECRET, ENCRYPTION_KEY, Home, Program, program, run};

const ASK: &str = "SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// Connections of one program, as Postgres sees them.
const ASK_OF: &str = "SELECT ssl, client_dn FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
    WHERE application_name = 'over-tls'";

#[derive(QueryableByName)]
struct Seen {
    #[diesel(sql_type = Bool)]
    ssl: bool,
    #[diesel(sql_type = Nullable<Text>)]
    client_dn: Option<String>,
}

/// How a connection to this URL came about, or why not.
async fn connect(url: &str, plaintext: Plaintext) -> Result<Seen, String> {
    let mut conn = db::connect(url, plaintext).await.map_err(|error| error.to_string())?;
    Ok(diesel::sql_query(ASK).get_result(&mut conn).await.expect("Postgres sees us"))
}

#[actix_web::test]
async fn each_mode_means_what_it_means_to_libpq() {
    const CLEAR: Result<bool, &str> = Ok(false);
    const TLS: Result<bool, &str> = Ok(true);
    const REFUSED: Result<bool, &str> = Err("certificate is refused");
    let servers = Servers::start().await;
    let (ours, others) = (servers.authority.path("ca.pem"), servers.stranger.path("ca.pem"));
    let with = |mode: &str, root: &str| format!("sslmode={mode}&sslrootcert={root}");
    for (host, parameters, expected) in [
        ("localhost", String::new(), TLS),
        ("localhost", "sslmode=disable".to_owned(), CLEAR),
        ("localhost", "sslmode=allow".to_owned(), CLEAR),
        ("localhost", "sslmode=prefer".to_owned(), TLS),
        ("localhost", "sslmode=require".to_owned(), TLS),
        ("127.0.0.1", "sslmode=require".to_owned(), TLS),
        // With authorities it is as `verify-ca`.
        ("127.0.0.1", with("require", &ours), TLS),
        ("localhost", with("require", &others), REFUSED),
        ("localhost", with("prefer", &others), REFUSED),
        ("localhost", with("verify-ca", &ours), TLS),
        ("127.0.0.1", with("verify-ca", &ours), TLS),
        ("localhost", with("verify-ca", &others), REFUSED),
        ("localhost", with("verify-full", &ours), TLS),
        ("127.0.0.1", with("verify-full", &ours), REFUSED),
        ("localhost", with("verify-full", &others), REFUSED),
        ("localhost", "sslmode=verify-full".to_owned(), Err("sslrootcert")),
        ("localhost", "sslmode=verify-ca".to_owned(), Err("sslrootcert")),
        ("localhost", with("require", "system"), Err("verify-full")),
        ("localhost", with("verify-full", "/nowhere/ca.pem"), Err("/nowhere/ca.pem")),
        ("localhost", "sslmode=sometimes".to_owned(), Err("`sslmode` must be one of")),
        ("localhost", "sslmode=require&sslcert=/c.pem".to_owned(), Err("`sslkey`")),
    ] {
        let seen = connect(&servers.postgres(host, &parameters), ThisMachine).await;
        let seen = seen.map(|seen| seen.ssl);
        match (&seen, expected) {
            (Ok(seen), Ok(expected)) if *seen == expected => {}
            (Err(told), Err(expected)) if told.contains(expected) => {}
            _ => panic!("{host} {parameters}: {seen:?}, not {expected:?}"),
        }
    }
    // 0.0.0.0 leads here, and is no address of this machine's own: another host, as it were.
    let elsewhere = servers.postgres("0.0.0.0", "");
    assert!(connect(&elsewhere, ThisMachine).await.expect("by TLS").ssl);
    let elsewhere = servers.postgres("0.0.0.0", "sslmode=allow");
    assert!(connect(&elsewhere, ThisMachine).await.expect("by TLS").ssl);
    assert!(!connect(&elsewhere, Anywhere).await.expect("in clear text").ssl);

    let (chain, key) = (servers.authority.path("client.pem"), servers.authority.path("client.key"));
    let shown = format!("{}&sslcert={chain}&sslkey={key}", with("verify-full", &ours));
    let seen = connect(&servers.postgres("localhost", &shown), ThisMachine).await;
    let name = seen.expect("it is let in").client_dn.expect("a client's certificate");
    assert!(name.contains("CN=pool"), "{name}");
}

#[actix_web::test]
async fn the_systems_authorities_are_believed_where_they_are_named() {
    let servers = Servers::start().await;
    let url = servers.postgres("localhost", "sslrootcert=system");
    let migrate = async |trusted: &super::Authority| {
        let home = tempfile::tempdir().expect("a directory");
        let mut command = program(home.path());
        command.env("DATABASE_URL", &url).env("SSL_CERT_FILE", trusted.file("ca.pem"));
        command.args(["db", "migrate"]);
        run(command).await
    };
    let (code, printed) = migrate(&servers.authority).await;
    assert_eq!(code, Some(0), "{printed}");
    let (code, printed) = migrate(&servers.stranger).await;
    assert!(code == Some(1) && printed.contains("certificate is refused"), "{printed}");
}

#[actix_web::test]
async fn every_connection_of_the_program_is_encrypted() {
    let servers = Servers::start().await;
    let verified = format!("sslmode=verify-full&sslrootcert={}", servers.authority.path("ca.pem"));
    let url = servers.postgres("localhost", &format!("{verified}&application_name=over-tls"));
    let home = tempfile::tempdir().expect("a directory");
    let settings = [
        ("DATABASE_URL", url.clone()),
        ("REDIS_URL", servers.redis("localhost")),
        ("REDIS_CA_FILE", servers.authority.path("ca.pem")),
        ("ADMIN_TOKEN", ADMIN_TOKEN.to_owned()),
        ("AUTH_SECRET", AUTH_SECRET.to_owned()),
        ("ENCRYPTION_KEY", ENCRYPTION_KEY.to_owned()),
    ];
    let mut serve = program(home.path());
    serve.envs(settings.clone());
    let program = Program::start(serve).await;
    assert_eq!(program.call("GET", "/admin/stats", ADMIN_TOKEN, None).await.status, 200);
    let health = program.call("GET", "/health", "", None).await.json();
    for part in ["database", "cache"] {
        assert_eq!(health["components"][part]["status"], "ok", "{health}");
    }
    let database = Database::open(&url, ThisMachine, 2).await.expect("the database");
    let mut ours = database.get().await.expect("a connection");
    let Conn::Postgres(pooled) = &mut ours else { panic!("a connection to Postgres") };
    let seen: Vec<Seen> =
        diesel::sql_query(ASK_OF).load(&mut ***pooled).await.expect("Postgres sees them");
    assert!(seen.len() > 1 && seen.iter().all(|one| one.ssl), "{} connections", seen.len());
    drop(ours);

    let mut list = self::program(home.path());
    list.envs(settings).args(["keys", "list"]);
    let (code, printed) = run(list).await;
    assert_eq!(code, Some(0), "{printed}");
    let (_, printed) = program.terminate().await;
    for store in ["Postgres", "Redis"] {
        let told = format!("{store} at `localhost` is reached by TLS; its certificate and name");
        assert!(printed.contains(&told), "{printed}");
    }
}

/// The usual servers of the tests have no certificate.
#[actix_web::test]
async fn clear_text_is_for_this_machine_or_for_whoever_asks_for_it() {
    let address = Home::postgres_address();
    let port = address.rsplit(':').next().expect("a port");
    let url = |host: &str, mode: &str| {
        format!("postgres://pool:canary-word@{host}:{port}/pool?sslmode={mode}")
    };
    for (host, mode, plaintext, allowed) in [
        ("127.0.0.1", "prefer", ThisMachine, true),
        ("localhost", "prefer", ThisMachine, true),
        ("127.0.0.1", "disable", ThisMachine, true),
        ("0.0.0.0", "prefer", ThisMachine, false),
        ("0.0.0.0", "allow", ThisMachine, false),
        ("0.0.0.0", "disable", ThisMachine, false),
        ("0.0.0.0", "prefer", Anywhere, true),
        ("0.0.0.0", "disable", Anywhere, true),
    ] {
        match connect(&url(host, mode), plaintext).await {
            Ok(seen) => assert!(allowed && !seen.ssl, "{host} {mode} {plaintext:?}"),
            Err(told) => {
                assert!(!allowed && told.contains("ALLOW_PLAINTEXT_STORES"), "{mode}: {told}");
                assert!(told.contains("0.0.0.0") && !told.contains("canary-word"), "{told}");
            }
        }
    }
    let told = connect(&url("127.0.0.1", "require"), Anywhere).await.err().expect("no TLS there");
    assert!(told.contains("does not support TLS"), "{told}");
    // The test's own way in, which asks for nothing.
    let plain = AsyncPgConnection::establish(&format!("postgres://pool@{address}/pool")).await;
    plain.expect("it is there");
}
