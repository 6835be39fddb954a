//! Postgres over the driver that diesel-async brings: the one place where connections to it are
//! opened, encrypted as `sslmode` says.

mod url;

use std::sync::Arc;
use std::time::Duration;

use diesel::sql_types::Bool;
use diesel::{ConnectionError, ConnectionResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use self::url::{Mode, Target};
use super::DatabaseError;
use crate::plaintext::{NotHere, Plaintext, is_local, local_addresses, shown};
use crate::tls;

/// A host that swallows packets must not hold a caller for the kernel's two minutes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sorting the ids of 100,000 keys takes 8 MB; with less the server sorts on its disk. It is only
/// taken while something is sorted.
const SETUP: &str = "SET work_mem = '16MB'";

const IS_ENCRYPTED: &str = "SELECT coalesce(\
    (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted";

#[derive(QueryableByName)]
struct IsEncrypted {
    #[diesel(sql_type = Bool)]
    encrypted: bool,
}

/// A server, and how it is reached; clones share it.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    target: Target,
    tls: MakeRustlsConnect,
    plaintext: Plaintext,
}

impl Server {
    /// The server of a URL, whose files are read once.
    ///
    /// # Errors
    /// A parameter is wrong, or a file that it names.
    pub fn new(url: &str, plaintext: Plaintext) -> Result<Self, DatabaseError> {
        let (target, tls) = Target::parse(url)?;
        Ok(Self(Arc::new(Inner { target, tls: MakeRustlsConnect::new(tls), plaintext })))
    }

    /// Opens one connection, ready for use.
    ///
    /// # Errors
    /// [`ConnectionError::InvalidConnectionUrl`] where trying again is of no use: the certificate is
    /// refused, or clear text may not be sent there. Another one where nobody lets us in now.
    pub async fn establish(&self) -> ConnectionResult<AsyncPgConnection> {
        let opening = async {
            let mut conn = self.connect().await?;
            conn.batch_execute(SETUP).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        };
        match tokio::time::timeout(CONNECT_TIMEOUT, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(ConnectionError::BadConnection("no answer in 5 s".to_owned())),
        }
    }

    /// How this connection came about, for the log.
    pub async fn describe(&self, conn: &mut AsyncPgConnection) -> String {
        let asked = diesel::sql_query(IS_ENCRYPTED).get_result::<IsEncrypted>(conn).await;
        let encrypted = asked.is_ok_and(|answer| answer.encrypted);
        let Target { config, mode, .. } = &self.0.target;
        let at = match config.get_hosts() {
            [Host::Tcp(host)] => format!("Postgres at {}", shown(host)),
            [Host::Unix(_)] => return "Postgres is reached by a socket file".to_owned(),
            _ => "Postgres".to_owned(),
        };
        match (encrypted, self.0.target.is_verified(), mode) {
            (true, true, Mode::VerifyFull) => {
                format!("{at} is reached by TLS; its certificate and name are verified")
            }
            (true, true, _) => {
                format!("{at} is reached by TLS; its certificate is verified, its name is not")
            }
            (true, false, _) => {
                format!("{at} is reached by TLS; its certificate is not verified (sslmode)")
            }
            (false, ..) => format!("{at} is reached in clear text"),
        }
    }

