//! The operator's settings, from the environment (and `.env`), each also a flag of the same name.
//!
//! One struct a concern. A bad value stops the start and names its variable. Secrets are of a type
//! that prints as redacted.

mod auth;
mod database;
mod mail;
mod pool;
mod server;
mod text;
mod turnstile;
mod upstream;

use clap::Args;

pub use self::auth::Auth;
pub use self::database::Database;
pub use self::mail::{Mail, Secure};
pub use self::pool::Pool;
pub use self::server::Server;
pub use self::text::{Hostnames, ListenAddress, Optional, PublicUrl, TrustedProxies, WebAddress};
pub use self::turnstile::Turnstile;
pub use self::upstream::Upstream;

/// Everything that can be set.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Where and how to listen.
    #[command(flatten)]
    pub server: Server,
    /// Where state lives.
    #[command(flatten)]
    pub database: Database,
    /// Secrets and limits.
    #[command(flatten)]
    pub auth: Auth,
    /// How mail is sent.
    #[command(flatten)]
    pub mail: Mail,
    /// The rules of the pool, and its background work.
    #[command(flatten)]
    pub pool: Pool,
    /// How upstreams are called.
    #[command(flatten)]
    pub upstream: Upstream,
    /// The challenge before accounts are made and used.
    #[command(flatten)]
    pub turnstile: Turnstile,
}
