//! `/waiting-list-entries`.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{NewWaitingListEntry, WaitingListEntry, WaitingListEntryId, WaitingListState};
use super::steps;
use super::store::{self, Filter};
use crate::platform::access::Permit;
use crate::platform::access::policy::{BookingsRead, BookingsWrite};
use crate::platform::app::App;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;

/// The routes of the waiting list.
#[must_use]
pub fn routes() -> Routes {
    routes![
        enter_waiting_list,
        list_waiting_list_entries,
        read_waiting_list_entry,
        accept_offer,
        pass_offer,
        leave_waiting_list,
    ]
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WaitingListFilter {
    /// Only this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<WaitingListState>,
    /// Only those made or changed at this time or later.
    #[param(nullable = false)]
    updated_since: Option<Instant>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of the waiting list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitingListPage {
    /// The entries, who came first first.
    items: Vec<WaitingListEntry>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

fn answer(entry: &WaitingListEntry) -> Result<Reply> {
    Ok(Reply::ok(entry)?.version_variant(entry.version, entry.state.as_str()))
}

/// Enter the waiting list
///
/// For a person for whom no time is free (HF-6). A time that becomes free is kept for the first who
/// waits for one like it, for as long as the programme's policy says.
///
/// Like it is a time of the type that is waited for (of any of the programme where none is named) that
/// begins within the days that are waited for, and that the web shows where the person entered on the
/// web. A volunteer's time is offered to whom the volunteer supports, a patient a patientSupporter's, a
/// relative a relativeSupporter's or parentSupporter's, in the language of the talk and about its phase,
/// where no conflict of interest stands between them and a consent covers talks with volunteers (HF-5).
#[utoipa::path(tag = "Waiting list", security(("oauth2" = ["bookings.write"])),
    request_body = NewWaitingListEntry,
    responses((status = 201, description = "The new entry.", body = WaitingListEntry)))]
#[post("/waiting-list-entries")]
async fn enter_waiting_list(
    app: App,
    permit: Permit<BookingsWrite>,
    body: Body<NewWaitingListEntry>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let entry = steps::enter(cx, new)?;
        Ok(
            Reply::created(format!("/waiting-list-entries/{}", entry.id), &entry)?
                .version_variant(entry.version, entry.state.as_str()),
        )
    })
    .await
}

/// List the waiting list
///
/// Staff see the entries of their programmes, a patient the own ones, a booking site those that it
/// made.
#[utoipa::path(tag = "Waiting list", security(("oauth2" = ["bookings.read"])),
    params(WaitingListFilter),
    responses((status = 200, description = "A page of the waiting list.", body = WaitingListPage)))]
#[get("/waiting-list-entries")]
async fn list_waiting_list_entries(
    app: App,
    permit: Permit<BookingsRead>,
    query: Query<WaitingListFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            state: query.state,
            updated_since: query.updated_since,
        };
        let bound_to = format!("waitingList {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = store::list(cx, &filter, after, query.limit.rows())?;
        let (rows, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: 0,
            id: row.id.uuid(),
        });
        let items = store::shown_all(cx, rows)?;
        Reply::page(next_cursor, |next_cursor| WaitingListPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read an entry of the waiting list
#[utoipa::path(tag = "Waiting list", security(("oauth2" = ["bookings.read"])),
    params(("waitingListEntryId" = WaitingListEntryId, Path, description = "The entry's id.")),
    responses((status = 200, description = "The entry.", body = WaitingListEntry)))]
#[get("/waiting-list-entries/{waitingListEntryId}")]
async fn read_waiting_list_entry(
    app: App,
    permit: Permit<BookingsRead>,
    id: Path<WaitingListEntryId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| answer(&steps::find(cx, id.0)?))
        .await
}

/// Accept an offer
///
/// Books the time that is kept for the person.
#[utoipa::path(tag = "Waiting list", security(("oauth2" = ["bookings.write"])),
    params(("waitingListEntryId" = WaitingListEntryId, Path, description = "The entry's id.")),
    responses((status = 200, description = "The entry, with its booking.", body = WaitingListEntry)))]
#[post("/waiting-list-entries/{waitingListEntryId}/acceptance")]
async fn accept_offer(
    app: App,
    permit: Permit<BookingsWrite>,
    id: Path<WaitingListEntryId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| answer(&steps::accept(cx, id.0)?))
        .await
}

/// Pass an offer on
///
/// The time is offered to the next; the person waits for another one.
#[utoipa::path(tag = "Waiting list", security(("oauth2" = ["bookings.write"])),
    params(("waitingListEntryId" = WaitingListEntryId, Path, description = "The entry's id.")),
    responses((status = 200, description = "The entry as it is now.", body = WaitingListEntry)))]
#[post("/waiting-list-entries/{waitingListEntryId}/pass")]
async fn pass_offer(
    app: App,
    permit: Permit<BookingsWrite>,
    id: Path<WaitingListEntryId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| answer(&steps::pass(cx, id.0)?))
        .await
}

/// Leave the waiting list
///
/// The person no longer waits. A time that is kept is offered to the next.
#[utoipa::path(tag = "Waiting list", security(("oauth2" = ["bookings.write"])),
    params(("waitingListEntryId" = WaitingListEntryId, Path, description = "The entry's id.")),
    responses((status = 200, description = "The entry as it is now.", body = WaitingListEntry)))]
#[post("/waiting-list-entries/{waitingListEntryId}/departure")]
async fn leave_waiting_list(
    app: App,
    permit: Permit<BookingsWrite>,
    id: Path<WaitingListEntryId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| answer(&steps::leave(cx, id.0)?))
        .await
}
