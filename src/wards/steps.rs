//! Who is on a shift: validate, decide (`rules`), write. Each step in one transaction.

use diesel::prelude::*;

use super::model::{
    PlaceHolder, PlaceKind, ShiftState, SignUp, SignUpRequest, Swap, WardShift, WardShiftId,
};
use super::rules::{self, Candidate, Step};
use super::store::{self, Row, SignUpRow};
use crate::organisations;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::db::schema::{ward_shift_sign_ups, ward_shifts};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::id::Id;
use crate::programmes::OnboardingKind;
use crate::volunteers::{self, Volunteer, VolunteerId, VolunteerSubtype};

pub(super) fn event(kind: &'static str, row: &Row) -> Event {
    Event::new(kind, row.id).programme(row.programme_id)
}

/// The shift, if `step` is possible now.
pub(super) fn ready(cx: &mut Cx<'_>, id: WardShiftId, step: Step) -> Result<Row> {
    let row = store::find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    rules::check(row.state, row.stage(cx.now), step)?;
    Ok(row)
}

/// Writes what has changed of a shift: its sign-ups are counted anew, its version grows.
pub(super) fn settle(cx: &mut Cx<'_>, row: &Row, kind: &'static str) -> Result<WardShift> {
    let mut row = row.clone();
    let on_it = store::sign_ups(cx, row.id)?;
    let of = |kind| on_it.iter().filter(|one| one.kind == kind).count();
    let count = |kind| i32::try_from(of(kind)).map_err(Error::internal);
    row.regular_people = count(PlaceKind::Regular)?;
    row.trial_people = count(PlaceKind::Trial)?;
    row.version += 1;
    row.updated_at = cx.now;
    diesel::update(ward_shifts::table.find(row.id))
        .set((
            ward_shifts::state.eq(row.state),
            ward_shifts::starts_at.eq(row.starts_at),
            ward_shifts::ends_at.eq(row.ends_at),
            ward_shifts::held_on.eq(row.held_on),
            ward_shifts::month.eq(row.month),
            ward_shifts::places.eq(row.places),
            ward_shifts::trial_places.eq(row.trial_places),
            ward_shifts::regular_people.eq(row.regular_people),
            ward_shifts::trial_people.eq(row.trial_people),
            ward_shifts::cancelled_at.eq(row.cancelled_at),
            ward_shifts::cancellation_reason.eq(row.cancellation_reason),
            ward_shifts::version.eq(row.version),
            ward_shifts::updated_at.eq(row.updated_at),
        ))
        .execute(cx.conn())?;
    cx.emit(&event(kind, &row))?;
    store::shown(cx, row)
}

pub(super) fn places_of(row: &Row, kind: PlaceKind) -> i32 {
    match kind {
        PlaceKind::Regular => row.places,
        PlaceKind::Trial => row.trial_places,
    }
}

pub(super) fn seats(on_it: &[SignUpRow], kind: PlaceKind) -> Vec<i32> {
    on_it
        .iter()
        .filter(|one| one.kind == kind)
        .map(|one| one.seat)
        .collect()
}

pub(super) fn full() -> Error {
    Error::conflict("All places of this kind on the shift are taken.")
}

/// Which volunteer it is about: a volunteer speaks for herself alone.
fn who(cx: &Cx<'_>, named: Option<VolunteerId>, pointer: &'static str) -> Result<VolunteerId> {
    match (cx.scope().volunteer(), named) {
        (Some(own), None) => Ok(own),
        (Some(own), Some(named)) if own != named => Err(Error::not_found().referred(pointer)),
        (_, Some(named)) => Ok(named),
        (None, None) => Err(Error::field(pointer, "required", "is required")),
    }
}

/// Somebody signs up for a place.
pub fn sign_up(cx: &mut Cx<'_>, id: WardShiftId, new: &SignUpRequest) -> Result<WardShift> {
    let row = ready(cx, id, Step::SignUp)?;
    let volunteer = who(cx, new.volunteer_id, "/volunteerId")?;
    seat(cx, &row, volunteer, new.kind, new.subtype, "/volunteerId")?;
    settle(cx, &row, "wardShift.signedUp")
}

