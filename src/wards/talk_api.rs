//! `/ward-talks`.

use actix_web::{delete, get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::WardShiftId;
use super::talk_model::{NewWardTalk, WardTalk, WardTalkId};
use super::talks::{self, Filter};
use crate::organisations::OrganisationId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{WardTalksRead, WardTalksWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;

/// The routes of talks.
#[must_use]
pub fn routes() -> Routes {
    routes![
        count_ward_talk,
        list_ward_talks,
        read_ward_talk,
        remove_ward_talk,
    ]
}

/// Which talks.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WardTalkFilter {
    /// Only this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only on this ward.
    #[param(nullable = false)]
    ward_id: Option<OrganisationId>,
    /// Only on this shift.
    #[param(nullable = false)]
    ward_shift_id: Option<WardShiftId>,
    /// Only on this day or later.
    #[param(nullable = false)]
    from: Option<NaiveDate>,
    /// Only on this day or earlier.
    #[param(nullable = false)]
    to: Option<NaiveDate>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of ward talks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WardTalkPage {
    /// The talks, those counted last first.
    items: Vec<WardTalk>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Count a ward talk
///
/// A talk on a ward is counted and never named (HF-3): who was met, in which phase, by which kind
/// of supporter, how long. Anything else in the body, a name, a number, a remark, is refused. It is
/// counted from the beginning of its shift until seven days after the month, when the figures of the
/// month stand (HF-7), by those who are on the shift and by staff.
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardTalks.write"])),
    request_body = NewWardTalk,
    responses((status = 201, description = "The talk as it is counted.", body = WardTalk)))]
#[post("/ward-talks")]
async fn count_ward_talk(
    app: App,
    permit: Permit<WardTalksWrite>,
    body: Body<NewWardTalk>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let talk = talks::count(cx, new)?;
        let place = format!("/ward-talks/{}", talk.id);
        Ok(Reply::created(place, &talk)?.version(talk.version))
    })
    .await
}

/// List ward talks
///
/// The single counts, those counted last first: for the programme's own work. A volunteer sees those
/// of own shifts. For reports there are activity figures, where small counts are suppressed.
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardTalks.read"])),
    params(WardTalkFilter),
    responses((status = 200, description = "A page of talks.", body = WardTalkPage)))]
#[get("/ward-talks")]
async fn list_ward_talks(
    app: App,
    permit: Permit<WardTalksRead>,
    query: Query<WardTalkFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            ward_id: query.ward_id,
            shift_id: query.ward_shift_id,
            from: query.from,
            to: query.to,
        };
        let (items, next_cursor) = talks::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| WardTalkPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a ward talk
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardTalks.read"])),
    params(("wardTalkId" = WardTalkId, Path, description = "The talk's id.")),
    responses((status = 200, description = "The talk.", body = WardTalk)))]
#[get("/ward-talks/{wardTalkId}")]
async fn read_ward_talk(
    app: App,
    permit: Permit<WardTalksRead>,
    id: Path<WardTalkId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let talk = talks::find(cx, id.0)?;
        Ok(Reply::ok(&talk)?.version(talk.version))
    })
    .await
}

/// Take back a ward talk
///
/// Removes a count that was wrong, until seven days after its month; count it anew where it was only
/// inexact.
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardTalks.write"])),
    params(("wardTalkId" = WardTalkId, Path, description = "The talk's id.")),
    responses((status = 200, description = "The talk as it was counted.", body = WardTalk)))]
#[delete("/ward-talks/{wardTalkId}")]
async fn remove_ward_talk(
    app: App,
    permit: Permit<WardTalksWrite>,
    id: Path<WardTalkId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        let talk = talks::remove(cx, id.0)?;
        Ok(Reply::ok(&talk)?.version(talk.version))
    })
    .await
}
