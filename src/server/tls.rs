//! [`Certificate`]: what the first listener shows of itself by TLS. Its files are read again when they
//! change.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use crate::config;
use crate::tls;

/// Between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// HTTP/2 is not offered: how clients that leave or don't read are noticed, and how many requests one
/// connection has under way, is known of HTTP/1.1 only.
const PROTOCOL: &[u8] = b"http/1.1";

/// A certificate, its key, and their files.
pub struct Certificate {
    files: (PathBuf, PathBuf),
    shown: Arc<Shown>,
    /// Digest of what the files held when the shown certificate was made of it.
    digest: [u8; 32],
    /// Why the files are of no use now, and whether that was told.
    fault: Option<(String, bool)>,
}

/// What new connections are shown.
#[derive(Debug)]
struct Shown(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Certificate {
    /// The certificate of the settings; `None` where the listener speaks no TLS.
    ///
    /// # Errors
    /// One setting lacks the other, or a file is of no use.
    pub fn load(config: &config::Server) -> anyhow::Result<Option<Self>> {
        let Some(files) = config.tls_files()? else { return Ok(None) };
        let pem = read(&files).context("TLS_CERT, TLS_KEY")?;
        let shown = Arc::new(Shown(ArcSwap::from_pointee(pem.parse()?)));
        Ok(Some(Self { files, shown, digest: pem.digest(), fault: None }))
    }

    /// What accepts connections with it.
    pub fn acceptor(&self) -> anyhow::Result<TlsAcceptor> {
        let builder = ServerConfig::builder_with_provider(tls::provider());
        let mut config = builder
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.shown.clone());
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Looks at the files until it is stopped.
    pub async fn keep_up(mut self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            self.look();
        }
    }

    fn look(&mut self) {
        let found = read(&self.files);
        let taken = found.and_then(|pem| {
            let digest = pem.digest();
            let new = if digest == self.digest { None } else { Some(pem.parse()?) };
            Ok((digest, new))
        });
        match taken {
            Ok((digest, Some(new))) => {
                self.shown.0.store(Arc::new(new));
                (self.digest, self.fault) = (digest, None);
                log::info!("the changed certificate of TLS_CERT is shown from now on");
            }
            Ok((_, None)) => self.fault = None,
            Err(error) => self.failed(format!("{error:#}")),
        }
    }

    /// Tells what is wrong at the second look: between two renames the files don't belong together.
    fn failed(&mut self, why: String) {
        match &mut self.fault {
            Some((before, told)) if *before == why => {
                if !std::mem::replace(told, true) {
                    log::error!("TLS_CERT, TLS_KEY: the certificate is kept as it was: {why}");
                }
            }
            fault => *fault = Some((why, false)),
        }
    }
}

/// What the files hold.
struct Pem {
    chain: Vec<u8>,
    key: Vec<u8>,
}

fn read((chain, key): &(PathBuf, PathBuf)) -> anyhow::Result<Pem> {
    Ok(Pem { chain: tls::pem(chain)?, key: tls::pem(key)? })
}

impl Pem {
    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.chain.len().to_le_bytes());
        hash.update(&self.chain);
        hash.update(&self.key);
        hash.finalize().into()
    }

    fn parse(&self) -> anyhow::Result<CertifiedKey> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.chain).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.context("TLS_CERT has no certificate in PEM form that can be read")?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).ok();
        let key = key.context("TLS_KEY has no private key in PEM form, without a password")?;
        let both = CertifiedKey::from_der(chain, key, &tls::provider());
        both.context("TLS_CERT and TLS_KEY don't belong together, or are of an unknown kind")
    }
}
