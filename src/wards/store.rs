//! Ward shifts in storage.

use std::collections::HashMap;

use chrono::{Datelike as _, NaiveDate};
use diesel::prelude::*;

use super::model::{
    PlaceKind, ShiftCancellationReason, ShiftState, SignUp, SignUpId, WardShift, WardShiftId,
};
use super::rules::{self, Stage};
use crate::bookings;
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::{ward_shift_sign_ups, ward_shifts};
use crate::platform::db::{Condition, Instant, one_of};
use crate::platform::error::Result;
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
    find_seen!(cx, ward_shifts, Row, id)
}

/// Who is on a shift, in the order they signed up.
pub(super) fn sign_ups(cx: &mut Cx<'_>, shift: WardShiftId) -> Result<Vec<SignUpRow>> {
    sign_ups_of(cx, &[shift])
}

/// Who is on these shifts, in the order they signed up.
fn sign_ups_of(cx: &mut Cx<'_>, shifts: &[WardShiftId]) -> Result<Vec<SignUpRow>> {
    Ok(ward_shift_sign_ups::table
        .filter(one_of(ward_shift_sign_ups::shift_id, shifts))
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

/// Rows with who is on each.
fn shown_all(cx: &mut Cx<'_>, rows: Vec<Row>) -> Result<Vec<WardShift>> {
    let ids: Vec<WardShiftId> = rows.iter().map(|row| row.id).collect();
    let mut on_it: HashMap<WardShiftId, Vec<SignUp>> = HashMap::new();
    for row in sign_ups_of(cx, &ids)? {
        on_it.entry(row.shift_id).or_default().push((&row).into());
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let sign_ups = on_it.remove(&row.id).unwrap_or_default();
            row.shown(sign_ups)
        })
        .collect())
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

/// The shifts that `rules::flags` says something of, or the others: fewer than two people, or
/// nobody experienced.
fn needs_attention(flagged: bool) -> Condition<ward_shifts::table> {
    use ward_shifts as t;
    let alone = t::regular_people.eq(1).and(t::trial_people.eq(0));
    let too_few = t::state
        .eq(ShiftState::Planned)
        .and(t::regular_people.eq(0).or(alone));
    if flagged {
        Box::new(too_few)
    } else {
        Box::new(diesel::dsl::not(too_few))
    }
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
    if let Some(flagged) = filter.flagged {
        query = query.filter(needs_attention(flagged));
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
    Ok((shown_all(cx, rows)?, next))
}
