//! `DATABASE_URL` of Postgres with libpq's parameters of TLS, which the driver doesn't know.
//!
//! They mean what PostgreSQL's documentation says of them (34.1.2, 34.19), but for three things,
//! each to the safe side: no file is looked for in the home directory, a file that is named must be
//! readable, and a certificate that is refused is never answered with clear text.

use std::path::PathBuf;

use diesel::ConnectionError;
use percent_encoding::percent_decode_str;
use rustls::ClientConfig;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::db::DatabaseError;
use crate::tls::{self, Identity, Trust};

const MODES: &str =
    "`sslmode` must be one of disable, allow, prefer, require, verify-ca, verify-full";

/// How much TLS there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// None.
    Disable,
    /// Where clear text isn't let in.
    Allow,
    /// Where the server has it.
    Prefer,
    /// By all means.
    Require,
    /// By all means, and with a certificate of the authorities.
    VerifyCa,
    /// The same, and for the host that is asked.
    VerifyFull,
}

/// What a URL says.
#[derive(Debug)]
pub struct Target {
    /// For the driver.
    pub config: Config,
    /// How much TLS there must be.
    pub mode: Mode,
    has_authorities: bool,
}

#[derive(Default)]
struct Parameters {
    mode: Option<String>,
    root: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

impl Target {
    /// Reads the URL, and the files that it names.
    ///
    /// # Errors
    /// A parameter is wrong, or a file that it names. None of it is shown but the parameter's name.
    pub fn parse(url: &str) -> Result<(Self, ClientConfig), DatabaseError> {
        let (url, parameters) = Parameters::take_from(url)?;
        let config: Config = url.parse().map_err(|error| wrong(&driver_says(&error)))?;
        let hosts = config.get_hosts();
        let sockets = hosts.iter().filter(|host| matches!(host, Host::Unix(_))).count();
        let mode = match parameters.mode()? {
            // libpq ignores the mode for socket files.
            _ if sockets > 0 && sockets == hosts.len() => Mode::Disable,
            mode => mode,
        };
        let has_authorities = parameters.root.is_some() && mode != Mode::Disable;
        let target = Self { config, mode, has_authorities };
        let tls = tls::client(parameters.trust(mode)?, parameters.identity()?);
        let tls = tls.map_err(|_| wrong("`sslcert` and `sslkey` don't belong together"))?;
        Ok((target, tls))
    }

    /// Whether the server's certificate is checked.
    pub fn is_verified(&self) -> bool {
        self.has_authorities
    }
}

impl Parameters {
    /// Takes them out of the URL, which is taken apart as the driver does it.
    fn take_from(url: &str) -> Result<(String, Self), DatabaseError> {
        let mut found = Self::default();
        let (user, rest) = url.split_once('@').map_or(("", url), |(user, rest)| (user, rest));
        let Some((place, pairs)) = rest.split_once('?') else {
            return Ok((url.to_owned(), found));
        };
        let at = if user.is_empty() { "" } else { "@" };
        let mut others = Vec::new();
        for pair in pairs.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let field = match percent_decode_str(name).decode_utf8_lossy().as_ref() {
                "sslmode" => &mut found.mode,
                "sslrootcert" => &mut found.root,
                "sslcert" => &mut found.certificate,
                "sslkey" => &mut found.key,
                _ => {
                    others.push(pair);
                    continue;
                }
            };
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| wrong(&format!("`{name}` is not UTF-8")))?;
            // As libpq has it: empty is not set, and the last one counts.
            *field = Some(value.into_owned()).filter(|value| !value.is_empty());
        }
        let mark = if others.is_empty() { "" } else { "?" };
        Ok((format!("{user}{at}{place}{mark}{}", others.join("&")), found))
    }

    fn is_system(&self) -> bool {
        self.root.as_deref() == Some("system")
    }

    fn mode(&self) -> Result<Mode, DatabaseError> {
        let mode = match self.mode.as_deref() {
            Some("disable") => Mode::Disable,
            Some("allow") => Mode::Allow,
            Some("prefer") => Mode::Prefer,
            Some("require") => Mode::Require,
            Some("verify-ca") => Mode::VerifyCa,
            Some("verify-full") => Mode::VerifyFull,
            Some(_) => return Err(wrong(MODES)),
            None if self.is_system() => Mode::VerifyFull,
            None => Mode::Prefer,
        };
        // Anybody gets a certificate of a public authority, for some name.
        if self.is_system() && mode != Mode::VerifyFull {
            return Err(wrong("with `sslrootcert=system` `sslmode` must be verify-full"));
        }
        Ok(mode)
    }

    fn trust(&self, mode: Mode) -> Result<Trust, DatabaseError> {
        let roots = match &self.root {
            _ if mode == Mode::Disable => return Ok(Trust::Anybody),
            None if matches!(mode, Mode::VerifyCa | Mode::VerifyFull) => {
                return Err(wrong(
                    "with `sslmode=verify-ca` and `sslmode=verify-full` `sslrootcert` must name a \
                     file of authorities, or be `system`",
                ));
            }
            None => return Ok(Trust::Anybody),
            Some(_) if self.is_system() => tls::system_authorities(),
            Some(path) => tls::authorities(&PathBuf::from(path)),
        };
        let roots = roots.map_err(|error| wrong(&format!("`sslrootcert`: {error}")))?;
        Ok(if mode == Mode::VerifyFull { Trust::Host(roots) } else { Trust::Authority(roots) })
    }

    fn identity(&self) -> Result<Option<Identity>, DatabaseError> {
        let (certificate, key) = match (&self.certificate, &self.key) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (PathBuf::from(certificate), PathBuf::from(key)),
            _ => return Err(wrong("`sslcert` and `sslkey` must be given both")),
        };
        let identity = tls::identity(&certificate, &key);
        identity.map(Some).map_err(|error| wrong(&format!("`sslcert`, `sslkey`: {error}")))
    }
}

