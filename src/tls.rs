//! TLS by rustls towards stores, and the files that it takes.

mod files;
mod trust;

use std::error::Error;
use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;

pub use self::files::{FileError, Identity, authorities, identity, pem, system_authorities};
use self::trust::Nameless;
pub use self::trust::Trust;

/// The cryptography of every connection.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Configuration of a client that believes `trust`, and shows who it is where it has a certificate.
///
/// # Errors
/// The key and the certificate don't belong together.
pub fn client(trust: Trust, identity: Option<Identity>) -> Result<ClientConfig, rustls::Error> {
    let provider = provider();
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    let builder = match trust {
        Trust::Host(roots) => builder.with_root_certificates(roots),
        Trust::Authority(roots) => builder
            .dangerous()
            .with_custom_certificate_verifier(Nameless::new(Some(roots), &provider)),
        Trust::Anybody => {
            builder.dangerous().with_custom_certificate_verifier(Nameless::new(None, &provider))
        }
    };
    match identity {
        Some(Identity { chain, key }) => builder.with_client_auth_cert(chain, key),
        None => Ok(builder.with_no_client_auth()),
    }
}

/// What is wrong with the other side's certificate, where that is what a connection failed with.
pub fn refused_certificate<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        // So the driver of Redis holds its own.
        let shared = error.downcast_ref::<Arc<dyn Error + Send + Sync>>();
        let error = shared.map_or(error, |shared| &**shared as &(dyn Error + 'static));
        // An I/O error hides what it was made of from `source`.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let error = inner.map_or(error, |inner| inner as &(dyn Error + 'static));
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return matches!(tls, rustls::Error::InvalidCertificate(_)).then_some(tls);
        }
        next = error.source();
    }
    None
}
