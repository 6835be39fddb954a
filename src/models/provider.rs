//! Upstreams beyond the built-in ones.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use url::Url;

use crate::db::Conn;
use crate::db::schema::providers;
use crate::with_conn;

/// A row of `providers`.
#[derive(Debug, Clone, HasQuery, Insertable)]
#[diesel(table_name = providers)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct ProviderRow {
    /// The name in paths, bodies and columns.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// Where its API is, with or without a final `/v1`.
    pub base_url: String,
    /// `ollama`, `openrouter` or `openai`: which rules read its errors.
    pub kind: String,
    /// Switched on.
    pub enabled: bool,
    /// When it was added.
    pub created_at: NaiveDateTime,
    /// The origin that an administrator last confirmed, while the provider is elsewhere.
    pub confirmed_origin: Option<String>,
    /// The kind that an administrator last confirmed, while the provider is elsewhere.
    pub confirmed_kind: Option<String>,
}

impl ProviderRow {
    /// Scheme, host and port of its base URL; empty for a built-in one, which stores none.
    pub fn origin(&self) -> String {
        let url = Url::parse(&self.base_url);
        url.map(|url| url.origin().ascii_serialization()).unwrap_or_default()
    }

    /// This row, changed from `before`: where its origin or its kind is another one than was last
    /// confirmed, that is kept until an administrator confirms the new ones.
    pub fn changed_from(mut self, before: &Self) -> Self {
        let origin = before.confirmed_origin.clone().unwrap_or_else(|| before.origin());
        let kind = before.confirmed_kind.clone().unwrap_or_else(|| before.kind.clone());
        let moved = origin != self.origin() || kind != self.kind;
        self.confirmed_origin = moved.then_some(origin);
        self.confirmed_kind = moved.then_some(kind);
        self
    }

    /// All of them.
    pub async fn all(conn: &mut Conn<'_>) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| Self::query().order(providers::id).load(conn).await)
    }

    /// The one of this id.
    pub async fn find(conn: &mut Conn<'_>, id: &str) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            Self::query().filter(providers::id.eq(id)).first(conn).await.optional()
        })
    }

    /// Adds this one; false when its id is taken.
    pub async fn insert(&self, conn: &mut Conn<'_>) -> QueryResult<bool> {
        let added = with_conn!(conn, |conn| {
            let insert = diesel::insert_into(providers::table).values(self);
            insert.on_conflict_do_nothing().execute(conn).await
        })?;
        Ok(added == 1)
    }

    /// Writes this one over the one of its id; false when there is none.
    pub async fn update(&self, conn: &mut Conn<'_>) -> QueryResult<bool> {
        use providers as p;
        let set = (
            p::name.eq(&self.name),
            p::base_url.eq(&self.base_url),
            p::kind.eq(&self.kind),
            p::enabled.eq(self.enabled),
            p::confirmed_origin.eq(&self.confirmed_origin),
            p::confirmed_kind.eq(&self.confirmed_kind),
        );
        let changed = with_conn!(conn, |conn| {
            diesel::update(p::table.find(&self.id)).set(set).execute(conn).await
        })?;
        Ok(changed == 1)
    }

    /// Confirms where this one is, unless it is elsewhere meanwhile: then false.
    pub async fn confirm(&self, conn: &mut Conn<'_>) -> QueryResult<bool> {
        use providers as p;
        let nothing: Option<String> = None;
        let set = (p::confirmed_origin.eq(&nothing), p::confirmed_kind.eq(&nothing));
        let here = p::base_url.eq(&self.base_url).and(p::kind.eq(&self.kind));
        let confirmed = with_conn!(conn, |conn| {
            diesel::update(p::table.find(&self.id).filter(here)).set(set).execute(conn).await
        })?;
        Ok(confirmed == 1)
    }

    /// Deletes the one of this id.
    pub async fn delete(conn: &mut Conn<'_>, id: &str) -> QueryResult<usize> {
        with_conn!(conn, |conn| diesel::delete(providers::table.find(id)).execute(conn).await)
    }

    /// How many keys the provider has, whatever their state.
    pub async fn keys(conn: &mut Conn<'_>, id: &str) -> QueryResult<i64> {
        use crate::db::schema::upstream_keys as k;
        with_conn!(conn, |conn| k::table.filter(k::provider.eq(id)).count().get_result(conn).await)
    }
}
