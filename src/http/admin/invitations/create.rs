//! `POST /admin/invitations`.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::InvitationView;
use crate::accounts::invitation::FreshInvitation;
use crate::app::App;
use crate::audit::{Deed, targets};
use crate::clock::Millis;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::admin::search::words;
use crate::http::extract::{Json, Sudo};
use crate::models::invitation::{Invitation, NewInvitation};

/// The most that one request makes.
const COUNT_MAX: usize = 100;

/// The most uses of one that has a limit.
const USES_MAX: i32 = 1_000_000;

/// Seven days, in seconds.
const LIFE_SECS: i64 = 604_800;

/// Ten years, in seconds.
const LIFE_MAX: i64 = 315_360_000;

/// The invitations to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitations {
    /// What administrators say of them: up to 256 characters.
    #[schema(example = "For the chess club")]
    note: Option<String>,
    /// So many may sign up with each: 1 unless given, 0 for no limit.
    #[serde(rename = "usesMax", alias = "uses_max")]
    #[schema(example = 1)]
    uses_max: Option<i32>,
    /// How long they are good, in seconds: seven days unless given, 0 for ever.
    #[serde(rename = "ttlSeconds", alias = "ttl_seconds", alias = "ttl")]
    #[schema(example = 604_800)]
    ttl_seconds: Option<i64>,
    /// So many of them: 1 to 100, 1 unless given.
    #[schema(example = 1, minimum = 1, maximum = 100)]
    count: Option<usize>,
}

/// Invitations that were just made: `code` is the whole of each.
#[derive(Serialize, ToSchema)]
pub struct MadeInvitations {
    /// True.
    success: bool,
    /// Them. Their codes are shown this once.
    invitations: Vec<InvitationView>,
}

/// Makes invitations and shows their codes, once.
#[utoipa::path(
    post, path = "/admin/invitations", tag = "Invitations", request_body = NewInvitations,
    responses(
        (status = 201, body = MadeInvitations), (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"), (status = 422, body = AdminError),
    ),
)]
pub async fn create(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    ask: Json<NewInvitations>,
) -> Result<HttpResponse, Admin> {
    let now = app.clock.now();
    let (count, uses_max, expires_at) = (ask.count()?, ask.uses_max()?, ask.end(now)?);
    let note = words("note", ask.note.as_deref())?.unwrap_or_default();
    let mut conn = app.database.get().await?;
    let making = conn.transaction(async |conn| {
        let (mut rows, mut codes) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let fresh = FreshInvitation::make()?;
            let new = NewInvitation {
                note: &note,
                masked: &fresh.masked,
                code_hash: &fresh.hash,
                uses_max,
                created_at: now.naive(),
                expires_at: expires_at.map(Millis::naive),
            };
            rows.push(Invitation::insert(conn, &new).await?);
            codes.push(fresh.code);
        }
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let shown: Vec<_> = rows.iter().map(|row| InvitationView::of(row, now)).collect();
        let deed = Deed::new("invitation.create", targets("invitation", &ids));
        admin.did(&app, conn, deed.after(serde_json::json!({"invitations": shown}))).await?;
        Ok::<_, ApiError>((shown, codes))
    });
    let (shown, codes) = making.await?;
    let whole = shown.into_iter().zip(codes);
    let invitations = whole.map(|(shown, code)| InvitationView { code, ..shown }).collect();
    let mut answer = HttpResponse::Created();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.json(MadeInvitations { success: true, invitations }))
}

impl NewInvitations {
    fn count(&self) -> Result<usize, ApiError> {
        let count = Some(self.count.unwrap_or(1)).filter(|count| (1..=COUNT_MAX).contains(count));
        count.ok_or_else(|| invalid("count", "count: 1 to 100"))
    }

    fn uses_max(&self) -> Result<i32, ApiError> {
        let most = Some(self.uses_max.unwrap_or(1)).filter(|most| (0..=USES_MAX).contains(most));
        most.ok_or_else(|| invalid("usesMax", "usesMax: up to a million; 0 for no limit"))
    }

    fn end(&self, now: Millis) -> Result<Option<Millis>, ApiError> {
        match self.ttl_seconds.unwrap_or(LIFE_SECS) {
            0 => Ok(None),
            secs @ 1..=LIFE_MAX => Ok(Some(now.plus_secs(secs))),
            _ => Err(invalid("ttlSeconds", "ttlSeconds: at most ten years; 0 for no end")),
        }
    }
}
