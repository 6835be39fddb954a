//! Every place where sealed secrets are stored, for those who seal them anew.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::db::Conn;
use crate::db::bulk::{Column, execute};
use crate::db::locks::{KEYS, Rows, TOKENS, hold};
use crate::vault::{Binding, CURRENT};
use crate::with_conn;

/// A table with sealed secrets.
#[derive(Debug, Clone, Copy)]
pub struct SealedTable {
    /// Its name.
    pub name: &'static str,
    /// What a row's secret is sealed for, by its owner and identity.
    pub binding: fn(&str, &str) -> Option<Binding>,
    /// Whether the identity is the fingerprint of the secret.
    pub by_fingerprint: bool,
    /// The owner and the identity of a row.
    bound_to: (&'static str, &'static str),
    /// The text and the number by which a row is found.
    keys: (&'static str, &'static str),
    /// Its rows by that number, if others change several of them at once, too.
    contended: Option<Rows>,
    /// Adds the counts of a row to the one with the same secret, and deletes it.
    merge: Option<[&'static str; 2]>,
    reseal: &'static str,
}

/// A sealed secret and where it is.
#[derive(Debug, Clone, QueryableByName)]
pub struct SealedRow {
    /// The text by which it is found.
    #[diesel(sql_type = Text)]
    pub place: String,
    /// The number by which it is found.
    #[diesel(sql_type = BigInt)]
    pub number: i64,
    /// Whose it is.
    #[diesel(sql_type = Text)]
    pub owner: String,
    /// What tells it from others of that owner.
    #[diesel(sql_type = Text)]
    pub identity: String,
    /// Version, nonce and ciphertext.
    #[diesel(sql_type = Text)]
    pub sealed: String,
    /// Which key opens it.
    #[diesel(sql_type = Text)]
    pub sealed_with: String,
}

/// The same secret sealed anew.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "as in SealedRow")]
pub struct Resealed {
    pub place: String,
    pub number: i64,
    /// How it was sealed: a row that changed meanwhile is left for the next look.
    pub was: String,
    pub sealed: String,
    pub sealed_with: String,
    pub fingerprint: String,
}

/// How many rows there are.
#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

const COLUMNS: [Column; 6] = [
    ("place", "text"),
    ("number", "bigint"),
    ("was", "text"),
    ("sealed", "text"),
    ("sealed_with", "text"),
    ("fingerprint", "text"),
];

/// Secrets to seal anew; `$1` is the key that seals.
const OUTDATED: &str = "sealed <> '' AND (sealed_with <> $1 OR sealed NOT LIKE 'v2.%')";

/// All of them.
pub const SEALED_TABLES: [SealedTable; 4] = [
    SealedTable {
        name: "upstream_keys",
        binding: |provider, fingerprint| Some(Binding::upstream_key(provider, fingerprint)),
        by_fingerprint: true,
        bound_to: ("provider", "fingerprint"),
        keys: ("provider", "id"),
        contended: Some(KEYS),
        // The same key twice under different encryption keys (its fingerprints differed, so nothing
        // told): the one under the newer stays, with the counts of both.
        merge: Some([
            "UPDATE upstream_keys SET \
             total_requests = upstream_keys.total_requests + twin.total_requests, \
             success_count = upstream_keys.success_count + twin.success_count, \
             failure_count = upstream_keys.failure_count + twin.failure_count \
             FROM {rows} JOIN upstream_keys AS twin ON twin.id = x.number \
             AND twin.sealed = x.was \
             WHERE upstream_keys.provider = x.place \
             AND upstream_keys.fingerprint = x.fingerprint AND upstream_keys.id <> x.number",
            "DELETE FROM upstream_keys WHERE id IN (SELECT x.number FROM {rows} \
             JOIN upstream_keys AS twin ON twin.provider = x.place \
             AND twin.fingerprint = x.fingerprint AND twin.id <> x.number \
             JOIN upstream_keys AS old ON old.id = x.number AND old.sealed = x.was)",
        ]),
        reseal: "UPDATE upstream_keys SET sealed = x.sealed, sealed_with = x.sealed_with, \
             fingerprint = x.fingerprint FROM {rows} \
             WHERE upstream_keys.id = x.number AND upstream_keys.sealed = x.was",
    },
    SealedTable {
        name: "client_tokens",
        binding: client_token,
        by_fingerprint: false,
        bound_to: ("COALESCE(CAST(user_id AS TEXT), '')", "token_hash"),
        keys: ("''", "id"),
        contended: Some(TOKENS),
        merge: None,
        reseal: "UPDATE client_tokens SET sealed = x.sealed, sealed_with = x.sealed_with \
             FROM {rows} WHERE client_tokens.id = x.number AND client_tokens.sealed = x.was",
    },
    SealedTable {
        name: "job_items",
        binding: job_item,
        by_fingerprint: true,
        bound_to: (
            "COALESCE((SELECT CAST(params AS TEXT) FROM jobs WHERE jobs.id = job_id), '')",
            "fingerprint",
        ),
        keys: ("job_id", "seq"),
        contended: None,
        merge: None,
        reseal: "UPDATE job_items SET sealed = x.sealed, sealed_with = x.sealed_with, \
             fingerprint = x.fingerprint \
             FROM {rows} WHERE job_items.job_id = x.place AND job_items.seq = x.number \
             AND job_items.sealed = x.was",
    },
    SealedTable {
        name: "user_totp",
        binding: |user, _| Some(Binding::second_factor(user.parse().ok()?)),
        by_fingerprint: false,
        bound_to: ("CAST(user_id AS TEXT)", "''"),
        keys: ("''", "user_id"),
        contended: None,
        merge: None,
        reseal: "UPDATE user_totp SET sealed = x.sealed, sealed_with = x.sealed_with \
             FROM {rows} WHERE user_totp.user_id = x.number AND user_totp.sealed = x.was",
    },
];

fn client_token(user: &str, hash: &str) -> Option<Binding> {
    let user = if user.is_empty() { None } else { Some(user.parse().ok()?) };
    Some(Binding::client_token(hash, user))
}

fn job_item(params: &str, fingerprint: &str) -> Option<Binding> {
    #[derive(Deserialize)]
    struct Params<'a> {
        provider: std::borrow::Cow<'a, str>,
    }
    let Params { provider } = serde_json::from_str(params).ok()?;
    Some(Binding::upstream_key(&provider, fingerprint))
}

