//! `GET /admin/providers`.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Admin;
use crate::http::extract::Administrator;

/// All providers, and how their keys stand.
pub async fn list(_: Administrator, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let mut list: Vec<Value> = Vec::new();
    for provider in app.providers.all() {
        let counts = app.actors.key_pool.observe(&provider.id).await?.counts;
        list.push(json!({
            "id": provider.id,
            "name": provider.name,
            "enabled": provider.enabled,
            "keys": {
                "active": counts.active,
                "cooling": counts.cooling,
                "disabled": counts.disabled,
                "expired": counts.expired,
            },
        }));
    }
    Ok(HttpResponse::Ok().json(json!({"providers": list})))
}
