//! What the stores hold, and whether they and the mail server answer.

use std::path::Path;
use std::sync::Arc;

use super::Finding;
use crate::cache::{Cache, RedisServer};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Conn, Database};
use crate::mail::Mailer;
use crate::models::key_list::KeyFilter;
use crate::models::setting::SettingRow;
use crate::models::upstream_key::UpstreamKey;
use crate::models::user::User;
use crate::models::user_totp::UserTotp;
use crate::settings::{Registration, Settings, Values};

/// Looks at them.
pub async fn look(config: &Config) -> Vec<Finding> {
    let mut findings = redis(config).await;
    let mut closed = false;
    match database(config).await {
        Ok(database) => match rows(config, &database).await {
            Ok((values, found)) => {
                closed = values.registration == Registration::Closed;
                findings.push(Finding::fine("database", "answers, and its schema is up to date"));
                findings.extend(found);
            }
            Err(error) => findings.push(Finding::problem("database", format!("{error:#}"))),
        },
        Err(finding) => findings.push(finding),
    }
    findings.extend(mail(config, closed).await);
    findings
}

/// The database, if there is one and it is as this version wants it.
async fn database(config: &Config) -> Result<Database, Finding> {
    let url = config.database.url();
    if let Some(file) = url.strip_prefix("sqlite://")
        && !Path::new(file).exists()
    {
        let words = "not there yet: the first start of the service makes it";
        return Err(Finding::todo("database", words));
    }
    let fault = |error| Finding::problem("database", format!("DATABASE_URL: {error}"));
    let pending = Database::pending(&url, config.database.plaintext()).await.map_err(fault)?;
    if !pending.is_empty() {
        let words = format!("of an older version, without {}: `db migrate`", pending.join(", "));
        return Err(Finding::problem("database", words));
    }
    Database::open(&url, config.database.plaintext(), 1).await.map_err(fault)
}

/// What is in it.
async fn rows(config: &Config, database: &Database) -> anyhow::Result<(Arc<Values>, Vec<Finding>)> {
    let mut conn = database.get().await?;
    let rows = SettingRow::all(&mut conn).await?;
    let settings = Settings::new(Arc::new(config.clone()));
    settings.change(&SettingRow::texts(&rows));
    let values = settings.now();
    let decided = rows.iter().any(|row| row.name == "registration");
    let mut findings = vec![sign_up(&values, decided)];
    findings.extend(limits(&values));
    findings.push(administrators(&mut conn, &values).await?);
    let now = Clock::default().now().naive();
    findings.push(match UpstreamKey::count(&mut conn, &KeyFilter::default(), now).await? {
        0 => Finding::todo("upstream keys", "none: no request can be answered; `import` adds some"),
        count => Finding::fine("upstream keys", format!("{count}")),
    });
    Ok((values, findings))
}

fn sign_up(values: &Values, decided: bool) -> Finding {
    let way = match values.registration {
        Registration::Open => "open: anybody with an e-mail address may sign up",
        Registration::Approval => "approval: administrators let people in",
        Registration::Invitation => "invitation: whoever has one may sign up",
        Registration::Closed => "closed: nobody may sign up",
    };
    if decided {
        return Finding::fine("registration", way);
    }
    let words = format!(
        "{way}, since nobody has chosen otherwise: set `registration` to open, approval, invitation \
         or closed"
    );
    Finding::todo("registration", words)
}

fn limits(values: &Values) -> Option<Finding> {
    let words = "open, and new users' keys have no limits: anybody may use your keys as much as they \
                 like";
    values.is_open_and_unlimited().then(|| Finding::problem("registration", words))
}

async fn administrators(conn: &mut Conn<'_>, values: &Values) -> anyhow::Result<Finding> {
    let all = User::administrators(conn).await?;
    let mut without = 0;
    for one in &all {
        let factor = UserTotp::get(conn, one.id).await?;
        without += usize::from(!factor.is_some_and(|factor| factor.confirmed));
    }
    Ok(match (without, values.require_admin_totp) {
        (0, _) => Finding::fine("administrators", "all accounts have a second factor"),
        (_, true) => {
            let words = format!("{without} of {} must set up a second factor first", all.len());
            Finding::note("administrators", words)
        }
        (_, false) => {
            let words = format!(
                "{without} of {} have no second factor; `require_admin_totp` asks it of all",
                all.len()
            );
            Finding::todo("administrators", words)
        }
    })
}

async fn redis(config: &Config) -> Vec<Finding> {
    let server = match RedisServer::configured(&config.database) {
        Ok(Some(server)) => server,
        Ok(None) => return Vec::new(),
        Err(error) => return vec![Finding::problem("redis", format!("REDIS_URL: {error}"))],
    };
    if let Err(error) = server.check().await {
        return vec![Finding::problem("redis", format!("REDIS_URL: {error}"))];
    }
    let cache = Cache::open(Some(server), &config.database.redis_prefix);
    // Nothing is kept under this name; asking for it shows whether anybody answers.
    cache.get("doctor").await;
    vec![match cache.is_degraded() {
        true => Finding::problem("redis", "REDIS_URL: nobody answers"),
        false => Finding::fine("redis", "answers"),
    }]
}

async fn mail(config: &Config, closed: bool) -> Option<Finding> {
    if config.mail.email_host.0.is_none() {
        let words = "EMAIL_HOST is not set: codes become files in DATA_DIR/outbox, so nobody can sign \
                     up or reset a password by themselves";
        return (!closed).then(|| Finding::todo("mail", words));
    }
    let mailer = match Mailer::new(config) {
        Ok(mailer) => mailer,
        Err(error) => return Some(Finding::problem("mail", format!("{error:#}"))),
    };
    Some(match mailer.knock().await {
        Ok(()) => Finding::fine("mail", "the mail server lets the service in"),
        Err(failure) => Finding::problem("mail", format!("EMAIL_HOST: {failure}")),
    })
}
