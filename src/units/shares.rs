//! Staff shares in storage.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{NewStaffShare, StaffShare, StaffShareChange, StaffShareId, Unit, UnitId};
use super::staffing_rules::{self, Share, StaffingStep};
use super::store;
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::staff_shares;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::staff::{self, StaffId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = staff_shares, treat_none_as_default_value = false)]
struct Row {
    id: StaffShareId,
    controller_id: OrganisationId,
    programme_id: ProgrammeId,
    unit_id: UnitId,
    staff_id: StaffId,
    percent: i32,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

impl Row {
    fn share(&self) -> Share {
        Share {
            from: self.valid_from,
            to: self.valid_to,
            percent: self.percent,
        }
    }
}

impl From<Row> for StaffShare {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            programme_id: row.programme_id,
            unit_id: row.unit_id,
            staff_id: row.staff_id,
            percent: row.percent,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// One share that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: StaffShareId) -> Result<StaffShare> {
    let row = find_seen!(cx, staff_shares, Row, id)?;
    Ok(row.into())
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only of this unit.
    pub unit_id: Option<UnitId>,
    /// Only of this person.
    pub staff_id: Option<StaffId>,
    /// Only those that hold on this day.
    pub valid_on: Option<NaiveDate>,
}

/// A page of shares, in the order they were recorded.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<StaffShare>, Option<Cursor>)> {
    let scope = cx.scope();
    let bound_to = format!("staffShares {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = staff_shares::table
        .filter(staff_shares::controller_id.eq(scope.controller))
        .order(staff_shares::id.asc())
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(staff_shares::programme_id, visible));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(staff_shares::programme_id.eq(programme));
    }
    if let Some(unit) = filter.unit_id {
        query = query.filter(staff_shares::unit_id.eq(unit));
    }
    if let Some(person) = filter.staff_id {
        query = query.filter(staff_shares::staff_id.eq(person));
    }
    if let Some(day) = filter.valid_on {
        query = query.filter(staff_shares::valid_from.le(day)).filter(
            staff_shares::valid_to
                .is_null()
                .or(staff_shares::valid_to.assume_not_null().ge(day)),
        );
    }
    if let Some(after) = after {
        query = query.filter(staff_shares::id.gt(after.id::<StaffShare>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position::of(row.id));
    Ok((rows.into_iter().map(Into::into).collect(), next))
}

/// How a unit is staffed over time.
pub fn staffing(cx: &mut Cx<'_>, unit: UnitId) -> Result<Vec<StaffingStep>> {
    store::find(cx, unit)?;
    let rows: Vec<Row> = staff_shares::table
        .filter(staff_shares::unit_id.eq(unit))
        .order(staff_shares::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    let shares: Vec<Share> = rows.iter().map(Row::share).collect();
    Ok(staffing_rules::steps(&shares))
}

/// Refuses a last day of a unit behind which somebody would still belong to it.
pub(super) fn check_end_by(cx: &mut Cx<'_>, unit: UnitId, end: NaiveDate) -> Result<()> {
    let longer: i64 = staff_shares::table
        .filter(staff_shares::unit_id.eq(unit))
        .filter(
            staff_shares::valid_to
                .is_null()
                .or(staff_shares::valid_to.assume_not_null().gt(end)),
        )
        .count()
        .get_result(cx.conn())?;
    if longer == 0 {
        Ok(())
    } else {
        Err(Error::conflict(
            "Somebody belongs to the unit beyond that day: end those shares before.",
        ))
    }
}

/// Checks a share against its unit and against what else the person does, whatever unit that is in.
fn check(
    cx: &mut Cx<'_>,
    unit: &Unit,
    person: StaffId,
    new: Share,
    own: Option<StaffShareId>,
) -> Result<()> {
    staffing_rules::check_within((new.from, new.to), (unit.valid_from, unit.valid_to))?;
    let rows: Vec<Row> = staff_shares::table
        .filter(staff_shares::staff_id.eq(person))
        .filter(staff_shares::controller_id.eq(cx.scope().controller))
        .order(staff_shares::valid_from.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    let others: Vec<&Row> = rows.iter().filter(|row| Some(row.id) != own).collect();
    let twice = others
        .iter()
        .any(|row| row.unit_id == unit.id && staffing_rules::overlap(row.share(), new));
    if twice {
        return Err(Error::conflict(
            "The person belongs to the unit on some of these days already: end that share before.",
        ));
    }
    let others: Vec<Share> = others.iter().map(|row| row.share()).collect();
    staffing_rules::check_full_time(&others, new)
}

/// Lets somebody belong to a unit.
pub fn create(cx: &mut Cx<'_>, new: &NewStaffShare) -> Result<StaffShare> {
    let unit = store::find(cx, new.unit_id).map_err(|error| error.referred("/unitId"))?;
    let person = staff::find(cx, new.staff_id).map_err(|error| error.referred("/staffId"))?;
    let row = Row {
        id: Id::new(),
        controller_id: cx.scope().controller,
        programme_id: unit.programme_id,
        unit_id: unit.id,
        staff_id: person.id,
        percent: new.percent,
        valid_from: new.valid_from,
        valid_to: new.valid_to.or(unit.valid_to),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    check(cx, &unit, person.id, row.share(), None)?;
    diesel::insert_into(staff_shares::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("staffShare.assigned", row.id).programme(row.programme_id))?;
    Ok(row.into())
}

/// Changes the period of a share, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: StaffShareId, change: &StaffShareChange) -> Result<StaffShare> {
    let before = find(cx, id)?;
    cx.request.expect_version(before.version)?;
    let unit = store::find(cx, before.unit_id)?;
    let new = Share {
        from: change.valid_from.unwrap_or(before.valid_from),
        to: change.valid_to.unwrap_or(before.valid_to),
        percent: before.percent,
    };
    check(cx, &unit, before.staff_id, new, Some(id))?;
    let now = cx.now;
    diesel::update(staff_shares::table.find(id))
        .set((
            staff_shares::valid_from.eq(new.from),
            staff_shares::valid_to.eq(new.to),
            staff_shares::version.eq(before.version + 1),
            staff_shares::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&Event::new("staffShare.changed", id).programme(before.programme_id))?;
    find(cx, id)
}
