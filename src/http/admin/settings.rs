//! `GET /admin/settings` and `PATCH`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::Deed;
use crate::clock::rfc3339;
use crate::db::Conn;
use crate::error::{Admin, AdminError, ApiError, ErrorCode};
use crate::http::extract::{Administrator, Json};
use crate::models::setting::SettingRow;
use crate::replicas::News;
use crate::settings::{Range, SETTINGS, Setting, refresh, take_over};

/// A setting, as it is and as it could be.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingView {
    /// Its name.
    #[schema(example = "max_attempts")]
    name: &'static str,
    /// Its value now: a number, a boolean, a word or a list of words.
    #[schema(value_type = Value, example = 3)]
    value: Value,
    /// Its value when nobody has changed it, from the environment.
    #[schema(value_type = Value, example = 3)]
    default: Value,
    /// What values it takes.
    range: Range,
    /// What it does, and its unit.
    #[schema(example = "Keys tried for one request before it fails.")]
    meaning: &'static str,
    /// An administrator has set it.
    changed: bool,
    /// When that was.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    updated_at: Option<String>,
}

/// All settings.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingsView {
    settings: Vec<SettingView>,
}

/// All settings that can be changed while running.
#[utoipa::path(
    get, path = "/admin/settings", tag = "Settings",
    responses((status = 200, body = SettingsView), (status = 401, body = AdminError)),
)]
pub async fn list(_: Administrator, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    refresh(&app).await?;
    let rows = SettingRow::all(&mut app.database.get().await?).await?;
    Ok(HttpResponse::Ok().json(view(&app, &rows)))
}

/// Changes settings, all that are named or none; null takes one back to its default. This process
/// goes by them at once, others with it where there is Redis, else within ten seconds. A session
/// needs sudo for all but the settings of retries, of the response cache and of the checklist.
#[utoipa::path(
    patch, path = "/admin/settings", tag = "Settings",
    request_body(content = Object, example = json!({"max_attempts": 5, "request_log": null})),
    responses(
        (status = 200, body = SettingsView), (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required` for some of it, or no administrator"), (status = 422, body = AdminError),
    ),
)]
pub async fn change(
    admin: Administrator,
    app: web::Data<App>,
    ask: Json<Map<String, Value>>,
) -> Result<HttpResponse, Admin> {
    let wanted = wanted(&ask)?;
    let turn = app.settings.turn();
    let _turn = turn.lock().await;
    let mut conn = app.database.get().await?;
    let changing = conn.transaction(async |conn| {
        let before = SettingRow::all(conn).await?;
        let texts = SettingRow::texts(&before);
        let differs =
            |(setting, text): &(&Setting, Option<String>)| texts.get(setting.name) != text.as_ref();
        let wanted: Vec<_> = wanted.into_iter().filter(differs).collect();
        if wanted.is_empty() {
            return Ok::<_, ApiError>(before);
        }
        if wanted.iter().any(|(setting, _)| setting.grants_power()) {
            admin.sudo(app.clock.now())?;
        }
        write(&app, conn, &wanted).await?;
        let after = SettingRow::all(conn).await?;
        let names: Vec<&str> = wanted.iter().map(|(setting, _)| setting.name).collect();
        let deed = Deed::new("settings.change", format!("settings:{}", names.join(",")));
        let deed = deed.before(values(&app, &wanted, &before)).after(values(&app, &wanted, &after));
        admin.did(&app, conn, deed).await?;
        Ok(after)
    });
    let rows = changing.await?;
    drop(conn);
    app.replicas.tell(News::of_settings());
    take_over(&app).await?;
    Ok(HttpResponse::Ok().json(view(&app, &rows)))
}

/// The settings that are named, and the texts that they are to have; `None` for the default.
fn wanted(ask: &Map<String, Value>) -> Result<Vec<(&'static Setting, Option<String>)>, ApiError> {
    let wrong = |message| ApiError::new(ErrorCode::InvalidValue, message);
    let one = |(name, value): (&String, &Value)| {
        let setting = SETTINGS.iter().find(|setting| setting.name == name);
        let setting = setting.ok_or_else(|| {
            wrong("there is no setting of this name: GET /admin/settings lists them".to_owned())
        })?;
        if value.is_null() {
            return Ok((setting, None));
        }
        let text = setting.range.text_of(value);
        let out = || wrong(format!("{}: {}", setting.name, setting.range.words()));
        Ok((setting, Some(text.ok_or_else(out)?)))
    };
    ask.iter().map(one).collect()
}

async fn write(
    app: &App,
    conn: &mut Conn<'_>,
    wanted: &[(&'static Setting, Option<String>)],
) -> Result<(), ApiError> {
    for (setting, text) in wanted {
        let name = setting.name.to_owned();
        match text.clone() {
            Some(value) => {
                let updated_at = app.clock.now().naive();
                SettingRow { name, value, updated_at }.put(conn).await?
            }
            None => SettingRow::reset(conn, &name).await?,
        };
    }
    Ok(())
}

/// What the changed settings are with these rows, for the audit log.
fn values(
    app: &App,
    wanted: &[(&'static Setting, Option<String>)],
    rows: &[SettingRow],
) -> BTreeMap<&'static str, Value> {
    wanted.iter().map(|(setting, _)| (setting.name, shown(app, setting, rows).value)).collect()
}

fn view(app: &App, rows: &[SettingRow]) -> SettingsView {
    SettingsView { settings: SETTINGS.iter().map(|setting| shown(app, setting, rows)).collect() }
}

fn shown(app: &App, setting: &Setting, rows: &[SettingRow]) -> SettingView {
    let default = setting.default(&app.config);
    // What is out of range, as another version may have left it, doesn't count.
    let row = rows.iter().find(|row| row.name == setting.name);
    let row = row.and_then(|row| Some((row, setting.range.parse(&row.value)?)));
    SettingView {
        name: setting.name,
        value: setting.range.show(row.as_ref().map_or(&default, |(_, value)| value)),
        default: setting.range.show(&default),
        range: setting.range,
        meaning: setting.meaning,
        changed: row.is_some(),
        updated_at: row.map(|(row, _)| rfc3339(row.updated_at)),
    }
}
