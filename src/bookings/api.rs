//! `/bookings`: hold, confirm, move, cancel, attendance.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::days;
use super::list::{self, Filter};
use super::model::{Booking, BookingId, BookingState};
use super::requests::{Attendance, BookingCancellation, BookingDetails, BookingMove, NewBooking};
use super::steps;
use crate::patients::PatientId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{BookingsAttend, BookingsRead, BookingsWrite};
use crate::platform::app::{App, Cx};
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::timetable::ScheduleId;
use crate::volunteers::VolunteerId;
use crate::{all_routes, routes};

/// The routes of bookings.
#[must_use]
pub fn routes() -> Routes {
    all_routes![own_routes, days::routes]
}

fn own_routes() -> Routes {
    routes![
        hold_booking,
        list_bookings,
        read_booking,
        confirm_booking,
        move_booking,
        cancel_booking,
        record_attendance,
    ]
}

/// Which bookings.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BookingFilter {
    /// Only this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only this time book.
    #[param(nullable = false)]
    schedule_id: Option<ScheduleId>,
    /// Only this volunteer.
    #[param(nullable = false)]
    volunteer_id: Option<VolunteerId>,
    /// Only this patient.
    #[param(nullable = false)]
    patient_id: Option<PatientId>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<BookingState>,
    /// Only those that begin at this time or later.
    #[param(nullable = false)]
    starts_from: Option<Instant>,
    /// Only those that begin before.
    #[param(nullable = false)]
    starts_before: Option<Instant>,
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

/// A page of bookings.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingPage {
    /// The bookings, those that begin last first.
    items: Vec<Booking>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// The answer with a booking as it is now.
fn answer(cx: &mut Cx<'_>, id: BookingId) -> Result<Reply> {
    let booking = list::find(cx, id)?;
    Ok(Reply::ok(&booking)?.version_variant(booking.version, &booking.variant))
}

/// Hold a time
///
/// The first of two calls that book a time: it is kept for you until `holdExpiresAt`, a few minutes
/// that the programme's policy sets. A time is never given twice: who comes second is answered 409
/// `slotTaken`. Confirm the booking, or let the hold run out.
#[utoipa::path(tag = "Bookings", security(("oauth2" = ["bookings.write"])),
    request_body = NewBooking,
    responses((status = 201, description = "The held time.", body = Booking)))]
#[post("/bookings")]
async fn hold_booking(
    app: App,
    permit: Permit<BookingsWrite>,
    body: Body<NewBooking>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let id = steps::hold(cx, new)?;
        let booking = list::find(cx, id)?;
        Ok(Reply::created(format!("/bookings/{id}"), &booking)?
            .version_variant(booking.version, &booking.variant))
    })
    .await
}

/// List bookings
///
/// Staff see those of their programmes, a patient and a volunteer their own, a booking site those
/// that it made.
#[utoipa::path(tag = "Bookings", security(("oauth2" = ["bookings.read"])),
    params(BookingFilter),
    responses((status = 200, description = "A page of bookings.", body = BookingPage)))]
#[get("/bookings")]
async fn list_bookings(
    app: App,
    permit: Permit<BookingsRead>,
    query: Query<BookingFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            schedule_id: query.schedule_id,
            volunteer_id: query.volunteer_id,
            patient_id: query.patient_id,
            state: query.state,
            from: query.starts_from,
            to: query.starts_before,
            updated_since: query.updated_since,
        };
        let bound_to = format!("bookings {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = list::list(cx, &filter, after, query.limit.rows())?;
        let (rows, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: row.starts_at.micros(),
            id: row.id.uuid(),
        });
        let items = list::shown(cx, rows)?;
        Reply::page(next_cursor, |next_cursor| BookingPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a booking
#[utoipa::path(tag = "Bookings", security(("oauth2" = ["bookings.read"])),
    params(("bookingId" = BookingId, Path, description = "The booking's id.")),
    responses((status = 200, description = "The booking.", body = Booking)))]
