//! What is done with bookings: validate, decide (`rules`), write (`store`).

use chrono::Duration;

use super::fit::check_fit;
use super::model::{
    AttendanceOutcome, BookedBy, BookingCancellationReason, BookingId, BookingState,
};
use super::person;
use super::queries;
use super::requests::{Attendance, BookingCancellation, BookingDetails, BookingMove, NewBooking};
use super::rules::{self, Step};
use super::store::{self, Row, event};
use super::supporters::check_supporter;
use crate::platform::access::ActorKind;
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::text::Line;
use crate::programmes;
use crate::timetable::{self, SlotId, SlotRow, SlotState, TimeType};
use crate::{volunteers, waiting_list};

/// How many times a patient holds at once.
const MOST_HELD: i64 = 3;

/// Holds a time for the few minutes that it takes to book it (HF-6).
pub fn hold(cx: &mut Cx<'_>, new: &NewBooking) -> Result<BookingId> {
    let (slot, _) = bookable(cx, new.slot_id)?;
    let programme = programmes::find_of_controller(cx, slot.programme_id)?;
    let most = if cx.scope().patient.is_some() {
        MOST_HELD
    } else if timetable::as_staff(cx) {
        i64::MAX
    } else {
        i64::from(programme.policy.booking.site_holds)
    };
    if most < i64::MAX && store::held_by_actor(cx)? >= most {
        return Err(Error::conflict(
            "You hold several times already: confirm or cancel one of them first.",
        ));
    }
    let seat = take_seat(cx, &slot)?;
    check_supporter(cx, &slot, &programme, None)?;
    let minutes = i64::from(programme.policy.booking.hold_minutes);
    let until = (cx.now + Duration::minutes(minutes)).min(slot.starts_at);
    let mut row = Row::held(cx, &slot, seat, until)?;
    row.booked_by = match cx.actor.kind {
        ActorKind::Patient => BookedBy::Patient,
        _ if timetable::as_staff(cx) && cx.actor.kind != ActorKind::Client => BookedBy::Staff,
        _ => BookedBy::System,
    };
    store::insert(cx, &row)?;
    cx.emit(&event("booking.held", &row))?;
    Ok(row.id)
}

/// A time that the actor can book, a free seat given; named in the body.
fn bookable(cx: &mut Cx<'_>, id: SlotId) -> Result<(SlotRow, TimeType)> {
    let slot = timetable::slot(cx, id).map_err(|error| error.referred("/slotId"))?;
    let kind = timetable::time_type(cx, slot.time_type_id)?;
    if !timetable::as_staff(cx) && !slot.is_web_visible(&kind) {
        return Err(Error::not_found().referred("/slotId"));
    }
    if slot.state != SlotState::Open || !kind.active {
        return Err(rules::slot_taken());
    }
    if !timetable::is_bookable(cx, &slot, &kind) {
        return Err(Error::conflict("It is too late to book this time."));
    }
    Ok((slot, kind))
}

/// A seat of a time that nobody has now. Holds that have run out make room.
pub(super) fn take_seat(cx: &mut Cx<'_>, slot: &SlotRow) -> Result<i32> {
    for mut row in store::seated(cx, &[slot.id])? {
        let gone = row.state == BookingState::Held
            && row.standing().state_at(cx.now) == BookingState::Expired;
        if gone {
            expire_row(cx, &mut row)?;
        }
    }
    let taken = queries::seats(cx, slot.id)?;
    rules::choose_seat(slot.seats, &taken)
}

/// Books a time that is held: for whom, what for, on which consent (HF-4), with a supporter who is
/// one for this talk (HF-5).
pub fn confirm(cx: &mut Cx<'_>, id: BookingId, details: &BookingDetails) -> Result<()> {
    let mut row = store::find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    row.standing().check(Step::Confirm, cx.now)?;
    if row.booked_by == BookedBy::WaitingList {
        return Err(Error::conflict(
            "The time is offered from the waiting list: accept or pass the offer there.",
        ));
    }
    let programme = programmes::find_of_controller(cx, row.programme_id)?;
    let with_volunteer = row.volunteer_id.is_some();
    let resolved = person::resolve(cx, details, &programme, with_volunteer)?;
    cx.touch(resolved.patient);
    row.patient_id = Some(resolved.patient);
    row.consent_id = Some(resolved.consent);
    row.booker = Some(resolved.booker);
    row.phase = resolved.phase;
    row.seal(cx, &resolved.content)?;
    let slot = timetable::slot(cx, row.slot_id)?;
    check_fit(cx, &programme, &slot, &row)?;
    settle(cx, &mut row)
}

/// From held to confirmed.
pub(super) fn settle(cx: &mut Cx<'_>, row: &mut Row) -> Result<()> {
    row.state = BookingState::Confirmed;
    row.hold_expires_at = None;
    store::save(cx, row)?;
    cx.emit(&event("booking.confirmed", row))
}

