//! Handing mails to an SMTP server.
//!
//! lettre's own pool of connections isn't used: it has no limit on how long a command may take, and
//! puts a connection back that was left in the middle of one. Here a sender keeps its connection
//! while it has something to send, and drops it as soon as anything goes wrong.

use std::time::Duration;

use anyhow::Context;
use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::Failure;
use crate::config::{Mail, Secure};

/// How long a goodbye may take.
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);

/// A mail server and how to reach it.
pub struct Smtp {
    host: String,
    port: u16,
    secure: Secure,
    tls: TlsParameters,
    credentials: Option<Credentials>,
    hello: ClientId,
    timeout: Duration,
}

/// A connection that is open, or none yet.
#[derive(Default)]
pub struct Open(Option<AsyncSmtpConnection>);

impl Smtp {
    /// The server of the settings. `domain` is the sender's: the name that it is greeted with, since
    /// servers want a full one and a container's own is none.
    pub fn new(host: &str, config: &Mail, domain: &str) -> anyhow::Result<Self> {
        let mut tls = TlsParameters::builder(host.to_owned())
            .certificate_store(CertificateStore::WebpkiRoots);
        if let Some(path) = &config.email_ca_file.0 {
            for authority in authorities(path).context("EMAIL_CA_FILE")? {
                tls = tls.add_root_certificate(authority);
            }
        }
        let tls = tls.build_rustls().context("EMAIL_HOST, EMAIL_CA_FILE: no TLS can be set up")?;
        let (user, pass) = (&config.email_auth_user.0, &config.email_auth_pass.0);
        let credentials =
            user.clone().zip(pass.clone()).map(|(user, pass)| Credentials::new(user, pass));
        Ok(Self {
            host: host.to_owned(),
            port: config.port(),
            secure: config.email_secure,
            tls,
            credentials,
            hello: ClientId::Domain(domain.to_owned()),
            timeout: config.timeout(),
        })
    }

    /// Hands a mail over, by this connection or a new one.
    pub async fn send(&self, open: &mut Open, mail: &Message) -> Result<(), Failure> {
        let taken = open.0.take();
        let sending = async {
            let mut connection = match taken {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            connection.send(mail.envelope(), &mail.formatted()).await?;
            Ok::<_, Error>(connection)
        };
        // What takes too long is dropped together with its connection.
        let sent = tokio::time::timeout(self.timeout, sending).await;
        open.0 = Some(sent.map_err(|_| Failure::TooSlow)??);
        Ok(())
    }

    /// Connects, signs in where there is a password, and says goodbye.
    pub async fn knock(&self) -> Result<(), Failure> {
        let connected = tokio::time::timeout(self.timeout, self.connect()).await;
        Open(Some(connected.map_err(|_| Failure::TooSlow)??)).close().await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let at_once = (self.secure == Secure::Tls).then(|| self.tls.clone());
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, at_once, None).await?;
        let upgrade = match self.secure {
            Secure::Starttls => true,
            Secure::IfOffered => connection.can_starttls(),
            Secure::Tls | Secure::None => false,
        };
        if upgrade {
            connection.starttls(self.tls.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(connection)
    }
}

impl Open {
    /// Says goodbye.
    pub async fn close(self) {
        if let Some(mut connection) = self.0 {
            let _ = tokio::time::timeout(QUIT_TIMEOUT, connection.abort()).await;
        }
    }
}

fn authorities(path: &str) -> anyhow::Result<Vec<Certificate>> {
    let pem = std::fs::read(path).with_context(|| format!("{path} can't be read"))?;
    let found = CertificateDer::pem_slice_iter(&pem).map(|found| found.map(|der| der.to_vec()));
    let found: Vec<_> =
        found.collect::<Result<_, _>>().with_context(|| format!("{path} is no PEM file"))?;
    anyhow::ensure!(!found.is_empty(), "{path} holds no certificate");
    let made = found.into_iter().map(Certificate::from_der).collect::<Result<_, _>>();
    made.with_context(|| format!("{path} holds a certificate that can't be read"))
}
