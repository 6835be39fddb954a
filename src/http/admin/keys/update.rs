//! `POST /admin/keys/update`: the same new values for many keys.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::change::apply;
use super::pick::Pick;
use super::query::Whose;
use super::switch::{Affected, done};
use super::values::NewValues;
use super::walk::Walk;
use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::extract::{Administrator, Json};

/// Which keys, and their new values.
#[derive(Deserialize, ToSchema)]
pub struct Update {
    #[serde(flatten)]
    pick: Pick,
    set: NewValues,
}

/// Changes keys by name or by filter. 404 when keys are named and none is there.
#[utoipa::path(
    post, path = "/admin/keys/update", tag = "Keys", params(Whose), request_body = Update,
    responses(
        (status = 200, body = Affected), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn update(
    admin: Administrator,
    app: web::Data<App>,
    whose: web::Query<Whose>,
    ask: Json<Update>,
) -> Result<HttpResponse, Admin> {
    let Update { pick, set } = ask.into_inner();
    let (pick, (row, change)) = (pick.of(&whose)?, set.checked()?);
    let mut walk = Walk::over(&app, &pick).await?.or_not_found()?;
    let affected = apply(&app, &admin, &mut walk, &row, &change).await?;
    Ok(done(&app, "changed", affected).await?)
}
