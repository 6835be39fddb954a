//! Certificates and keys in files (PEM), and the system's authorities.

use std::fs;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Who a connection says it is: the chain, its own certificate first, and the key.
#[derive(Debug)]
pub struct Identity {
    /// Its own certificate, then those that lead to an authority.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key of the first one.
    pub key: PrivateKeyDer<'static>,
}

/// Why a file is of no use. Never holds what is in it.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not there, or not for us.
    #[error("{0} can't be read: {1}")]
    Read(PathBuf, std::io::Error),
    /// It has none, or a broken one.
    #[error("{0} has no certificate in PEM form that can be read")]
    Certificate(PathBuf),
    /// It has none, or a broken one.
    #[error("{0} has no private key in PEM form that can be read, without a password")]
    Key(PathBuf),
    /// The system has none.
    #[error("this system has no certificates of authorities")]
    System,
}

/// The authorities of a file.
///
/// # Errors
/// The file has none, or a broken one.
pub fn authorities(path: &Path) -> Result<RootCertStore, FileError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|_| FileError::Certificate(path.to_owned()))?;
    }
    Ok(roots)
}

/// The authorities that the system trusts, of its own files or those that `SSL_CERT_FILE` and
/// `SSL_CERT_DIR` name.
///
/// # Errors
/// There are none.
pub fn system_authorities() -> Result<RootCertStore, FileError> {
    let mut roots = RootCertStore::empty();
    // Some systems carry a few that nobody can read.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(FileError::System) } else { Ok(roots) }
}

/// The certificates of one file and the key of another one.
///
/// # Errors
/// One of them is missing or broken.
pub fn identity(chain: &Path, key: &Path) -> Result<Identity, FileError> {
    let chain = certificates(chain)?;
    let found = PrivateKeyDer::from_pem_slice(&pem(key)?);
    Ok(Identity { chain, key: found.map_err(|_| FileError::Key(key.to_owned()))? })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, FileError> {
    let pem = pem(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.ok().filter(|found| !found.is_empty());
    found.ok_or_else(|| FileError::Certificate(path.to_owned()))
}

/// What is in a file.
///
/// # Errors
/// It can't be read.
pub fn pem(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(|error| FileError::Read(path.to_owned(), error))
}