/// Gives a volunteer a place of this kind, if that may be.
fn seat(
    cx: &mut Cx<'_>,
    row: &Row,
    id: VolunteerId,
    kind: PlaceKind,
    subtype: Option<VolunteerSubtype>,
    pointer: &'static str,
) -> Result<()> {
    let volunteer = volunteers::find_to_decide(cx, id).map_err(|error| error.referred(pointer))?;
    if volunteer.programme_id != row.programme_id {
        return Err(Error::not_found().referred(pointer));
    }
    let on_it = store::sign_ups(cx, row.id)?;
    if on_it.iter().any(|one| one.volunteer_id == id) {
        return Err(Error::conflict("The volunteer is on this shift already."));
    }
    if kind == PlaceKind::Regular {
        volunteers::require_active_at(cx, id, row.starts_at)?;
    }
    let candidate = candidate(cx, row, &volunteer)?;
    let beside: Vec<SignUp> = on_it.iter().map(Into::into).collect();
    rules::admit(&candidate, kind, &beside)?;
    let subtype = rules::subtype(&candidate, subtype)?;
    let seat = rules::free_seat(&seats(&on_it, kind), places_of(row, kind)).ok_or_else(full)?;
    diesel::insert_into(ward_shift_sign_ups::table)
        .values(&SignUpRow {
            id: Id::new(),
            shift_id: row.id,
            volunteer_id: id,
            kind,
            subtype,
            seat,
            offered_at: None,
            signed_up_at: cx.now,
            released_at: None,
        })
        .execute(cx.conn())?;
    Ok(())
}

/// What the rules ask about a volunteer.
fn candidate(cx: &mut Cx<'_>, row: &Row, volunteer: &Volunteer) -> Result<Candidate> {
    let next = volunteer.onboarding.next_step.as_ref();
    let trial_is_next = volunteer
        .onboarding
        .steps
        .iter()
        .any(|step| Some(&step.code) == next && step.kind == OnboardingKind::TrialShift);
    let line = organisations::line_of(cx, row.ward_id)?;
    let conflict = volunteer.conflicts.iter().any(|conflict| {
        conflict.until.is_none_or(|last| row.held_on <= last)
            && conflict
                .organisation_id
                .is_some_and(|organisation| line.contains(&organisation))
    });
    Ok(Candidate {
        state: volunteer.state,
        trial_is_next,
        subtypes: volunteer.subtypes.clone(),
        conflict,
        busy: store::is_busy(cx, volunteer.id, row.id, (row.starts_at, row.ends_at))?,
    })
}

/// The place that a volunteer has on a shift.
fn place_of(
    cx: &mut Cx<'_>,
    shift: WardShiftId,
    volunteer: VolunteerId,
    pointer: &'static str,
) -> Result<SignUpRow> {
    store::sign_ups(cx, shift)?
        .into_iter()
        .find(|one| one.volunteer_id == volunteer)
        .ok_or_else(|| Error::field(pointer, "notOnTheShift", "has no place on this shift"))
}

fn release(cx: &mut Cx<'_>, sign_up: &SignUpRow) -> Result<()> {
    let now = cx.now;
    diesel::update(ward_shift_sign_ups::table.find(sign_up.id))
        .set(ward_shift_sign_ups::released_at.eq(now))
        .execute(cx.conn())?;
    Ok(())
}

/// Somebody signs off.
pub fn sign_off(cx: &mut Cx<'_>, id: WardShiftId, holder: &PlaceHolder) -> Result<WardShift> {
    let row = ready(cx, id, Step::SignOff)?;
    let volunteer = who(cx, holder.volunteer_id, "/volunteerId")?;
    let place = place_of(cx, id, volunteer, "/volunteerId")?;
    release(cx, &place)?;
    settle(cx, &row, "wardShift.signedOff")
}

