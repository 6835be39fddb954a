//! Where a request for a model goes: other names for models, and other models in their place.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::Conn;
use crate::db::schema::{model_aliases, model_fallbacks};
use crate::with_conn;

/// Another name for a model of a provider.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, Serialize, ToSchema)]
#[diesel(table_name = model_aliases)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct Alias {
    /// The provider.
    #[schema(example = "ollama")]
    pub provider: String,
    /// The name that clients use.
    #[schema(example = "fast")]
    pub alias: String,
    /// The model that they get.
    #[schema(example = "gpt-oss:20b")]
    pub model: String,
}

/// One step of a fallback.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, Serialize)]
#[diesel(table_name = model_fallbacks)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct FallbackStep {
    /// The provider that can't serve.
    pub provider: String,
    /// The model that was asked for; `*` for any that has no steps of its own.
    pub model: String,
    /// Its place in the order, from 0.
    pub position: i32,
    /// The provider to try.
    pub to_provider: String,
    /// Its model; `*` for the one of the same name.
    pub to_model: String,
}

impl Alias {
    /// All of them, by provider and name.
    pub async fn all(conn: &mut Conn<'_>) -> QueryResult<Vec<Self>> {
        use model_aliases as a;
        with_conn!(conn, |conn| Self::query().order((a::provider, a::alias)).load(conn).await)
    }

    /// Adds this one; false when the name is taken.
    pub async fn insert(&self, conn: &mut Conn<'_>) -> QueryResult<bool> {
        let added = with_conn!(conn, |conn| {
            let insert = diesel::insert_into(model_aliases::table).values(self);
            insert.on_conflict_do_nothing().execute(conn).await
        })?;
        Ok(added == 1)
    }

    /// Deletes this one.
    pub async fn delete(&self, conn: &mut Conn<'_>) -> QueryResult<usize> {
        let row = model_aliases::table.find((&self.provider, &self.alias));
        with_conn!(conn, |conn| diesel::delete(row).execute(conn).await)
    }

    /// Deletes those of a provider.
    pub async fn delete_of(conn: &mut Conn<'_>, provider: &str) -> QueryResult<usize> {
        let rows = model_aliases::table.filter(model_aliases::provider.eq(provider));
        with_conn!(conn, |conn| diesel::delete(rows).execute(conn).await)
    }
}

impl FallbackStep {
    /// All of them, in order.
    pub async fn all(conn: &mut Conn<'_>) -> QueryResult<Vec<Self>> {
        use model_fallbacks as f;
        let order = (f::provider, f::model, f::position);
        with_conn!(conn, |conn| Self::query().order(order).load(conn).await)
    }

    /// Adds this one.
    pub async fn insert(&self, conn: &mut Conn<'_>) -> QueryResult<usize> {
        with_conn!(conn, |conn| {
            diesel::insert_into(model_fallbacks::table).values(self).execute(conn).await
        })
    }

    /// Deletes the steps for this model of a provider; returns how many there were.
    pub async fn delete(conn: &mut Conn<'_>, provider: &str, model: &str) -> QueryResult<usize> {
        use model_fallbacks as f;
        let rows = f::table.filter(f::provider.eq(provider).and(f::model.eq(model)));
        with_conn!(conn, |conn| diesel::delete(rows).execute(conn).await)
    }

    /// Deletes the steps from and to a provider.
    pub async fn delete_of(conn: &mut Conn<'_>, provider: &str) -> QueryResult<usize> {
        use model_fallbacks as f;
        let rows = f::table.filter(f::provider.eq(provider).or(f::to_provider.eq(provider)));
        with_conn!(conn, |conn| diesel::delete(rows).execute(conn).await)
    }
}