/// The same without hosts and ports.
pub fn without_hosts(config: &Config) -> Config {
    let mut bare = Config::new();
    config.get_user().map(|user| bare.user(user));
    config.get_password().map(|password| bare.password(password));
    config.get_dbname().map(|name| bare.dbname(name));
    config.get_options().map(|options| bare.options(options));
    config.get_application_name().map(|name| bare.application_name(name));
    config.get_connect_timeout().map(|timeout| bare.connect_timeout(*timeout));
    config.get_tcp_user_timeout().map(|timeout| bare.tcp_user_timeout(*timeout));
    config.get_keepalives_interval().map(|interval| bare.keepalives_interval(interval));
    config.get_keepalives_retries().map(|retries| bare.keepalives_retries(retries));
    bare.keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle())
        .ssl_negotiation(config.get_ssl_negotiation())
        .target_session_attrs(config.get_target_session_attrs())
        .channel_binding(config.get_channel_binding())
        .load_balance_hosts(config.get_load_balance_hosts());
    bare
}

/// Socket files and hosts in one URL.
pub fn mixed() -> ConnectionError {
    let words = "socket files and hosts can't be mixed in one URL";
    ConnectionError::InvalidConnectionUrl(words.to_owned())
}

fn wrong(words: &str) -> DatabaseError {
    DatabaseError::Url(words.to_owned())
}

fn driver_says(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{Mode, Target, without_hosts};

    fn parse(url: &str) -> Result<Target, String> {
        Target::parse(url).map(|(target, _)| target).map_err(|error| error.to_string())
    }

    #[test]
    fn modes() {
        for (url, expected) in [
            ("postgres://u@h/d", Mode::Prefer),
            ("postgres://u@h/d?sslmode=", Mode::Prefer),
            ("postgresql://h?sslmode=require", Mode::Require),
            ("postgres://u:p%3F@h/d?application_name=a&sslmode=allow", Mode::Allow),
            ("postgres://u:p?sslmode=require@h/d", Mode::Prefer),
            ("postgres://u@h/d?ssl%6Dode=disable", Mode::Disable),
            ("postgres://u@h/d?sslmode=disable&sslmode=require", Mode::Require),
            // libpq ignores it for socket files.
            ("postgres://u@%2Frun%2Fpostgresql/d?sslmode=require", Mode::Disable),
            ("postgres://u@/d?host=/run/postgresql&sslmode=require", Mode::Disable),
        ] {
            assert_eq!(parse(url).map(|target| target.mode), Ok(expected), "{url}");
        }
        for mode in ["sometimes", "Require", "require ", "true"] {
            let told = parse(&format!("postgres://u:canary@h/d?sslmode={mode}")).expect_err(mode);
            assert!(told.contains("`sslmode`") && !told.contains("canary"), "{told}");
        }
    }

    #[test]
    fn other_parameters_are_the_drivers() {
        let url = "postgres://u:p@a:1,b:2/d?sslmode=disable&options=-c%20x%3Dy&connect_timeout=3";
        let config = parse(url).expect("a good URL").config;
        assert_eq!(config.get_options(), Some("-c x=y"));
        assert_eq!(config.get_connect_timeout().map(std::time::Duration::as_secs), Some(3));
        assert_eq!(config.get_ports(), [1, 2]);
        let mut again = without_hosts(&config);
        assert!(again.get_hosts().is_empty() && again.get_ports().is_empty());
        again.host("a").port(1).host("b").port(2);
        assert_eq!(again, config, "nothing else is lost");
        let told = parse("postgres://u@h/d?sslcrl=x").map(drop).expect_err("the driver has none");
        assert!(told.contains("`sslcrl`"), "{told}");
    }
}
