//! Every place where sealed secrets are stored, for those who seal them anew.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use serde::Serialize;

use crate::db::Conn;
use crate::db::bulk::{Column, execute};
use crate::db::locks::{KEYS, Rows, TOKENS, hold};
use crate::with_conn;

/// A table with sealed secrets.
#[derive(Debug, Clone, Copy)]
pub struct SealedTable {
    /// Its name.
    pub name: &'static str,
    /// What its secrets may be sealed for.
    pub purposes: &'static [&'static str],
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
    /// Nonce and ciphertext.
    #[diesel(sql_type = Text)]
    pub sealed: String,
    /// Which key opens it.
    #[diesel(sql_type = Text)]
    pub sealed_with: String,
}

/// The same secret under another key.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "as in SealedRow")]
pub struct Resealed {
    pub place: String,
    pub number: i64,
    /// The key it was under: a row that changed meanwhile is left for the next look.
    pub was: String,
    pub sealed: String,
    pub sealed_with: String,
    pub fingerprint: String,
}

/// Secrets under one encryption key.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Under {
    /// The key's name.
    #[diesel(sql_type = Text)]
    pub place: String,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub number: i64,
}

const COLUMNS: [Column; 6] = [
    ("place", "text"),
    ("number", "bigint"),
    ("was", "text"),
    ("sealed", "text"),
    ("sealed_with", "text"),
    ("fingerprint", "text"),
];

/// All of them.
pub const SEALED_TABLES: [SealedTable; 4] = [
    SealedTable {
        name: "upstream_keys",
        purposes: &[crate::actors::key_pool::PURPOSE],
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
             AND twin.sealed_with = x.was \
             WHERE upstream_keys.provider = x.place \
             AND upstream_keys.fingerprint = x.fingerprint AND upstream_keys.id <> x.number",
            "DELETE FROM upstream_keys WHERE id IN (SELECT x.number FROM {rows} \
             JOIN upstream_keys AS twin ON twin.provider = x.place \
             AND twin.fingerprint = x.fingerprint AND twin.id <> x.number \
             JOIN upstream_keys AS old ON old.id = x.number AND old.sealed_with = x.was)",
        ]),
        reseal: "UPDATE upstream_keys SET sealed = x.sealed, sealed_with = x.sealed_with, \
             fingerprint = x.fingerprint FROM {rows} \
             WHERE upstream_keys.id = x.number AND upstream_keys.sealed_with = x.was",
    },
    SealedTable {
        name: "client_tokens",
        purposes: &[crate::auth::PURPOSE],
        keys: ("''", "id"),
        contended: Some(TOKENS),
        merge: None,
        reseal: "UPDATE client_tokens SET sealed = x.sealed, sealed_with = x.sealed_with \
             FROM {rows} WHERE client_tokens.id = x.number AND client_tokens.sealed_with = x.was",
    },
    SealedTable {
        name: "job_items",
        purposes: &[crate::actors::key_pool::PURPOSE],
        keys: ("job_id", "seq"),
        contended: None,
        merge: None,
        reseal: "UPDATE job_items SET sealed = x.sealed, sealed_with = x.sealed_with, \
             fingerprint = CASE job_items.fingerprint WHEN '' THEN '' ELSE x.fingerprint END \
             FROM {rows} WHERE job_items.job_id = x.place AND job_items.seq = x.number \
             AND job_items.sealed_with = x.was",
    },
    SealedTable {
        name: "user_totp",
        purposes: &[crate::auth::TOTP_PURPOSE],
        keys: ("''", "user_id"),
        contended: None,
        merge: None,
        reseal: "UPDATE user_totp SET sealed = x.sealed, sealed_with = x.sealed_with \
             FROM {rows} WHERE user_totp.user_id = x.number AND user_totp.sealed_with = x.was",
    },
];

impl SealedTable {
    /// Secrets that are not under this key, after that row, at most `limit`.
    pub async fn not_under(
        &self,
        conn: &mut Conn<'_>,
        key: &str,
        after: (&str, i64),
        limit: i64,
    ) -> QueryResult<Vec<SealedRow>> {
        let (place, number) = self.keys;
        // By number alone where that is the primary key.
        let (from, order) = match self.name {
            "job_items" => ("(job_id, seq) > ($2, $3)".to_owned(), "job_id, seq"),
            _ => (format!("$2 IS NOT NULL AND {number} > $3"), number),
        };
        let sql = format!(
            "SELECT {place} AS place, {number} AS number, sealed, sealed_with FROM {name} \
             WHERE sealed <> '' AND sealed_with <> $1 AND {from} ORDER BY {order} LIMIT $4",
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

    /// How many secrets are under each key.
    pub async fn by_key(&self, conn: &mut Conn<'_>) -> QueryResult<Vec<Under>> {
        let sql = format!(
            "SELECT sealed_with AS place, COUNT(*) AS number FROM {} WHERE sealed <> '' \
             GROUP BY sealed_with ORDER BY sealed_with",
            self.name
        );
        with_conn!(conn, |conn| diesel::sql_query(sql).load(conn).await)
    }
}
