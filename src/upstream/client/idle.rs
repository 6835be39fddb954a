//! Idle connections, kept for the next request to the same server.

use std::collections::HashMap;
use std::time::Instant;

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper::http::uri::Authority;

use super::connection::Connection;

/// A server: scheme, host and port.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Over TLS.
    pub https: bool,
    authority: Authority,
}

impl Origin {
    /// Server of this URL; `None` when it names none.
    pub fn of(uri: &Uri) -> Option<Self> {
        let https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        Some(Self { https, authority: uri.authority()?.clone() })
    }

    /// Host, with the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// Port.
    pub fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(if self.https { 443 } else { 80 })
    }

    /// Value of the header `Host`.
    fn header(&self) -> HeaderValue {
        let usual = if self.https { 443 } else { 80 };
        let text = match self.port() {
            port if port == usual => self.host().to_owned(),
            port => format!("{}:{port}", self.host()),
        };
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

struct Kept {
    connection: Connection,
    until: Instant,
}

struct Server {
    host: HeaderValue,
    /// The one used last is at the end.
    kept: Vec<Kept>,
}

/// Idle connections of one thread.
#[derive(Default)]
pub struct Idle(HashMap<Origin, Server>);

impl Idle {
    /// Returns the server's `Host` header, and the connection to it that was used last, if one is
    /// still open.
    pub fn take(&mut self, origin: &Origin) -> (HeaderValue, Option<Connection>) {
        let Some(server) = self.0.get_mut(origin) else {
            return (origin.header(), None);
        };
        let now = Instant::now();
        while let Some(Kept { mut connection, until }) = server.kept.pop() {
            if until > now && connection.is_reusable() {
                return (server.host.clone(), Some(connection));
            }
        }
        (server.host.clone(), None)
    }

    /// Keeps a connection until this moment.
    pub fn keep(&mut self, origin: &Origin, connection: Connection, until: Instant) {
        let kept = Kept { connection, until };
        match self.0.get_mut(origin) {
            Some(server) => server.kept.push(kept),
            None => {
                let server = Server { host: origin.header(), kept: vec![kept] };
                self.0.insert(origin.clone(), server);
            }
        }
    }

    /// Closes what has been idle for long enough, and what the server has closed; returns when to
    /// look again.
    pub fn sweep(&mut self, now: Instant) -> Option<Instant> {
        self.0.retain(|_, server| {
            server.kept.retain_mut(|kept| kept.until > now && kept.connection.is_reusable());
            !server.kept.is_empty()
        });
        self.0.values().flat_map(|server| &server.kept).map(|kept| kept.until).min()
    }
}
