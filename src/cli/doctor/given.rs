//! What the settings of the environment say by themselves.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::Finding;
use crate::config::{Config, Secure};
use crate::secrets;

/// Looks at them.
pub fn look(config: &Config) -> Vec<Finding> {
    let faults = secrets::faults(config);
    let mut findings: Vec<Finding> =
        faults.into_iter().map(|fault| Finding::problem("secrets", fault)).collect();
    if findings.is_empty() {
        findings.push(Finding::fine("secrets", "long and random, or made on the first start"));
    }
    findings.extend(proxies(config));
    findings.extend(choices(config));
    findings.extend(data_dir(config));
    findings
}

/// Who stands between people and the service.
fn proxies(config: &Config) -> Vec<Finding> {
    let server = &config.server;
    let (public, trusted) = (&server.public_url, !server.trusted_proxies.is_empty());
    let mut findings = Vec::new();
    match &public.0 {
        None if server.host.is_loopback() && !trusted => {}
        None => findings.push(Finding::todo(
            "PUBLIC_URL",
            "not set: mails carry no links, and the service doesn't know whether people come by TLS",
        )),
        Some(url) if !public.is_https() && !is_local(url) => findings.push(Finding::problem(
            "PUBLIC_URL",
            "http: passwords and tokens go through the network in the clear; put a proxy with TLS \
             in front",
        )),
        Some(_) => findings.push(Finding::fine("PUBLIC_URL", "set")),
    }
    if public.is_https() && !trusted {
        findings.push(Finding::problem(
            "TRUSTED_PROXIES",
            "empty, though PUBLIC_URL is https: if a proxy speaks TLS for the service, all callers \
             have its address, and limits by address count them together",
        ));
    }
    findings
}

fn is_local(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What somebody has decided, with what it costs.
fn choices(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if config.upstream.allow_private_upstreams {
        findings.push(Finding::note(
            "ALLOW_PRIVATE_UPSTREAMS",
            "on: administrators can make the service ask addresses in its own network",
        ));
    }
    if !config.auth.enable_rate_limit {
        findings.push(Finding::note(
            "ENABLE_RATE_LIMIT",
            "off: whoever shows no token may ask as often as they like, unless a setting says otherwise",
        ));
    }
    let clear = matches!(config.mail.email_secure, Secure::None | Secure::IfOffered);
    if config.mail.email_host.0.is_some() && clear {
        findings.push(Finding::note(
            "EMAIL_SECURE",
            "mails, with codes in them, may go to the mail server in the clear",
        ));
    }
    findings
}

fn data_dir(config: &Config) -> Option<Finding> {
    let dir = &config.database.data_dir;
    let open = fs::metadata(dir).is_ok_and(|dir| dir.permissions().mode() & 0o077 != 0);
    let text = || format!("{} is open to other users of this machine (chmod 700)", dir.display());
    open.then(|| Finding::todo("DATA_DIR", text()))
}
