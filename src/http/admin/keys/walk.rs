//! Over the keys that a request is about, chunk by chunk: each is changed, told to the pool and
//! audited before the next is read, so that neither memory nor a lock grows with their number.

use serde_json::{Value, json};

use super::pick::Pick;
use super::query::PickFilter;
use crate::app::App;
use crate::audit::{Deed, targets};
use crate::error::{ApiError, not_found};
use crate::models::key_list::KeyFilter;
use crate::models::upstream_key::UpstreamKey;

/// Keys of one chunk.
const CHUNK: u16 = 2_000;

/// Of many keys, so many are shown in the audit log as they were before.
const SHOWN: usize = 20;

/// Where one is among the keys.
pub struct Walk<'a> {
    app: &'a App,
    which: Which,
    /// What the audit log says of it.
    filter: Option<PickFilter>,
    after: i64,
}

enum Which {
    Named(std::vec::IntoIter<UpstreamKey>),
    Matching(KeyFilter),
}

impl<'a> Walk<'a> {
    /// Over what is picked. 404 when keys are named and none is there.
    pub async fn over(app: &'a App, pick: &Pick) -> Result<Self, ApiError> {
        if let Some(filter) = pick.filter()? {
            // The database decides, so what the pool knows must be there first.
            let _ = app.actors.key_pool.save().await;
            let which = Which::Matching(filter.filter(app)?);
            return Ok(Self { app, which, filter: Some(filter.clone()), after: 0 });
        }
        let mut conn = app.database.get().await?;
        let rows = pick.find(app, &mut conn).await?;
        Ok(Self::named(app, rows))
    }

    /// Over these.
    pub fn named(app: &'a App, rows: Vec<UpstreamKey>) -> Self {
        Self { app, which: Which::Named(rows.into_iter()), filter: None, after: 0 }
    }

    /// 404 when keys are named and none of them is there. A filter may match none.
    pub fn or_not_found(self) -> Result<Self, ApiError> {
        match &self.which {
            Which::Named(rows) if rows.as_slice().is_empty() => Err(not_found("key")),
            _ => Ok(self),
        }
    }

    /// The next keys; none at the end.
    pub async fn next(&mut self) -> Result<Vec<UpstreamKey>, ApiError> {
        let rows = match &mut self.which {
            Which::Named(rows) => rows.take(CHUNK.into()).collect(),
            Which::Matching(filter) => {
                let now = self.app.clock.now().naive();
                let mut conn = self.app.database.get().await?;
                UpstreamKey::matching(&mut conn, filter, self.after, CHUNK.into(), now).await?
            }
        };
        self.after = rows.last().map_or(self.after, |row| row.id);
        Ok(rows)
    }

    /// What the audit log says about doing this to these keys; `before` shows one as it was.
    pub fn deed(
        &self,
        action: &'static str,
        rows: &[UpstreamKey],
        before: impl Fn(&UpstreamKey) -> Value,
        after: Value,
    ) -> Deed {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let shown: Vec<Value> = rows.iter().take(SHOWN).map(before).collect();
        let mut told = json!({"keys": rows.len(), "now": after});
        if let (Some(filter), Some(told)) = (&self.filter, told.as_object_mut()) {
            told.insert("filter".to_owned(), json!(filter));
        }
        Deed::new(action, targets("key", &ids)).before(shown).after(told)
    }
}

/// What every deed shows of a key.
pub fn name(row: &UpstreamKey) -> Value {
    json!({"id": row.id, "api_key": row.masked, "provider": row.provider})
}