/// Moves a booking to another free time of the same type (HF-6). Its old time is free at once.
pub fn move_to(cx: &mut Cx<'_>, id: BookingId, to: &BookingMove) -> Result<()> {
    let mut row = store::find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    row.standing().check(Step::Move, cx.now)?;
    let kind = timetable::time_type(cx, row.time_type_id)?;
    let staff = timetable::as_staff(cx);
    rules::check_lead(row.starts_at, kind.move_before_minutes, staff, cx.now)?;
    let (slot, _) = bookable(cx, to.slot_id)?;
    if slot.id == row.slot_id {
        return Err(Error::field(
            "/slotId",
            "sameSlot",
            "is the time it has already",
        ));
    }
    if slot.programme_id != row.programme_id || slot.time_type_id != row.time_type_id {
        let detail = "is a time of another type or programme: cancel, and book anew";
        return Err(Error::field("/slotId", "otherTimeType", detail));
    }
    let programme = programmes::find_of_controller(cx, row.programme_id)?;
    let with_volunteer = slot.volunteer_id.is_some();
    if let Some(patient) = row.patient_id {
        let consent = person::require_covered(cx, patient, &programme, with_volunteer)?;
        row.consent_id = Some(consent);
    }
    // The same supporter was found to fit when the talk was booked (HF-6).
    if slot.volunteer_id != row.volunteer_id {
        check_fit(cx, &programme, &slot, &row)?;
    }
    let seat = take_seat(cx, &slot)?;
    check_supporter(cx, &slot, &programme, Some(row.id))?;
    shift(cx, &mut row, &slot, seat)
}

/// Gives a booking this seat, and its old time to whoever waits for it.
pub(super) fn shift(cx: &mut Cx<'_>, row: &mut Row, slot: &SlotRow, seat: i32) -> Result<()> {
    let (old, before) = (row.slot_id, row.volunteer_id);
    row.put(slot, seat);
    row.moves += 1;
    store::save(cx, row)?;
    timetable::refresh(cx, old)?;
    cx.emit(&event("booking.moved", row))?;
    // The one who has the talk no longer is told too (HF-6): the booking names the new one only.
    if let Some(before) = before.filter(|before| Some(*before) != row.volunteer_id) {
        cx.emit(&Event::new("volunteer.talkTakenOver", before).programme(row.programme_id))?;
    }
    waiting_list::offer_freed(cx, old)
}

/// Cancels a booking; its time is free at once.
pub fn cancel(cx: &mut Cx<'_>, id: BookingId, why: &BookingCancellation) -> Result<()> {
    let mut row = store::find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    row.standing().check(Step::Cancel, cx.now)?;
    rules::check_reason(why.reason, timetable::as_staff(cx))?;
    if row.state == BookingState::Confirmed {
        let kind = timetable::time_type(cx, row.time_type_id)?;
        let staff = timetable::as_staff(cx);
        rules::check_lead(row.starts_at, kind.cancel_before_minutes, staff, cx.now)?;
    }
    if row.booked_by == BookedBy::WaitingList && row.state == BookingState::Held {
        return Err(Error::conflict(
            "The time is offered from the waiting list: pass the offer there.",
        ));
    }
    end(cx, &mut row, why.reason, why.note.clone())?;
    waiting_list::offer_freed(cx, row.slot_id)
}

/// From live to cancelled.
pub(super) fn end(
    cx: &mut Cx<'_>,
    row: &mut Row,
    reason: BookingCancellationReason,
    note: Option<Line>,
) -> Result<()> {
    let mut content = row.open(cx)?;
    content.cancellation_note = note;
    row.seal(cx, &content)?;
    row.state = BookingState::Cancelled;
    row.hold_expires_at = None;
    row.ended_at = Some(cx.now);
    row.cancellation_reason = Some(reason);
    store::save(cx, row)?;
    cx.emit(&event("booking.cancelled", row))
}

/// Says what came of a booked time.
pub fn attend(cx: &mut Cx<'_>, id: BookingId, attendance: &Attendance) -> Result<()> {
    let mut row = store::find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    row.standing().check(Step::Attend, cx.now)?;
    let (state, kind) = match attendance.outcome {
        AttendanceOutcome::Attended => (BookingState::Attended, "booking.attended"),
        AttendanceOutcome::NoShow => (BookingState::NoShow, "booking.noShow"),
    };
    row.state = state;
    row.ended_at = Some(cx.now);
    if let Some(volunteer) = row.volunteer_id {
        let supporter = volunteers::supporter(cx, volunteer)?;
        row.acted_as = rules::acted_as(&supporter.subtypes, row.booker);
    }
    store::save(cx, &mut row)?;
    cx.emit(&event(kind, &row))
}

/// A hold has run out. An offer goes back to the waiting list.
fn expire_row(cx: &mut Cx<'_>, row: &mut Row) -> Result<()> {
    row.state = BookingState::Expired;
    row.ended_at = Some(cx.now);
    store::save(cx, row)?;
    if let Some(patient) = row.patient_id {
        cx.touch(patient);
    }
    cx.emit(&event("booking.expired", row))?;
    if row.booked_by == BookedBy::WaitingList {
        waiting_list::offer_expired(cx, row.id)?;
    }
    Ok(())
}

/// Ends a hold that has run out and offers its time to those who wait. For the clock job; nothing
/// but tidiness depends on it. Says whether there was something to end.
pub fn expire_hold(cx: &mut Cx<'_>, id: BookingId) -> Result<bool> {
    let mut row = store::find_any(cx, id)?;
    // Somebody who took the seat may have ended it since.
    if row.state != BookingState::Held || row.standing().state_at(cx.now) != BookingState::Expired {
        return Ok(false);
    }
    expire_row(cx, &mut row)?;
    waiting_list::offer_freed(cx, row.slot_id)?;
    Ok(true)
}
