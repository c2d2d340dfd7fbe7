//! What goes beyond one booking: the times it could be moved to, and the whole day for staff.

use actix_web::get;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::fit::suits_for;
use super::list;
use super::model::{Booking, BookingId};
use super::store;
use crate::calendar::start_of_day;
use crate::platform::access::Permit;
use crate::platform::access::policy::{BookingsRead, BookingsReadAll};
use crate::platform::app::{App, Cx};
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::{self, ProgrammeId};
use crate::routes;
use crate::timetable::{self, FreeSlot, ScheduleId, Search, Slot, SlotFilter, SlotId};

/// The routes.
#[must_use]
pub(super) fn routes() -> Routes {
    routes![read_alternatives, read_booking_day]
}

/// How many alternatives are shown of each kind.
const MOST: usize = 20;

/// How many bookings a page of a day has at most, unless one time alone has more.
const MOST_BOOKED: i32 = 200;

/// Free times that a booking could be moved to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingAlternatives {
    /// Of the same supporter, the earliest first, at most 20.
    same_supporter: Vec<FreeSlot>,
    /// Of others, the earliest first, at most 20.
    others: Vec<FreeSlot>,
}

/// Find times to move a booking to
///
/// Free times of the same type: those of the same supporter, and those of others (HF-6), of volunteers
/// who fit the talk by subtype, language and phase (HF-5).
#[utoipa::path(tag = "Bookings", security(("oauth2" = ["bookings.read"])),
    params(("bookingId" = BookingId, Path, description = "The booking's id.")),
    responses((status = 200, description = "Free times.", body = BookingAlternatives)))]
#[get("/bookings/{bookingId}/alternatives")]
async fn read_alternatives(
    app: App,
    permit: Permit<BookingsRead>,
    id: Path<BookingId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        Reply::ok(&alternatives(cx, id.0)?)
    })
    .await
}

fn alternatives(cx: &mut Cx<'_>, id: BookingId) -> Result<BookingAlternatives> {
    let row = store::find_row(cx, id)?;
    let programme = programmes::find_of_controller(cx, row.programme_id)?;
    let suits = suits_for(cx, &row)?;
    let limit = i64::try_from(MOST).unwrap_or(i64::MAX);
    let alike = Search {
        time_type_id: Some(row.time_type_id),
        moving: Some(row.id),
        ..Search::of(row.programme_id)
    };
    let same = Search {
        schedule_id: Some(row.schedule_id),
        ..alike.clone()
    };
    let others = Search {
        besides: Some(row.schedule_id),
        suits,
        ..alike
    };
    let mut same_supporter = timetable::search(cx, &same, None, limit)?;
    same_supporter.truncate(MOST);
    let mut others = timetable::search(cx, &others, None, limit)?;
    others.truncate(MOST);
    timetable::describe(cx, &programme, &mut same_supporter)?;
    timetable::describe(cx, &programme, &mut others)?;
    Ok(BookingAlternatives {
        same_supporter,
        others,
    })
}

/// Which day.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BookingDayFilter {
    /// Of this programme.
    programme_id: ProgrammeId,
    /// The day, in the programme's time zone.
    date: NaiveDate,
    /// Only this time book.
    #[param(nullable = false)]
    schedule_id: Option<ScheduleId>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A time and who has booked it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookedSlot {
    /// The time.
    slot: Slot,
    /// Who has booked or holds it now, by seat.
    bookings: Vec<Booking>,
}

/// A page of a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingDayPage {
    /// The times of the day, the earliest first.
    items: Vec<BookedSlot>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// How many of these times go on one page: one at least, and no more than [`MOST_BOOKED`] of their
/// seats taken.
fn fitting(slots: &[Slot]) -> usize {
    let mut taken = 0;
    let fit = slots.iter().take_while(|slot| {
        taken += slot.taken;
        taken <= MOST_BOOKED
    });
    fit.count().max(1)
}

/// Read a whole day
///
/// Every time of a programme on one day (dagsoversigt / dagvy), free, taken and closed, with who
/// has booked it: what residents book on the web, staff see here at once (HAL-2). A page is shorter
/// than `limit` where many have booked the same times.
#[utoipa::path(tag = "Bookings", security(("oauth2" = ["bookings.readAll"])),
    params(BookingDayFilter),
    responses((status = 200, description = "A page of the day.", body = BookingDayPage)))]
#[get("/booking-days")]
async fn read_booking_day(
    app: App,
    permit: Permit<BookingsReadAll>,
    query: Query<BookingDayFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let programme = programmes::find(cx, query.programme_id)
            .map_err(|error| error.referred("?programmeId"))?;
        let zone = programme.policy.time_zone()?;
        let next = query.date.succ_opt().unwrap_or(query.date);
        let filter = SlotFilter {
            programme_id: Some(programme.id),
            schedule_id: query.schedule_id,
            from: Some(Instant::from(start_of_day(query.date, zone))),
            to: Some(Instant::from(start_of_day(next, zone))),
            ..SlotFilter::default()
        };
        let bound_to = format!("bookingDay {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = timetable::list_rows(cx, &filter, after, query.limit.rows())?;
        let slots = timetable::shown_slots(cx, rows)?;
        let limit = query.limit.at_most(fitting(&slots));
        let (slots, next_cursor) = cut(cx.keys, &bound_to, limit, slots, |slot| Position {
            key: slot.starts_at.micros(),
            id: slot.id.uuid(),
        });
        let ids: Vec<SlotId> = slots.iter().map(|slot| slot.id).collect();
        let mut bookings = list::of_slots(cx, &ids)?;
        let items = slots
            .into_iter()
            .map(|slot| BookedSlot {
                bookings: bookings.remove(&slot.id).unwrap_or_default(),
                slot,
            })
            .collect();
        Reply::page(next_cursor, |next_cursor| BookingDayPage {
            items,
            next_cursor,
        })
    })
    .await
}
