//! [`RedisServer`]: the one place where connections to Redis are opened.

use std::path::Path;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, TlsCertificates};

use super::fault::RedisError;
use crate::config;
use crate::plaintext::{NotHere, Plaintext, local_addresses, shown};
use crate::tls;

/// A Redis, and how it is reached; clones are the same.
#[derive(Debug, Clone)]
pub struct RedisServer {
    client: Client,
    plaintext: Plaintext,
}

impl RedisServer {
    /// The Redis of the settings, if they name one.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn configured(settings: &config::Database) -> Result<Option<Self>, RedisError> {
        let Some(url) = &settings.redis_url.0 else { return Ok(None) };
        let authorities = settings.redis_ca_file.0.as_deref().map(Path::new);
        Self::new(url, authorities, settings.plaintext()).map(Some)
    }

    /// The Redis of a URL. The certificate of a `rediss://` must come from the authorities of this
    /// file, or from a public one.
    ///
    /// # Errors
    /// The URL is none of a Redis, wants no verification, or the file is of no use.
    pub fn new(
        url: &str,
        authorities: Option<&Path>,
        plaintext: Plaintext,
    ) -> Result<Self, RedisError> {
        let info = url.into_connection_info().map_err(|_| RedisError::Url)?;
        let client = match info.addr() {
            ConnectionAddr::TcpTls { insecure: true, .. } => return Err(RedisError::Insecure),
            ConnectionAddr::TcpTls { .. } => encrypted(info, authorities)?,
            _ => Client::open(info).map_err(|_| RedisError::Url)?,
        };
        Ok(Self { client, plaintext })
    }

    /// Whether clear text would leave this machine and may not. A name that can't be resolved now is
    /// judged when a connection is opened.
    ///
    /// # Errors
    /// It would.
    pub async fn check(&self) -> Result<(), RedisError> {
        match self.clients().await {
            Err(error @ RedisError::Plaintext(_)) => Err(error),
            _ => Ok(()),
        }
    }

    /// How it is reached, for the log.
    pub fn describe(&self) -> String {
        match self.client.get_connection_info().addr() {
            ConnectionAddr::TcpTls { host, .. } => {
                let host = shown(host);
                format!("Redis at {host} is reached by TLS; its certificate and name are verified")
            }
            ConnectionAddr::Tcp(host, _) => {
                format!("Redis at {} is reached in clear text", shown(host))
            }
            _ => "Redis is reached by a socket file".to_owned(),
        }
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// Nobody answers, lets us in, or shows a good certificate; or it would be in clear text.
    pub async fn connection(&self) -> Result<MultiplexedConnection, RedisError> {
        let mut failed = RedisError::Away;
        for client in self.clients().await? {
            match client.get_multiplexed_async_connection().await {
                Ok(connection) => return Ok(connection),
                Err(error) => failed = error.into(),
            }
        }
        Err(failed)
    }

    /// Opens a connection that hears what is published.
    ///
    /// # Errors
    /// As [`Self::connection`].
    pub async fn pubsub(&self) -> Result<PubSub, RedisError> {
        let mut failed = RedisError::Away;
        for client in self.clients().await? {
            match client.get_async_pubsub().await {
                Ok(connection) => return Ok(connection),
                Err(error) => failed = error.into(),
            }
        }
        Err(failed)
    }

    /// Clients to try, one after the other. Those for clear text have the addresses by which their
    /// host was judged.
    async fn clients(&self) -> Result<Vec<Client>, RedisError> {
        let info = self.client.get_connection_info();
        let (host, port) = match info.addr() {
            ConnectionAddr::Tcp(host, port) if self.plaintext == Plaintext::ThisMachine => {
                (host, *port)
            }
            _ => return Ok(vec![self.client.clone()]),
        };
        let addresses = local_addresses(host, port).await.map_err(|error| match error {
            NotHere::Elsewhere(_) => RedisError::Plaintext(error.to_string()),
            NotHere::Unknown(..) => RedisError::Away,
        })?;
        let pinned = addresses.into_iter().map(|address| {
            let address = ConnectionAddr::Tcp(address.ip().to_string(), address.port());
            Client::open(info.clone().set_addr(address)).map_err(|_| RedisError::Url)
        });
        pinned.collect()
    }
}

fn encrypted(info: ConnectionInfo, authorities: Option<&Path>) -> Result<Client, RedisError> {
    let root_cert = match authorities {
        // The driver takes the file's text, and says less of what is wrong with it.
        Some(path) => {
            let checked = tls::authorities(path).map(drop);
            let read = checked.and_then(|()| tls::pem(path));
            Some(read.map_err(|error| RedisError::Authorities(error.to_string()))?)
        }
        None => None,
    };
    let certificates = TlsCertificates { client_tls: None, root_cert };
    Client::build_with_tls(info, certificates).map_err(|_| RedisError::Url)
}

#[cfg(test)]
mod tests {
    use super::RedisServer;
    use crate::cache::RedisError;
    use crate::plaintext::Plaintext::{Anywhere, ThisMachine};

    #[test]
    fn verification_can_not_be_switched_off() {
        let url = "rediss://user:canary@redis.example.org/#insecure";
        let refused = RedisServer::new(url, None, Anywhere).expect_err("no verification");
        assert_eq!(refused, RedisError::Insecure);
        let told = refused.to_string();
        assert!(told.contains("#insecure") && !told.contains("canary"), "{told}");
    }

    #[actix_web::test]
    async fn clear_text_stays_on_this_machine_unless_the_setting_says_otherwise() {
        for (url, plaintext, allowed) in [
            ("redis://127.0.0.1/", ThisMachine, true),
            ("redis://localhost/", ThisMachine, true),
            ("redis://[::1]/", ThisMachine, true),
            ("unix:///run/redis.sock", ThisMachine, true),
            ("rediss://192.0.2.1/", ThisMachine, true),
            ("redis://:canary@192.0.2.1/", ThisMachine, false),
            ("redis://:canary@192.0.2.1/", Anywhere, true),
        ] {
            let server = RedisServer::new(url, None, plaintext).expect("a good address");
            let checked = server.check().await;
            assert_eq!(checked.is_ok(), allowed, "{url}: {checked:?}");
            if let Err(error) = checked {
                let told = error.to_string();
                assert!(told.contains("ALLOW_PLAINTEXT_STORES"), "{told}");
                assert!(!told.contains("canary"), "{told}");
                let refused = server.connection().await.expect_err("not tried");
                assert_eq!(refused, error);
            }
        }
    }
}
