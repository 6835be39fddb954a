//! `POST /admin/users`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{UserView, WithToken, found};
use crate::accounts::key;
use crate::app::App;
use crate::audit::Deed;
use crate::auth::Email;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid};
use crate::http::extract::{Json, Sudo, provider};
use crate::language::Language;
use crate::models::user::{Account, NewUser, Role, User};

/// Someone to invite. They have no password: they sign in by a code that is sent to them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// Kept in lower case.
    #[schema(example = "ann@example.org")]
    email: String,
    /// `user` unless given.
    #[serde(default)]
    role: Role,
    /// Their default provider, and the only one that their key may use; nothing for the pool's
    /// default, and a key for every one.
    #[schema(example = "ollama")]
    provider: Option<String>,
    /// How long their key lives, in seconds: three days unless given, 0 for ever.
    #[serde(rename = "ttlSeconds", alias = "ttl_seconds", alias = "ttl")]
    #[schema(example = 259_200)]
    ttl_seconds: Option<i64>,
    /// The language of mails to them: `en` unless given, or `zh-CN`.
    #[schema(example = "en")]
    language: Option<String>,
}

/// Adds a user with a key, which is shown this once.
#[utoipa::path(
    post, path = "/admin/users", tag = "Users", request_body = Invitation,
    responses(
        (status = 201, body = WithToken), (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"), (status = 404, body = AdminError),
        (status = 409, body = AdminError), (status = 422, body = AdminError),
    ),
)]
pub async fn create(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    invitation: Json<Invitation>,
) -> Result<HttpResponse, Admin> {
    let email = Email::parse(&invitation.email)
        .ok_or_else(|| invalid("email", "email: this is no e-mail address"))?;
    let language = match invitation.language.as_deref() {
        Some(tag) => {
            Language::parse(tag).ok_or_else(|| invalid("language", "language: en or zh-CN"))?
        }
        None => Language::default(),
    };
    let provider_of_pages = provider(&app, invitation.provider.as_deref())?;
    let only = invitation.provider.as_ref().map(|_| provider_of_pages.id.as_str());
    let now = app.clock.now();
    let expires_at = key::end(&app, invitation.ttl_seconds, None)?;
    let new = NewUser {
        email: email.as_str(),
        password_hash: None,
        role: invitation.role.as_str(),
        is_active: true,
        pending: false,
        language: language.tag(),
        default_provider: &provider_of_pages.id,
        created_at: now.naive(),
        updated_at: now.naive(),
    };
    let mut conn = app.database.get().await?;
    let made = conn.transaction(async |conn| {
        let user = User::insert(conn, &new).await?.ok_or_else(|| {
            ApiError::new(ErrorCode::Conflict, "this address has an account already")
        })?;
        let account = Account { user, key: None };
        let fresh = key::make(&app, conn, &account, only, expires_at).await?;
        let user = UserView::from(&found(conn, account.user.id).await?);
        let deed = Deed::new("user.create", format!("user:{}", user.id)).after(&user);
        admin.did(&app, conn, deed).await?;
        Ok::<_, ApiError>((fresh, user))
    });
    let (fresh, user) = made.await?;
    app.tokens.forget(&fresh.hash);
    Ok(WithToken::answer(StatusCode::CREATED, fresh.token, user))
}
