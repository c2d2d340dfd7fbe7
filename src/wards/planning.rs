//! Shifts are planned, changed and called off: validate, decide (`rules`), write.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{
    NewWardShift, PlaceKind, ShiftCancellation, ShiftState, WardShift, WardShiftChange, WardShiftId,
};
use super::rules::{self, Step};
use super::steps::{event, full, places_of, ready, seats, settle};
use super::store::{self, Row, SignUpRow, month_of};
use crate::calendar::local_date;
use crate::organisations;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::db::schema::{ward_shift_sign_ups, ward_shifts};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::id::Id;
use crate::programmes::{self, Policy};
use crate::volunteers;

/// Plans a shift.
pub fn plan(cx: &mut Cx<'_>, new: &NewWardShift) -> Result<WardShift> {
    let programme =
        programmes::find(cx, new.programme_id).map_err(|error| error.referred("/programmeId"))?;
    let ward = organisations::find_ward(cx, new.ward_id, "/wardId")?;
    if !programme.active {
        return Err(Error::conflict("The programme plans no new shifts."));
    }
    let days = days_of(&programme.policy, (new.starts_at, new.ends_at), cx.now)?;
    let row = Row {
        id: Id::new(),
        controller_id: programme.controller_id,
        programme_id: programme.id,
        ward_id: ward.id,
        state: ShiftState::Planned,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        time_zone: programme.policy.calendar.time_zone,
        held_on: days,
        month: month_of(days),
        places: new.places,
        trial_places: new.trial_places,
        regular_people: 0,
        trial_people: 0,
        cancelled_at: None,
        cancellation_reason: None,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(ward_shifts::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&event("wardShift.planned", &row))?;
    store::shown(cx, row)
}

/// The day that a shift begins on in the programme's time zone. A shift that is over is not planned.
fn days_of(
    policy: &Policy,
    (starts_at, ends_at): (Instant, Instant),
    now: Instant,
) -> Result<NaiveDate> {
    if ends_at <= now {
        return Err(Error::field("/endsAt", "past", "must lie in the future"));
    }
    Ok(local_date(starts_at.utc(), policy.time_zone()?))
}

/// Changes times and places of a shift that is not over. Those who have signed up keep their
/// places; where one of them is elsewhere or on leave at the new time, it is refused.
pub fn change(cx: &mut Cx<'_>, id: WardShiftId, change: &WardShiftChange) -> Result<WardShift> {
    let mut row = store::find_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    rules::check(row.state, row.stage(cx.now), Step::Change)?;
    let policy = programmes::find(cx, row.programme_id)?.policy;
    let span = change
        .span((row.starts_at, row.ends_at))
        .map_err(|(code, detail)| Error::field("/endsAt", code, detail))?;
    let on_it = store::sign_ups(cx, id)?;
    if span != (row.starts_at, row.ends_at) {
        row.held_on = days_of(&policy, span, cx.now)?;
        row.month = month_of(row.held_on);
        (row.starts_at, row.ends_at) = span;
        for one in &on_it {
            check_there(cx, &row, one)?;
        }
    }
    row.places = change.places.unwrap_or(row.places);
    row.trial_places = change.trial_places.unwrap_or(row.trial_places);
    for (taken, places, pointer) in [
        (row.regular_people, row.places, "/places"),
        (row.trial_people, row.trial_places, "/trialPlaces"),
    ] {
        if taken > places {
            return Err(Error::field(
                pointer,
                "tooSmall",
                "must not be smaller than the number of places taken",
            ));
        }
    }
    close_ranks(cx, &row, &on_it)?;
    settle(cx, &row, "wardShift.changed")
}

/// Refuses a new time of a shift at which somebody on it cannot be there.
fn check_there(cx: &mut Cx<'_>, row: &Row, one: &SignUpRow) -> Result<()> {
    let span = (row.starts_at, row.ends_at);
    if store::is_busy(cx, one.volunteer_id, row.id, span)? {
        return Err(Error::conflict(
            "A volunteer on this shift is on another one, or has a talk booked, at the new time.",
        ));
    }
    // Those on trial are not active yet and take no leave.
    if one.kind == PlaceKind::Trial {
        return Ok(());
    }
    match volunteers::require_active_at(cx, one.volunteer_id, row.starts_at) {
        Ok(_) => Ok(()),
        Err(error) if error.code() == ProblemCode::StateConflict => Err(Error::conflict(
            "A volunteer on this shift is on leave, or not qualified, at the new time (HF-2).",
        )),
        Err(error) => Err(error),
    }
}

/// Moves those whose place is no more to a place that is free.
fn close_ranks(cx: &mut Cx<'_>, row: &Row, on_it: &[SignUpRow]) -> Result<()> {
    for kind in PlaceKind::ALL {
        let places = places_of(row, *kind);
        let mut taken: Vec<i32> = seats(on_it, *kind);
        for one in on_it
            .iter()
            .filter(|one| one.kind == *kind && one.seat > places)
        {
            let seat = rules::free_seat(&taken, places).ok_or_else(full)?;
            taken.push(seat);
            diesel::update(ward_shift_sign_ups::table.find(one.id))
                .set(ward_shift_sign_ups::seat.eq(seat))
                .execute(cx.conn())?;
        }
    }
    Ok(())
}

/// Calls a shift off. Who had signed up stays on record.
pub fn cancel(cx: &mut Cx<'_>, id: WardShiftId, cancel: &ShiftCancellation) -> Result<WardShift> {
    let mut row = ready(cx, id, Step::Cancel)?;
    row.state = ShiftState::Cancelled;
    row.cancelled_at = Some(cx.now);
    row.cancellation_reason = Some(cancel.reason);
    settle(cx, &row, "wardShift.cancelled")
}
