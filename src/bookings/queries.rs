//! What others ask of bookings: which seats are taken, who has how many talks, who talked with
//! whom. Nothing here opens what is sealed.

use std::collections::HashMap;

use diesel::prelude::*;

use super::model::{BookingId, BookingState, Seat};
use super::store::is_live;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::db::schema::bookings;
use crate::platform::error::Result;
use crate::programmes::ProgrammeId;
use crate::timetable::{ScheduleId, SlotId, TimeTypeId};
use crate::volunteers::VolunteerId;

/// The seats of a time that are booked or held now.
pub fn seats(cx: &mut Cx<'_>, slot: SlotId) -> Result<Vec<Seat>> {
    let rows: Vec<(i32, BookingState, Option<Instant>)> = bookings::table
        .filter(bookings::slot_id.eq(slot))
        .select((bookings::seat, bookings::state, bookings::hold_expires_at))
        .load(cx.conn())?;
    let now = cx.now;
    Ok(rows
        .into_iter()
        .filter(|(_, state, until)| is_live(*state, *until, now))
        .map(|(number, state, until)| Seat {
            number,
            until: until.filter(|_| state == BookingState::Held),
        })
        .collect())
}

/// How many seats of these times are booked or held now.
pub fn taken(cx: &mut Cx<'_>, slots: &[SlotId]) -> Result<HashMap<SlotId, i32>> {
    let mut taken = HashMap::with_capacity(slots.len());
    for slot in slots {
        let count = seats(cx, *slot)?.len();
        taken.insert(*slot, i32::try_from(count).unwrap_or(i32::MAX));
    }
    Ok(taken)
}

/// The times of a time book from `from` on that were booked once, and whether they are now.
pub fn of_schedule(
    cx: &mut Cx<'_>,
    schedule: ScheduleId,
    from: Instant,
) -> Result<HashMap<SlotId, bool>> {
    let rows: Vec<(SlotId, BookingState, Option<Instant>)> = bookings::table
        .filter(bookings::schedule_id.eq(schedule))
        .filter(bookings::starts_at.ge(from))
        .select((
            bookings::slot_id,
            bookings::state,
            bookings::hold_expires_at,
        ))
        .load(cx.conn())?;
    let now = cx.now;
    let mut booked = HashMap::new();
    for (slot, state, until) in rows {
        *booked.entry(slot).or_insert(false) |= is_live(state, until, now);
    }
    Ok(booked)
}

/// Whose talks are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose {
    /// Of everybody in a programme.
    Programme(ProgrammeId),
    /// Of one volunteer.
    Volunteer(VolunteerId),
}

/// A talk of a volunteer, booked or held.
pub(super) struct Talk {
    pub volunteer: VolunteerId,
    pub slot: SlotId,
    pub booking: BookingId,
    pub starts_at: Instant,
}

/// The live talks that begin in `from..to`.
pub(super) fn live_talks(
    cx: &mut Cx<'_>,
    whose: Whose,
    (from, to): (Instant, Instant),
) -> Result<Vec<Talk>> {
    type Loaded = (
        Option<VolunteerId>,
        SlotId,
        BookingId,
        Instant,
        BookingState,
        Option<Instant>,
    );
    let mut query = bookings::table
        .filter(bookings::starts_at.ge(from))
        .filter(bookings::starts_at.lt(to))
        .select((
            bookings::volunteer_id,
            bookings::slot_id,
            bookings::id,
            bookings::starts_at,
            bookings::state,
            bookings::hold_expires_at,
        ))
        .into_boxed();
    query = match whose {
        Whose::Volunteer(volunteer) => query.filter(bookings::volunteer_id.eq(volunteer)),
        Whose::Programme(programme) => query.filter(bookings::programme_id.eq(programme)),
    };
    let rows: Vec<Loaded> = query.load(cx.conn())?;
    let now = cx.now;
    Ok(rows
        .into_iter()
        .filter(|(.., state, until)| is_live(*state, *until, now))
        .filter_map(|(volunteer, slot, booking, starts_at, ..)| {
            Some(Talk {
                volunteer: volunteer?,
                slot,
                booking,
                starts_at,
            })
        })
        .collect())
}

/// Whether a volunteer has a talk in this span, booked or held.
pub fn has_talk(
    cx: &mut Cx<'_>,
    volunteer: VolunteerId,
    (from, until): (Instant, Instant),
) -> Result<bool> {
    let rows: Vec<(BookingState, Option<Instant>)> = bookings::table
        .filter(bookings::volunteer_id.eq(volunteer))
        .filter(bookings::starts_at.lt(until))
        .filter(bookings::ends_at.gt(from))
        .filter(
            bookings::state
                .eq(BookingState::Held)
                .or(bookings::state.eq(BookingState::Confirmed)),
        )
        .select((bookings::state, bookings::hold_expires_at))
        .load(cx.conn())?;
    let now = cx.now;
    Ok(rows
        .into_iter()
        .any(|(state, until)| is_live(state, until, now)))
}

/// The volunteers whom a patient has talked with or will, the latest first.
pub fn earlier_supporters(cx: &mut Cx<'_>, patient: PatientId) -> Result<Vec<VolunteerId>> {
    let found: Vec<Option<VolunteerId>> = bookings::table
        .filter(bookings::patient_id.eq(patient))
        .filter(bookings::controller_id.eq(cx.scope().controller))
        .filter(
            bookings::state
                .eq(BookingState::Confirmed)
                .or(bookings::state.eq(BookingState::Attended)),
        )
        .order((bookings::starts_at.desc(), bookings::id.desc()))
        .select(bookings::volunteer_id)
        .load(cx.conn())?;
    cx.touch(patient);
    let mut each = Vec::new();
    for volunteer in found.into_iter().flatten() {
        if !each.contains(&volunteer) {
            each.push(volunteer);
        }
    }
    Ok(each)
}

/// A booked time without anything of the person.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct BookedTime {
    /// The booking.
    pub id: BookingId,
    /// What kind of time it is.
    pub time_type_id: TimeTypeId,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// How often it was moved.
    pub moves: i32,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// What is booked in a time book from `since` on, the earliest first; each seat for itself.
pub fn confirmed_in(
    cx: &mut Cx<'_>,
    schedule: ScheduleId,
    since: Instant,
) -> Result<Vec<BookedTime>> {
    Ok(bookings::table
        .filter(bookings::schedule_id.eq(schedule))
        .filter(bookings::controller_id.eq(cx.scope().controller))
        .filter(bookings::starts_at.ge(since))
        .filter(
            bookings::state
                .eq(BookingState::Confirmed)
                .or(bookings::state.eq(BookingState::Attended)),
        )
        .order((bookings::starts_at.asc(), bookings::id.asc()))
        .select(BookedTime::as_select())
        .load(cx.conn())?)
}
