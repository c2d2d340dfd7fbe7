//! `/meetings/{meetingId}/agenda` and `/agenda-items`.

use actix_web::http::header;
use actix_web::{HttpRequest, delete, get, patch, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::api::reply;
use super::html;
use super::model::{AgendaItem, AgendaItemId, Meeting, MeetingId, Paper};
use super::paper_model::{AgendaPaper, PaperVersion};
use super::requests::{AgendaItemChange, AgendaOrder, NewAgendaItem};
use super::{items, papers, steps};
use crate::closed_enum;
use crate::platform::access::Permit;
use crate::platform::access::policy::{MeetingsRead, MeetingsTakePart, MeetingsWrite};
use crate::platform::app::App;
use crate::platform::error::{Error, Result};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;

/// The routes of agendas.
#[must_use]
pub fn routes() -> Routes {
    routes![
        add_agenda_item,
        list_agenda_items,
        read_agenda_item,
        change_agenda_item,
        remove_agenda_item,
        order_agenda,
        read_agenda,
        list_agenda_versions,
        send_agenda,
    ]
}

closed_enum! {
    /// How a paper is written: json (JSON), html (a page for people, in Danish).
    pub enum PaperFormat {
        /// JSON.
        Json = "json",
        /// A page for people.
        Html = "html",
    }
}

/// Which version of a paper, and how it is written.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PaperQuery {
    /// Which version: 1 and on, or 0 for what it says now; the newest that was sent where this is
    /// left out, and what it says now where none was.
    #[param(nullable = false, minimum = 0, maximum = 100_000)]
    pub version: Option<i32>,
    /// How it is written: as `Accept` says where this is left out.
    #[param(nullable = false, inline)]
    pub format: Option<PaperFormat>,
}

impl PaperQuery {
    /// Whether a page is asked for: by `format`, else by the header.
    pub(super) fn as_page(&self, by_header: bool) -> bool {
        self.format
            .map_or(by_header, |format| format == PaperFormat::Html)
    }
}

/// The media type of a page.
const PAGE: &str = "text/html; charset=utf-8";

/// Whether the header asks for a page: an `Accept` that names HTML and no JSON.
pub(super) fn wants_page(req: &HttpRequest) -> bool {
    let accept: Vec<String> = req
        .headers()
        .get_all(header::ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .map(str::to_ascii_lowercase)
        .collect();
    let accept = accept.join(",");
    accept.contains("text/html") && !accept.contains("application/json")
}

/// A page as an answer.
pub(super) fn page(page: &impl askama::Template) -> Result<Reply> {
    Ok(Reply::text(PAGE, page.render().map_err(Error::internal)?))
}

/// The items of an agenda.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgendaItemList {
    /// The items in their order.
    items: Vec<AgendaItem>,
}

/// The versions of a paper.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaperVersionList {
    /// The versions, the newest first.
    pub items: Vec<PaperVersion>,
}

/// Add an agenda item
///
/// An item (dagsordenspunkt) at the end of the agenda; a member proposes as oneself. One that comes
/// after the agenda was due or sent is marked late.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.takePart"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    request_body = NewAgendaItem,
    responses((status = 201, description = "The new item.", body = AgendaItem)))]
#[post("/meetings/{meetingId}/agenda-items")]
async fn add_agenda_item(
    app: App,
    permit: Permit<MeetingsTakePart>,
    id: Path<MeetingId>,
    body: Body<NewAgendaItem>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        let item = items::propose(cx, id.0, sent)?;
        let place = format!("/agenda-items/{}", item.id);
        Ok(Reply::created(place, &item)?.version(item.version))
    })
    .await
}

/// List the agenda items of a meeting
///
/// The agenda as it is now, 100 items at most. What came up at the meeting or was named anew since it
/// began, members read when minutes are sent that say it.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    responses((status = 200, description = "The items.", body = AgendaItemList)))]
#[get("/meetings/{meetingId}/agenda-items")]
async fn list_agenda_items(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<MeetingId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        let items = items::list(cx, id.0)?;
        Reply::ok(&AgendaItemList { items })
    })
    .await
}

/// Read an agenda item
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("agendaItemId" = AgendaItemId, Path, description = "The item's id.")),
    responses((status = 200, description = "The item.", body = AgendaItem)))]