/// Somebody offers the place to others, and keeps it until one of them takes it.
pub fn offer(cx: &mut Cx<'_>, id: WardShiftId, holder: &PlaceHolder) -> Result<WardShift> {
    let row = ready(cx, id, Step::Offer)?;
    let volunteer = who(cx, holder.volunteer_id, "/volunteerId")?;
    let place = place_of(cx, id, volunteer, "/volunteerId")?;
    if place.offered_at.is_some() {
        return Err(Error::conflict("The place is offered already."));
    }
    let now = cx.now;
    diesel::update(ward_shift_sign_ups::table.find(place.id))
        .set(ward_shift_sign_ups::offered_at.eq(now))
        .execute(cx.conn())?;
    settle(cx, &row, "wardShift.placeOffered")
}

/// A place changes hands, and where `in_return_for` names another shift, one there in return.
pub fn swap(cx: &mut Cx<'_>, id: WardShiftId, swap: &Swap) -> Result<WardShift> {
    let row = ready(cx, id, Step::Swap)?;
    let taker = who(cx, swap.taken_by, "/takenBy")?;
    let given = place_of(cx, id, swap.volunteer_id, "/volunteerId")?;
    if cx.scope().volunteer().is_some() {
        if swap.in_return_for.is_some() {
            return Err(Error::field(
                "/inReturnFor",
                "coordinatorOnly",
                "is decided by a coordinator who has asked both",
            ));
        }
        if given.offered_at.is_none() {
            return Err(Error::conflict("The place is not offered to others."));
        }
    }
    let in_return = match swap.in_return_for {
        Some(other) if other != id => {
            let other =
                store::find_row(cx, other).map_err(|error| error.referred("/inReturnFor"))?;
            rules::check(other.state, other.stage(cx.now), Step::Swap)?;
            let place = place_of(cx, other.id, taker, "/takenBy")?;
            Some((other, place))
        }
        Some(_) => {
            return Err(Error::field(
                "/inReturnFor",
                "sameShift",
                "must be another shift",
            ));
        }
        None => None,
    };
    // Both places first, so that neither of the two is in the other's way.
    release(cx, &given)?;
    if let Some((_, place)) = &in_return {
        release(cx, place)?;
    }
    seat(cx, &row, taker, given.kind, None, "/takenBy")?;
    if let Some((other, place)) = &in_return {
        seat(
            cx,
            other,
            swap.volunteer_id,
            place.kind,
            None,
            "/volunteerId",
        )?;
        settle(cx, other, "wardShift.swapped")?;
    }
    settle(cx, &row, "wardShift.swapped")
}

/// Frees the places of a volunteer on shifts that begin at `from` or later and, where there is an
/// end, before `until`: for leave and departure, in their transaction. Answers which shifts.
pub fn release_volunteer(
    cx: &mut Cx<'_>,
    volunteer: VolunteerId,
    from: Instant,
    until: Option<Instant>,
) -> Result<Vec<WardShiftId>> {
    let controller = cx.scope().controller;
    let mut query = ward_shifts::table
        .inner_join(
            ward_shift_sign_ups::table.on(ward_shift_sign_ups::shift_id.eq(ward_shifts::id)),
        )
        .filter(ward_shifts::controller_id.eq(controller))
        .filter(ward_shifts::state.eq(ShiftState::Planned))
        .filter(ward_shifts::starts_at.ge(from))
        .filter(ward_shift_sign_ups::volunteer_id.eq(volunteer))
        .filter(ward_shift_sign_ups::released_at.is_null())
        .order((ward_shifts::starts_at.asc(), ward_shifts::id.asc()))
        .select((Row::as_select(), SignUpRow::as_select()))
        .into_boxed();
    if let Some(until) = until {
        query = query.filter(ward_shifts::starts_at.lt(until));
    }
    let places: Vec<(Row, SignUpRow)> = query.load(cx.conn())?;
    let mut released = Vec::new();
    for (row, place) in places {
        release(cx, &place)?;
        settle(cx, &row, "wardShift.signedOff")?;
        released.push(row.id);
    }
    Ok(released)
}