    /// Tries what the mode allows, in libpq's order.
    async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        match self.0.target.mode {
            Mode::Disable => self.open(&self.for_clear_text().await?, SslMode::Disable).await,
            Mode::Allow => match self.for_clear_text().await {
                Ok(config) => self.allow(&config).await,
                Err(refused) => self.encrypted_or(refused).await,
            },
            Mode::Prefer => match self.for_clear_text().await {
                Ok(config) => self.prefer(&config).await,
                Err(refused) => self.encrypted_or(refused).await,
            },
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => self.encrypted().await,
        }
    }

    async fn encrypted(&self) -> ConnectionResult<AsyncPgConnection> {
        self.open(&self.0.target.config, SslMode::Require).await
    }

    /// By TLS, since clear text was refused.
    async fn encrypted_or(&self, refused: ConnectionError) -> ConnectionResult<AsyncPgConnection> {
        match self.encrypted().await {
            Err(error) if lacks_tls(&error) => Err(refused),
            opened => opened,
        }
    }

    /// In clear text, and by TLS where the server lets nobody in without.
    async fn allow(&self, config: &Config) -> ConnectionResult<AsyncPgConnection> {
        match self.open(config, SslMode::Disable).await {
            Err(ConnectionError::BadConnection(_)) => self.encrypted().await,
            opened => opened,
        }
    }

    /// By TLS, in clear text where the server has none, and once more in clear text where it lets
    /// nobody in by TLS. Not where certificates are checked: a refused one is no reason for less, and
    /// another address's failure may hide it.
    async fn prefer(&self, config: &Config) -> ConnectionResult<AsyncPgConnection> {
        let again = !self.0.target.is_verified();
        match self.open(config, SslMode::Prefer).await {
            Err(ConnectionError::BadConnection(_)) if again => {
                self.open(config, SslMode::Disable).await
            }
            opened => opened,
        }
    }

    async fn open(&self, config: &Config, mode: SslMode) -> ConnectionResult<AsyncPgConnection> {
        let mut config = config.clone();
        let opened = config.ssl_mode(mode).connect(self.0.tls.clone()).await;
        let (client, connection) = opened.map_err(|error| said(&error))?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    }

    /// The configuration for connections that may be in clear text: its hosts have the addresses by
    /// which they were judged.
    async fn for_clear_text(&self) -> ConnectionResult<Config> {
        let config = &self.0.target.config;
        if self.0.plaintext == Plaintext::Anywhere {
            return Ok(config.clone());
        }
        let (hosts, addresses) = (config.get_hosts(), config.get_hostaddrs());
        if !addresses.is_empty() {
            let other = addresses.iter().find(|address| !is_local(**address));
            let other = other.map(|address| NotHere::Elsewhere(shown(&address.to_string())));
            return other.map_or_else(|| Ok(config.clone()), |other| Err(refused(other)));
        }
        if hosts.iter().all(|host| matches!(host, Host::Unix(_))) {
            return Ok(config.clone());
        }
        let mut pinned = url::without_hosts(config);
        for (place, host) in hosts.iter().enumerate() {
            // The driver knows either one port for all hosts or one for each.
            let ports = config.get_ports();
            let port = ports.get(place).or_else(|| ports.first()).copied().unwrap_or(5432);
            let Host::Tcp(host) = host else { return Err(url::mixed()) };
            for address in local_addresses(host, port).await.map_err(refused)? {
                pinned.host(host).hostaddr(address.ip()).port(port);
            }
        }
        Ok(pinned)
    }
}

fn refused(error: NotHere) -> ConnectionError {
    match error {
        NotHere::Elsewhere(_) => ConnectionError::InvalidConnectionUrl(error.to_string()),
        NotHere::Unknown(..) => ConnectionError::BadConnection(error.to_string()),
    }
}

/// What the driver says, with the cause that it leaves to others to tell.
fn said(error: &tokio_postgres::Error) -> ConnectionError {
    if let Some(certificate) = tls::refused_certificate(error) {
        return ConnectionError::InvalidConnectionUrl(format!(
            "the server's certificate is refused: {certificate}"
        ));
    }
    if let Some(said) = error.as_db_error() {
        return ConnectionError::BadConnection(said.message().to_owned());
    }
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    ConnectionError::BadConnection(format!("{error}{}", cause.unwrap_or_default()))
}

fn lacks_tls(error: &ConnectionError) -> bool {
    // The driver has no name for it.
    matches!(error, ConnectionError::BadConnection(text) if text.contains("server does not support TLS"))
}