#[get("/agenda-items/{agendaItemId}")]
async fn read_agenda_item(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<AgendaItemId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let (item, variant) = items::find(cx, id.0)?;
        Ok(Reply::ok(&item)?.version_variant(item.version, variant))
    })
    .await
}

/// Change an agenda item
///
/// A merge patch (RFC 7396). Once the meeting has begun also `minutes`: what the minutes say of the
/// item; `text`, `plannedMinutes` and `attachments` then stay as the agenda had them, and another title
/// or kind is read by members when minutes are sent that say it. What was sent stays as it was sent.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("agendaItemId" = AgendaItemId, Path, description = "The item's id.")),
    request_body = AgendaItemChange,
    responses((status = 200, description = "The item as it is now.", body = AgendaItem)))]
#[patch("/agenda-items/{agendaItemId}")]
async fn change_agenda_item(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<AgendaItemId>,
    body: Body<AgendaItemChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        let (item, variant) = items::change(cx, id.0, sent)?;
        Ok(Reply::ok(&item)?.version_variant(item.version, variant))
    })
    .await
}

/// Remove an agenda item
///
/// Takes it off the agenda, where no decision or task was recorded on it. Agendas that were sent keep
/// it.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("agendaItemId" = AgendaItemId, Path, description = "The item's id.")),
    responses((status = 200, description = "The item that was removed.", body = AgendaItem)))]
#[delete("/agenda-items/{agendaItemId}")]
async fn remove_agenda_item(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<AgendaItemId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        let item = items::remove(cx, id.0)?;
        Ok(Reply::ok(&item)?.version(item.version))
    })
    .await
}

/// Order an agenda
///
/// Puts all its items in another order. `If-Match` names the version of the meeting.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    request_body = AgendaOrder,
    responses((status = 200, description = "The items in their new order.", body = AgendaItemList)))]
#[put("/meetings/{meetingId}/agenda-order")]
async fn order_agenda(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<MeetingId>,
    body: Body<AgendaOrder>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        let items = items::order(cx, id.0, sent)?;
        Reply::ok(&AgendaItemList { items })
    })
    .await
}

/// Read an agenda
///
/// The agenda (dagsorden) as it was sent, or as it is now; once the meeting has begun the latter is the
/// secretariat's draft, and not found by members. `Accept: text/html` or `format=html`
/// answers a page for people, in Danish, that prints well.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id."), PaperQuery),
    responses((status = 200, description = "The paper.", content(
        (AgendaPaper = "application/json"),
        (String = "text/html", example = "<!doctype html><html lang=\"da\"><title>…</title>"),
    ))))]
#[get("/meetings/{meetingId}/agenda")]
async fn read_agenda(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<MeetingId>,
    query: Query<PaperQuery>,
    req: HttpRequest,
) -> Result<Reply> {
    let by_header = wants_page(&req);
    app.read(&permit, query, move |cx, query| {
        let paper = papers::agenda(cx, id.0, query.version)?;
        if query.as_page(by_header) {
            page(&html::agenda(paper)?)
        } else {
            Reply::ok(&paper)
        }
    })
    .await
}

/// List the versions of an agenda
///
/// Every agenda that was sent, the newest first. None is ever lost or changed.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    responses((status = 200, description = "The versions.", body = PaperVersionList)))]
#[get("/meetings/{meetingId}/agenda/versions")]
async fn list_agenda_versions(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<MeetingId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        let items = papers::versions(cx, id.0, Paper::Agenda)?;
        Reply::ok(&PaperVersionList { items })
    })
    .await
}

/// Send an agenda
///
/// Keeps the agenda as it is now as a version, and tells that it is sent: 7 calendar days before the
/// meeting at the latest (CPS-6). Later is possible, and marked late. A group without a chair or a
/// secretary, on this day or on that of the meeting, is refused (CPS-5).
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    responses((status = 200, description = "The meeting.", body = Meeting)))]
#[post("/meetings/{meetingId}/agenda/sending")]
async fn send_agenda(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<MeetingId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        reply(&steps::send_agenda(cx, id.0)?)
    })
    .await
}