#[get("/bookings/{bookingId}")]
async fn read_booking(
    app: App,
    permit: Permit<BookingsRead>,
    id: Path<BookingId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| answer(cx, id.0)).await
}

/// Confirm a booking
///
/// The second call: for whom (the minimum that the programme asks for), patient or relative,
/// before, during or after illness (HF-4), and on which consent. The consent that is needed follows
/// from the programme's policy: one for talks with volunteers, another one for other times.
///
/// A volunteer's time is booked for a talk that is one for the volunteer (HF-5): a patient with a
/// patientSupporter, a relative with a relativeSupporter or parentSupporter, in a language and about
/// a phase that the volunteer talks about. Anything else is answered 409 `supporterDoesNotFit`: the
/// time is still held then; cancel the booking and take another time, by `subtypes`, `languages` and
/// `phases` of the free times.
#[utoipa::path(tag = "Bookings", security(("oauth2" = ["bookings.write"])),
    params(("bookingId" = BookingId, Path, description = "The booking's id.")),
    request_body = BookingDetails,
    responses((status = 200, description = "The confirmed booking.", body = Booking)))]
#[post("/bookings/{bookingId}/confirmation")]
async fn confirm_booking(
    app: App,
    permit: Permit<BookingsWrite>,
    id: Path<BookingId>,
    body: Body<BookingDetails>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, details| {
        steps::confirm(cx, id.0, details)?;
        answer(cx, id.0)
    })
    .await
}

/// Move a booking
///
/// To another free time of the same type; `GET /bookings/{bookingId}/alternatives` shows those of
/// the same supporter first (HF-6). The old time is free at once. Another volunteer must fit the talk as
/// when it was booked (HF-5).
#[utoipa::path(tag = "Bookings", security(("oauth2" = ["bookings.write"])),
    params(("bookingId" = BookingId, Path, description = "The booking's id.")),
    request_body = BookingMove,
    responses((status = 200, description = "The moved booking.", body = Booking)))]
#[post("/bookings/{bookingId}/move")]
async fn move_booking(
    app: App,
    permit: Permit<BookingsWrite>,
    id: Path<BookingId>,
    body: Body<BookingMove>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, to| {
        steps::move_to(cx, id.0, to)?;
        answer(cx, id.0)
    })
    .await
}

/// Cancel a booking
///
/// Its time is free at once, and offered to the first who waits for one like it: of the time type that
/// is waited for, or of any where none is named, within the days that are waited for, and on the web
/// where the person entered the list there. A volunteer's time is one for a person whom the volunteer
/// supports (`subtypes`), in the language of the talk, about the phase, without a conflict of interest
/// between them, and with a consent to talks with volunteers (HF-5).
#[utoipa::path(tag = "Bookings", security(("oauth2" = ["bookings.write"])),
    params(("bookingId" = BookingId, Path, description = "The booking's id.")),
    request_body = BookingCancellation,
    responses((status = 200, description = "The cancelled booking.", body = Booking)))]
#[post("/bookings/{bookingId}/cancellation")]
async fn cancel_booking(
    app: App,
    permit: Permit<BookingsWrite>,
    id: Path<BookingId>,
    body: Body<BookingCancellation>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, why| {
        steps::cancel(cx, id.0, why)?;
        answer(cx, id.0)
    })
    .await
}

/// Record attendance
///
/// What came of a booked time, once it has begun: the talk was held, or nobody came or answered. A
/// volunteer records it for her own talks.
#[utoipa::path(tag = "Bookings", security(("oauth2" = ["bookings.attend"])),
    params(("bookingId" = BookingId, Path, description = "The booking's id.")),
    request_body = Attendance,
    responses((status = 200, description = "The booking as it is now.", body = Booking)))]
#[post("/bookings/{bookingId}/attendance")]
async fn record_attendance(
    app: App,
    permit: Permit<BookingsAttend>,
    id: Path<BookingId>,
    body: Body<Attendance>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, attendance| {
        steps::attend(cx, id.0, attendance)?;
        answer(cx, id.0)
    })
    .await
}
