//! Bookings as they are shown, and lists of them by keyset.

use std::collections::HashMap;

use diesel::prelude::*;

use super::model::{BookedPerson, Booking, BookingId, BookingState};
use super::person;
use super::store::{self, Row};
use crate::patients::{self, Patient, PatientId};
use crate::platform::app::Cx;
use crate::platform::db::schema::bookings;
use crate::platform::db::{Condition, Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::timetable::{self, ScheduleId, SlotId};
use crate::volunteers::VolunteerId;

/// One booking that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: BookingId) -> Result<Booking> {
    let row = store::find_row(cx, id)?;
    shown(cx, vec![row])?
        .pop()
        .ok_or_else(|| Error::internal("a booking vanished"))
}

/// Bookings as the actor may see them, each person among them noted as touched.
pub(super) fn shown(cx: &mut Cx<'_>, rows: Vec<Row>) -> Result<Vec<Booking>> {
    let now = cx.now;
    let state = |row: &Row| row.standing().state_at(now);
    let mut of_whom: Vec<PatientId> = Vec::new();
    for row in &rows {
        if let Some(patient) = row.patient_id {
            cx.touch(patient);
            if person::is_shown(cx, state(row)) {
                of_whom.push(patient);
            }
        }
    }
    of_whom.sort_unstable();
    of_whom.dedup();
    let people = patients::find_all(cx, &of_whom)?;
    let zones = timetable::zones(cx, rows.iter().map(|row| row.schedule_id))?;
    rows.into_iter()
        .map(|row| {
            let state = state(&row);
            let known = row.patient_id.filter(|_| person::is_shown(cx, state));
            let patient = known
                .map(|id| people.get(&id).ok_or_else(Error::not_found))
                .transpose()?;
            let zone = zones.get(&row.schedule_id).cloned().unwrap_or_default();
            view(cx, row, state, patient, zone)
        })
        .collect()
}

fn view(
    cx: &Cx<'_>,
    row: Row,
    state: BookingState,
    patient: Option<&Patient>,
    time_zone: String,
) -> Result<Booking> {
    let staff = timetable::as_staff(cx);
    let own = cx.scope().patient.is_some();
    let content = row.open(cx)?;
    let person = patient.map(|patient| person::shown(cx, patient, &content));
    Ok(Booking {
        variant: variant(state, patient, person.as_ref()),
        id: row.id,
        programme_id: row.programme_id,
        slot_id: row.slot_id,
        schedule_id: row.schedule_id,
        time_type_id: row.time_type_id,
        volunteer_id: row.volunteer_id,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        time_zone,
        state,
        hold_expires_at: row.hold_expires_at.filter(|_| state == BookingState::Held),
        booker: row.booker,
        phase: row.phase,
        booked_by: row.booked_by,
        moves: row.moves,
        patient_id: row.patient_id.filter(|_| staff || own),
        consent_id: row.consent_id.filter(|_| staff || own),
        note: content.note.filter(|_| person.is_some()),
        person,
        ended_at: row.ended_at,
        cancellation_reason: row.cancellation_reason,
        cancellation_note: content.cancellation_note.filter(|_| staff),
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// A hold runs out by itself, and the person's own record changes without the booking.
fn variant(
    state: BookingState,
    patient: Option<&Patient>,
    person: Option<&BookedPerson>,
) -> String {
    match (patient, person) {
        (Some(patient), Some(person)) => {
            let masked = if person.masked { "masked" } else { "" };
            format!("{state}-{}{masked}", patient.version)
        }
        _ => state.to_string(),
    }
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only this time book.
    pub schedule_id: Option<ScheduleId>,
    /// Only this volunteer.
    pub volunteer_id: Option<VolunteerId>,
    /// Only this patient.
    pub patient_id: Option<PatientId>,
    /// Only this state.
    pub state: Option<BookingState>,
    /// Beginning at or after.
    pub from: Option<Instant>,
    /// Beginning before.
    pub to: Option<Instant>,
    /// Changed at or after.
    pub updated_since: Option<Instant>,
}

/// The bookings that are the actor's own, where the actor does not see all of a programme: of the
/// person, of the volunteer, made by the system.
fn own(cx: &Cx<'_>) -> Option<Condition<bookings::table>> {
    use bookings as t;
    let scope = cx.scope();
    let made = t::made_by.eq(Id::<()>::from_uuid(cx.actor.id));
    if timetable::as_staff(cx) {
        None
    } else if let Some(patient) = scope.patient {
        // A hold is nobody's yet.
        let held = t::patient_id.is_null().and(made);
        let theirs = t::patient_id.assume_not_null().eq(patient);
        Some(Box::new(theirs.or(held)))
    } else if let Some(volunteer) = scope.volunteer() {
        Some(Box::new(t::volunteer_id.assume_not_null().eq(volunteer)))
    } else {
        Some(Box::new(made))
    }
}

/// The bookings that are in this state at `now`: a hold runs out whoever has noticed.
fn in_state(state: BookingState, now: Instant) -> Condition<bookings::table> {
    use bookings as t;
    let held = t::state.eq(BookingState::Held);
    let expires_at = t::hold_expires_at.assume_not_null();
    match state {
        BookingState::Held => Box::new(held.and(expires_at.gt(now))),
        BookingState::Expired => Box::new(
            t::state
                .eq(BookingState::Expired)
                .or(held.and(expires_at.le(now))),
        ),
        state => Box::new(t::state.eq(state)),
    }
}

/// The rows of a page of the bookings that the actor sees, those that begin last first, and one row
/// more.
pub(super) fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Row>> {
    use bookings as t;
    let scope = cx.scope();
    let mut query = t::table.select(Row::as_select()).into_boxed();
    if let Some(programmes) = &scope.programmes {
        query = query.filter(one_of(t::programme_id, programmes));
    }
    query = query
        .filter(t::controller_id.eq(scope.controller))
        .order((t::starts_at.desc(), t::id.desc()))
        .limit(limit + 1);
    if let Some(own) = own(cx) {
        query = query.filter(own);
    }
    if let Some(id) = filter.programme_id {
        query = query.filter(t::programme_id.eq(id));
    }
    if let Some(id) = filter.schedule_id {
        query = query.filter(t::schedule_id.eq(id));
    }
    if let Some(id) = filter.volunteer_id {
        query = query.filter(t::volunteer_id.eq(id));
    }
    if let Some(id) = filter.patient_id {
        let current = patients::current_id(cx, id)?;
        query = query.filter(t::patient_id.eq(current));
    }
    if let Some(state) = filter.state {
        query = query.filter(in_state(state, cx.now));
    }
    if let Some(from) = filter.from {
        query = query.filter(t::starts_at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(t::starts_at.lt(to));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(t::updated_at.ge(since));
    }
    if let Some(after) = after {
        let (key, id) = (Instant::from_micros(after.key), after.id::<Booking>());
        query = query
            .filter(t::starts_at.le(key))
            .filter(t::starts_at.lt(key).or(t::id.lt(id)));
    }
    Ok(query.load(cx.conn())?)
}

/// Who has a seat of each of these times now, by seat.
pub(super) fn of_slots(cx: &mut Cx<'_>, slots: &[SlotId]) -> Result<HashMap<SlotId, Vec<Booking>>> {
    let now = cx.now;
    let rows = store::seated(cx, slots)?
        .into_iter()
        .filter(|row| row.standing().state_at(now) != BookingState::Expired)
        .collect();
    let mut each: HashMap<SlotId, Vec<Booking>> = HashMap::new();
    for booking in shown(cx, rows)? {
        each.entry(booking.slot_id).or_default().push(booking);
    }
    Ok(each)
}
