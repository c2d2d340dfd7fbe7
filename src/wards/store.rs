//! Ward shifts in storage.

use chrono::{Datelike as _, NaiveDate};
use diesel::prelude::*;

use super::model::{
    PlaceKind, ShiftCancellationReason, ShiftState, SignUp, SignUpId, WardShift, WardShiftId,
};
use super::rules::{self, Stage};
use crate::bookings;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::{ward_shift_sign_ups, ward_shifts};
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::programmes::ProgrammeId;
use crate::volunteers::{VolunteerId, VolunteerSubtype};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = ward_shifts, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: WardShiftId,
    pub controller_id: OrganisationId,
    pub programme_id: ProgrammeId,
    pub ward_id: OrganisationId,
    pub state: ShiftState,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub time_zone: String,
    pub held_on: NaiveDate,
    pub month: NaiveDate,
    pub places: i32,
    pub trial_places: i32,
    pub regular_people: i32,
    pub trial_people: i32,
    pub cancelled_at: Option<Instant>,
    pub cancellation_reason: Option<ShiftCancellationReason>,
    pub version: i32,
    pub created_at: Instant,
    pub updated_at: Instant,
}

impl Row {
    /// Where it is in time.
    pub fn stage(&self, now: Instant) -> Stage {
        rules::stage(self.starts_at, self.ends_at, now)
    }

