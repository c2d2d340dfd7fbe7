//! Who walks and has walked on shifts: for bookings and for the figures.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{ShiftState, WardShiftId};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::db::schema::{ward_shift_sign_ups, ward_shifts};
use crate::platform::error::Result;
use crate::programmes::ProgrammeId;
use crate::volunteers::{VolunteerId, VolunteerSubtype};

/// A turn of a volunteer on a planned shift.
#[derive(Debug, Queryable)]
pub struct Walk {
    /// Who.
    pub volunteer: VolunteerId,
    /// From when.
    pub starts_at: Instant,
    /// Until when.
    pub ends_at: Instant,
}

/// Who walks on the shifts of a programme that touch a span.
pub fn walks_in(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    (from, until): (Instant, Instant),
) -> Result<Vec<Walk>> {
    Ok(ward_shift_sign_ups::table
        .inner_join(ward_shifts::table.on(ward_shifts::id.eq(ward_shift_sign_ups::shift_id)))
        .filter(ward_shifts::programme_id.eq(programme))
        .filter(ward_shifts::controller_id.eq(cx.scope().controller))
        .filter(ward_shifts::state.eq(ShiftState::Planned))
        .filter(ward_shifts::starts_at.lt(until))
        .filter(ward_shifts::ends_at.gt(from))
        .filter(ward_shift_sign_ups::released_at.is_null())
        .select((
            ward_shift_sign_ups::volunteer_id,
            ward_shifts::starts_at,
            ward_shifts::ends_at,
        ))
        .load(cx.conn())?)
}

/// A shift that was walked, for the figures.
#[derive(Debug, Clone)]
pub struct Walked {
    /// The ward.
    pub ward: OrganisationId,
    /// The first day of its month.
    pub month: NaiveDate,
    /// How long it was.
    pub minutes: i64,
    /// As which kind of supporter each volunteer walked it.
    pub turns: Vec<VolunteerSubtype>,
}

/// The shifts of a programme that somebody walked, in the months from `from` until before `until`.
pub fn walked(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<Walked>> {
    let (controller, now) = (cx.scope().controller, cx.now);
    let rows: Vec<(
        WardShiftId,
        OrganisationId,
        NaiveDate,
        Instant,
        Instant,
        VolunteerSubtype,
    )> = ward_shifts::table
        .inner_join(
            ward_shift_sign_ups::table.on(ward_shift_sign_ups::shift_id.eq(ward_shifts::id)),
        )
        .filter(ward_shifts::controller_id.eq(controller))
        .filter(ward_shifts::programme_id.eq(programme))
        .filter(ward_shifts::month.ge(from))
        .filter(ward_shifts::month.lt(until))
        .filter(ward_shifts::state.eq(ShiftState::Planned))
        .filter(ward_shifts::ends_at.le(now))
        .filter(ward_shift_sign_ups::released_at.is_null())
        .order((ward_shifts::id.asc(), ward_shift_sign_ups::id.asc()))
        .select((
            ward_shifts::id,
            ward_shifts::ward_id,
            ward_shifts::month,
            ward_shifts::starts_at,
            ward_shifts::ends_at,
            ward_shift_sign_ups::subtype,
        ))
        .load(cx.conn())?;
    let mut walked: Vec<(WardShiftId, Walked)> = Vec::new();
    for (id, ward, month, starts_at, ends_at, subtype) in rows {
        match walked.last_mut() {
            Some((known, shift)) if *known == id => shift.turns.push(subtype),
            _ => walked.push((
                id,
                Walked {
                    ward,
                    month,
                    minutes: (ends_at.micros() - starts_at.micros()) / 60_000_000,
                    turns: vec![subtype],
                },
            )),
        }
    }
    Ok(walked.into_iter().map(|(_, shift)| shift).collect())
}
