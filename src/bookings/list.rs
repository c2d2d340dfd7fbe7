//! Bookings as they are shown, and lists of them by keyset.

use diesel::prelude::*;

use super::model::{Booking, BookingId, BookingState};
use super::person;
use super::store::{self, Row};
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::schema::bookings;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::Result;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::timetable::{self, ScheduleId, SlotId};
use crate::volunteers::VolunteerId;

/// One booking that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: BookingId) -> Result<Booking> {
    let row = store::find_row(cx, id)?;
    shown(cx, row)
}

/// A booking as the actor may see it.
pub(super) fn shown(cx: &mut Cx<'_>, row: Row) -> Result<Booking> {
    let staff = timetable::as_staff(cx);
    let own = cx.scope().patient.is_some();
    let content = row.open(cx)?;
    let state = row.standing().state_at(cx.now);
    let person = match row.patient_id {
        Some(patient) if person::is_shown(cx, state) => Some(person::shown(cx, patient, &content)?),
        _ => None,
    };
    Ok(Booking {
        id: row.id,
        programme_id: row.programme_id,
        slot_id: row.slot_id,
        schedule_id: row.schedule_id,
        time_type_id: row.time_type_id,
        volunteer_id: row.volunteer_id,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        time_zone: timetable::zone_of(cx, row.schedule_id)?,
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

/// A page of the bookings that the actor sees, those that begin last first, and one row more.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Booking>> {
    use bookings as t;
    let scope = cx.scope();
    let now = cx.now;
    let mut query = t::table.select(Row::as_select()).into_boxed();
    if let Some(programmes) = &scope.programmes {
        query = query.filter(one_of(t::programme_id, programmes));
    }
    query = query
        .filter(t::controller_id.eq(scope.controller))
        .order((t::starts_at.desc(), t::id.desc()))
        .limit(limit + 1);
    if !timetable::as_staff(cx) {
        query = if let Some(patient) = scope.patient {
            let held = t::patient_id
                .is_null()
                .nullable()
                .and(t::made_by.eq(Id::<()>::from_uuid(cx.actor.id)).nullable());
            query.filter(t::patient_id.eq(patient).or(held))
        } else if let Some(volunteer) = scope.volunteer() {
            query.filter(t::volunteer_id.eq(volunteer))
        } else {
            query.filter(t::made_by.eq(Id::<()>::from_uuid(cx.actor.id)))
        };
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
        query = query.filter(t::patient_id.eq(id));
    }
    query = match filter.state {
        Some(BookingState::Held) => query
            .filter(t::state.eq(BookingState::Held))
            .filter(t::hold_expires_at.gt(now)),
        Some(BookingState::Expired) => query.filter(
            t::state.eq(BookingState::Expired).nullable().or(t::state
                .eq(BookingState::Held)
                .nullable()
                .and(t::hold_expires_at.le(now))),
        ),
        Some(state) => query.filter(t::state.eq(state)),
        None => query,
    };
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
    let rows: Vec<Row> = query.load(cx.conn())?;
    each(cx, rows)
}

/// The bookings that have a seat of a time now, by seat.
pub(super) fn of_slot(cx: &mut Cx<'_>, slot: SlotId) -> Result<Vec<Booking>> {
    let now = cx.now;
    let rows = store::seated(cx, slot)?
        .into_iter()
        .filter(|row| row.standing().state_at(now) != BookingState::Expired)
        .collect();
    each(cx, rows)
}

fn each(cx: &mut Cx<'_>, rows: Vec<Row>) -> Result<Vec<Booking>> {
    rows.into_iter()
        .map(|row| {
            if let Some(patient) = row.patient_id {
                cx.touch(patient);
            }
            shown(cx, row)
        })
        .collect()
}