    fn shown(self, sign_ups: Vec<SignUp>) -> WardShift {
        let of = |kind| sign_ups.iter().filter(|one| one.kind == kind).count();
        WardShift {
            id: self.id,
            programme_id: self.programme_id,
            ward_id: self.ward_id,
            state: self.state,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            time_zone: self.time_zone,
            held_on: self.held_on,
            places: self.places,
            trial_places: self.trial_places,
            free_places: self.places - self.regular_people,
            free_trial_places: self.trial_places - self.trial_people,
            flags: rules::flags(self.state, of(PlaceKind::Regular), of(PlaceKind::Trial)),
            sign_ups,
            cancelled_at: self.cancelled_at,
            cancellation_reason: self.cancellation_reason,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// The first day of a day's month.
pub(super) fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = ward_shift_sign_ups, treat_none_as_default_value = false)]
pub(super) struct SignUpRow {
    pub id: SignUpId,
    pub shift_id: WardShiftId,
    pub volunteer_id: VolunteerId,
    pub kind: PlaceKind,
    pub subtype: VolunteerSubtype,
    pub seat: i32,
    pub offered_at: Option<Instant>,
    pub signed_up_at: Instant,
    pub released_at: Option<Instant>,
}

impl From<&SignUpRow> for SignUp {
    fn from(row: &SignUpRow) -> Self {
        Self {
            id: row.id,
            volunteer_id: row.volunteer_id,
            kind: row.kind,
            subtype: row.subtype,
            offered: row.offered_at.is_some(),
            signed_up_at: row.signed_up_at,
        }
    }
}

/// The row of a shift that the actor may see.
pub(super) fn find_row(cx: &mut Cx<'_>, id: WardShiftId) -> Result<Row> {
    let scope = cx.scope();
    let row: Row = ward_shifts::table
        .find(id)
        .filter(ward_shifts::controller_id.eq(scope.controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)?;
    scope.check_programme(row.programme_id)?;
    Ok(row)
}

/// Who is on a shift, in the order they signed up.
pub(super) fn sign_ups(cx: &mut Cx<'_>, shift: WardShiftId) -> Result<Vec<SignUpRow>> {
    Ok(ward_shift_sign_ups::table
        .filter(ward_shift_sign_ups::shift_id.eq(shift))
        .filter(ward_shift_sign_ups::released_at.is_null())
        .order(ward_shift_sign_ups::id.asc())
        .select(SignUpRow::as_select())
        .load(cx.conn())?)
}

/// A row with who is on it.
pub(super) fn shown(cx: &mut Cx<'_>, row: Row) -> Result<WardShift> {
    let sign_ups = sign_ups(cx, row.id)?;
    Ok(row.shown(sign_ups.iter().map(Into::into).collect()))
}

/// One shift of a programme that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: WardShiftId) -> Result<WardShift> {
    let row = find_row(cx, id)?;
    shown(cx, row)
}

/// Whether a volunteer is on a shift.
pub(super) fn is_on(cx: &mut Cx<'_>, shift: WardShiftId, volunteer: VolunteerId) -> Result<bool> {
    Ok(sign_ups(cx, shift)?
        .iter()
        .any(|one| one.volunteer_id == volunteer))
}

/// Whether a volunteer is on another shift in this span, or has a talk on the telephone.
pub(super) fn is_busy(
    cx: &mut Cx<'_>,
    volunteer: VolunteerId,
    besides: WardShiftId,
    span: (Instant, Instant),
) -> Result<bool> {
    Ok(shifts_in(cx, volunteer, span)?
        .iter()
        .any(|id| *id != besides)
        || bookings::has_talk(cx, volunteer, span)?)
}

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

fn shifts_in(
    cx: &mut Cx<'_>,
    volunteer: VolunteerId,
    (from, until): (Instant, Instant),
) -> Result<Vec<WardShiftId>> {
    Ok(ward_shift_sign_ups::table
        .inner_join(ward_shifts::table.on(ward_shifts::id.eq(ward_shift_sign_ups::shift_id)))
        .filter(ward_shift_sign_ups::volunteer_id.eq(volunteer))
        .filter(ward_shift_sign_ups::released_at.is_null())
        .filter(ward_shifts::state.eq(ShiftState::Planned))
        .filter(ward_shifts::starts_at.lt(until))
        .filter(ward_shifts::ends_at.gt(from))
        .select(ward_shifts::id)
        .load(cx.conn())?)
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only this ward.
    pub ward_id: Option<OrganisationId>,
    /// Only shifts that this volunteer is on.
    pub volunteer_id: Option<VolunteerId>,
    /// Only in this state.
    pub state: Option<ShiftState>,
    /// Only those that need attention, or only the others.
    pub flagged: Option<bool>,
    /// Only those that begin at this time or later.
    pub starts_from: Option<Instant>,
    /// Only those that begin before this time.
    pub starts_before: Option<Instant>,
    /// Only those planned or changed since.
    pub updated_since: Option<Instant>,
}

/// A page of shifts, the earliest first, and where the next one begins.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<WardShift>, Option<Cursor>)> {
    let scope = cx.scope();
    let bound_to = format!("ward-shifts {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = ward_shifts::table
        .filter(ward_shifts::controller_id.eq(scope.controller))
        .order((ward_shifts::starts_at.asc(), ward_shifts::id.asc()))
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(ward_shifts::programme_id, visible));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(ward_shifts::programme_id.eq(programme));
    }
    if let Some(ward) = filter.ward_id {
        query = query.filter(ward_shifts::ward_id.eq(ward));
    }
    if let Some(volunteer) = filter.volunteer_id {
        query = query.filter(diesel::dsl::exists(
            ward_shift_sign_ups::table
                .filter(ward_shift_sign_ups::shift_id.eq(ward_shifts::id))
                .filter(ward_shift_sign_ups::volunteer_id.eq(volunteer))
                .filter(ward_shift_sign_ups::released_at.is_null()),
        ));
    }
    if let Some(state) = filter.state {
        query = query.filter(ward_shifts::state.eq(state));
    }
    // As `rules::flags` says: fewer than two people, or nobody experienced.
    match filter.flagged {
        Some(true) => {
            query = query
                .filter(ward_shifts::state.eq(ShiftState::Planned))
                .filter(
                    ward_shifts::regular_people
                        .eq(0)
                        .or(ward_shifts::regular_people
                            .eq(1)
                            .and(ward_shifts::trial_people.eq(0))),
                );
        }
        Some(false) => {
            query = query.filter(
                ward_shifts::state
                    .eq(ShiftState::Cancelled)
                    .or(ward_shifts::regular_people.gt(1))
                    .or(ward_shifts::regular_people
                        .eq(1)
                        .and(ward_shifts::trial_people.gt(0))),
            );
        }
        None => {}
    }
    if let Some(from) = filter.starts_from {
        query = query.filter(ward_shifts::starts_at.ge(from));
    }
    if let Some(before) = filter.starts_before {
        query = query.filter(ward_shifts::starts_at.lt(before));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(ward_shifts::updated_at.ge(since));
    }
    if let Some(after) = after {
        let at = Instant::from_micros(after.key);
        query = query.filter(
            ward_shifts::starts_at.ge(at).and(
                ward_shifts::starts_at
                    .gt(at)
                    .or(ward_shifts::id.gt(after.id::<WardShift>())),
            ),
        );
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position {
        key: row.starts_at.micros(),
        id: row.id.uuid(),
    });
    let items = rows
        .into_iter()
        .map(|row| shown(cx, row))
        .collect::<Result<_>>()?;
    Ok((items, next))
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
