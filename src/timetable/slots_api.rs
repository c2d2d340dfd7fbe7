//! `/slots` for staff, `/free-slots` for everybody who books.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::by_hand;
use super::free::{self, Search, Suits};
use super::model::{FreeSlot, ScheduleId, Slot, SlotId, SlotState, TimeTypeId};
use super::requests::{NewSlot, SlotChange};
use super::slots::{self, Filter};
use crate::platform::access::Permit;
use crate::platform::access::policy::{SlotsRead, TimetableRead, TimetableWrite};
use crate::platform::app::App;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::platform::text::Language;
use crate::programmes::{self, ProgrammeId};
use crate::routes;
use crate::volunteers::{IllnessPhase, VolunteerId, VolunteerSubtype, plain_language};

/// The routes of times.
#[must_use]
pub fn routes() -> Routes {
    routes![
        search_free_slots,
        create_slot,
        list_slots,
        read_slot,
        change_slot,
    ]
}

/// Which times.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SlotFilter {
    /// Only this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only this time book.
    #[param(nullable = false)]
    schedule_id: Option<ScheduleId>,
    /// Only this type.
    #[param(nullable = false)]
    time_type_id: Option<TimeTypeId>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<SlotState>,
    /// Only those that begin at this time or later.
    #[param(nullable = false)]
    starts_from: Option<Instant>,
    /// Only those that begin before.
    #[param(nullable = false)]
    starts_before: Option<Instant>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of times.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotPage {
    /// The times, the earliest first.
    items: Vec<Slot>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Which free times.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FreeSlotFilter {
    /// In this programme.
    programme_id: ProgrammeId,
    /// Only this type.
    #[param(nullable = false)]
    time_type_id: Option<TimeTypeId>,
    /// Only this time book: the same supporter.
    #[param(nullable = false)]
    schedule_id: Option<ScheduleId>,
    /// Only this volunteer.
    #[param(nullable = false)]
    volunteer_id: Option<VolunteerId>,
    /// Only times of volunteers who support these; repeat it for several, of which one is enough:
    /// patientSupporter for a patient, relativeSupporter and parentSupporter for a relative.
    #[param(max_items = 3)]
    #[serde(default)]
    subtype: Vec<VolunteerSubtype>,
    /// Only times of volunteers who talk this language; repeat it for several, of which one is enough.
    #[param(max_items = 10)]
    #[serde(default)]
    language: Vec<Language>,
    /// Only times of volunteers who talk about this phase of an illness.
    #[param(nullable = false)]
    phase: Option<IllnessPhase>,
    /// Only those that begin at this time or later.
    #[param(nullable = false)]
    starts_from: Option<Instant>,
    /// Only those that begin before.
    #[param(nullable = false)]
    starts_before: Option<Instant>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of free times.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FreeSlotPage {
    /// The free times, the earliest first.
    items: Vec<FreeSlot>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Search free times
///
/// The times that you could book now, the earliest first. Booking sites and patients find those
/// that the web shows, as long before as their type says (HAL-2); staff find every free time until
/// it begins. Who is quicker has it: a time found here is yours when `POST /bookings` has held it.
///
/// `subtype`, `language` and `phase` find the times of volunteers with whom such a talk can be booked
/// (HF-5), and leave out those that are no volunteer's.
#[utoipa::path(tag = "Time books", security(("oauth2" = ["slots.read"])),
    params(FreeSlotFilter),
    responses((status = 200, description = "A page of free times.", body = FreeSlotPage)))]
#[get("/free-slots")]
async fn search_free_slots(
    app: App,
    permit: Permit<SlotsRead>,
    query: Query<FreeSlotFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let suits = Suits {
            subtypes: query.subtype,
            languages: query
                .language
                .iter()
                .map(|language| plain_language(language.as_str()))
                .collect(),
            phase: query.phase,
            or_no_volunteer: false,
        };
        let search = Search {
            time_type_id: query.time_type_id,
            schedule_id: query.schedule_id,
            volunteer_id: query.volunteer_id,
            suits,
            from: query.starts_from,
            to: query.starts_before,
            ..Search::of(query.programme_id)
        };
        let bound_to = format!("freeSlots {search:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let programme = programmes::find_of_controller(cx, query.programme_id)
            .map_err(|error| error.referred("?programmeId"))?;
        let rows = free::search(cx, &search, after, query.limit.rows())?;
        let (mut items, next_cursor) =
            cut(cx.keys, &bound_to, query.limit, rows, FreeSlot::position);
        free::describe(cx, &programme, &mut items)?;
        Reply::page(next_cursor, |next_cursor| FreeSlotPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Enter a time by hand
///
/// Besides those that the availability makes; several can book it where it has more seats. It may
/// not overlap another time of its time book.
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.write"])),
    request_body = NewSlot,
    responses((status = 201, description = "The new time.", body = Slot)))]
#[post("/slots")]
async fn create_slot(
    app: App,
    permit: Permit<TimetableWrite>,
    body: Body<NewSlot>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let slot = by_hand::create(cx, new)?;
        Ok(Reply::created(format!("/slots/{}", slot.id), &slot)?
            .version_variant(slot.version, &slot.variant))
    })
    .await
}

/// List times
///
/// Every time of the time books that you see, free or taken, the earliest first.
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.read"])),
    params(SlotFilter),
    responses((status = 200, description = "A page of times.", body = SlotPage)))]
#[get("/slots")]
async fn list_slots(
    app: App,
    permit: Permit<TimetableRead>,
    query: Query<SlotFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            schedule_id: query.schedule_id,
            time_type_id: query.time_type_id,
            state: query.state,
            from: query.starts_from,
            to: query.starts_before,
        };
        let bound_to = format!("slots {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = slots::list(cx, &filter, after, query.limit.rows())?;
        let (rows, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: row.starts_at.micros(),
            id: row.id.uuid(),
        });
        let items = slots::shown(cx, rows)?;
        Reply::page(next_cursor, |next_cursor| SlotPage { items, next_cursor })
    })
    .await
}

/// Read a time
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.read"])),
    params(("slotId" = SlotId, Path, description = "The time's id.")),
    responses((status = 200, description = "The time.", body = Slot)))]
#[get("/slots/{slotId}")]
async fn read_slot(app: App, permit: Permit<TimetableRead>, id: Path<SlotId>) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let slot = slots::find(cx, id.0)?;
        Ok(Reply::ok(&slot)?.version_variant(slot.version, &slot.variant))
    })
    .await
}

/// Change a time
///
/// What the public sees of it and what it is called there (HAL-2), and whether it is closed. A
/// time that somebody has booked cannot be closed.
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.write"])),
    params(("slotId" = SlotId, Path, description = "The time's id.")),
    request_body = SlotChange,
    responses((status = 200, description = "The time as it is now.", body = Slot)))]
#[patch("/slots/{slotId}")]
async fn change_slot(
    app: App,
    permit: Permit<TimetableWrite>,
    id: Path<SlotId>,
    body: Body<SlotChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let slot = by_hand::change(cx, id.0, change)?;
        Ok(Reply::ok(&slot)?.version_variant(slot.version, &slot.variant))
    })
    .await
}