impl SealedTable {
    /// Secrets that are not under this key, or not in the form that is written now, after that row,
    /// at most `limit`.
    pub async fn outdated(
        &self,
        conn: &mut Conn<'_>,
        key: &str,
        after: (&str, i64),
        limit: i64,
    ) -> QueryResult<Vec<SealedRow>> {
        let ((place, number), (owner, identity)) = (self.keys, self.bound_to);
        // By number alone where that is the primary key.
        let (from, order) = match self.name {
            "job_items" => ("(job_id, seq) > ($2, $3)".to_owned(), "job_id, seq"),
            _ => (format!("$2 IS NOT NULL AND {number} > $3"), number),
        };
        let sql = format!(
            "SELECT {place} AS place, {number} AS number, {owner} AS owner, \
             {identity} AS identity, sealed, sealed_with FROM {name} \
             WHERE {OUTDATED} AND {from} ORDER BY {order} LIMIT $4",
            name = self.name,
        );
        with_conn!(conn, |conn| {
            diesel::sql_query(sql)
                .bind::<Text, _>(key)
                .bind::<Text, _>(after.0)
                .bind::<BigInt, _>(after.1)
                .bind::<BigInt, _>(limit)
                .load(conn)
                .await
        })
    }

    /// Writes secrets under their new key, those of them that are as they were. Returns how many it
    /// changed, and how many rows went because another has the same secret.
    pub async fn reseal(
        &self,
        conn: &mut Conn<'_>,
        rows: &[Resealed],
    ) -> QueryResult<(usize, usize)> {
        conn.transaction(async |conn| {
            if let Some(contended) = self.contended {
                let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
                hold(conn, contended, &numbers).await?;
            }
            let mut merged = 0;
            if let Some([add_up, delete]) = self.merge {
                execute(conn, add_up, &COLUMNS, rows).await?;
                merged = execute(conn, delete, &COLUMNS, rows).await?;
            }
            Ok((execute(conn, self.reseal, &COLUMNS, rows).await?, merged))
        })
        .await
    }

    /// How many secrets are not under this key, or not in the form that is written now.
    pub async fn count_outdated(&self, conn: &mut Conn<'_>, key: &str) -> QueryResult<u64> {
        let sql = format!("SELECT COUNT(*) AS number FROM {} WHERE {OUTDATED}", self.name);
        let count: Count = with_conn!(conn, |conn| {
            diesel::sql_query(sql).bind::<Text, _>(key).get_result(conn).await
        })?;
        Ok(count.number.unsigned_abs())
    }

    /// How many secrets are in an older form.
    pub async fn count_older(&self, conn: &mut Conn<'_>) -> QueryResult<u64> {
        let sql = format!(
            "SELECT COUNT(*) AS number FROM {} WHERE sealed <> '' AND sealed NOT LIKE '{CURRENT}%'",
            self.name
        );
        let count: Count = with_conn!(conn, |conn| diesel::sql_query(sql).get_result(conn).await)?;
        Ok(count.number.unsigned_abs())
    }
}
