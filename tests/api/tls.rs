//! TLS: towards Postgres and Redis, which really speak it here, and from clients.

mod listener;
mod postgres;
mod redis;
mod refused;
mod servers;

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

/// An authority, and the files of what it has signed.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    dir: TempDir,
}

impl Authority {
    /// A new one; its own certificate is `ca.pem` in its directory.
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority of tests");
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let this = Self { issuer, dir: tempfile::tempdir().expect("a directory") };
        fs::write(this.file("ca.pem"), pem("CERTIFICATE", this.issuer.der())).expect("a file");
        this
    }

    /// Writes a certificate for this name and its key as `{file}.pem` and `{file}.key`; returns the
    /// certificate's bytes.
    pub fn sign(&self, file: &str, name: &str) -> Vec<u8> {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let private = pem("PRIVATE KEY", &key.serialize_der());
        fs::write(self.file(&format!("{file}.key")), private).expect("a file");
        let public = pem("CERTIFICATE", certificate.der());
        fs::write(self.file(&format!("{file}.pem")), public).expect("a file");
        certificate.der().to_vec()
    }

    /// The directory of its files.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// One of its files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// The path of one of its files, as settings have it.
    pub fn path(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("text")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
