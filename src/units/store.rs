//! Units in storage.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{NewUnit, Unit, UnitChange, UnitId};
use super::shares;
use crate::find_seen;
use crate::organisations::{self, OrganisationId};
use crate::platform::app::Cx;
use crate::platform::db::schema::units;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::programmes::{self, ProgrammeId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = units, treat_none_as_default_value = false)]
struct Row {
    id: UnitId,
    controller_id: OrganisationId,
    programme_id: ProgrammeId,
    organisation_id: Option<OrganisationId>,
    name: String,
    trial: bool,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for Unit {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            programme_id: row.programme_id,
            name: row.name.into(),
            organisation_id: row.organisation_id,
            trial: row.trial,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// One unit that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: UnitId) -> Result<Unit> {
    let row = find_seen!(cx, units, Row, id)?;
    Ok(row.into())
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only those that exist on this day.
    pub valid_on: Option<NaiveDate>,
}

/// A page of units, in the order they were made.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<Unit>, Option<Cursor>)> {
    let scope = cx.scope();
    let bound_to = format!("units {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = units::table
        .filter(units::controller_id.eq(scope.controller))
        .order(units::id.asc())
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(units::programme_id, visible));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(units::programme_id.eq(programme));
    }
    if let Some(day) = filter.valid_on {
        query = query.filter(units::valid_from.le(day)).filter(
            units::valid_to
                .is_null()
                .or(units::valid_to.assume_not_null().ge(day)),
        );
    }
    if let Some(after) = after {
        query = query.filter(units::id.gt(after.id::<Unit>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position::of(row.id));
    Ok((rows.into_iter().map(Into::into).collect(), next))
}

fn check_organisation(cx: &mut Cx<'_>, id: Option<OrganisationId>) -> Result<()> {
    match id {
        Some(id) => organisations::find(cx, id)
            .map(drop)
            .map_err(|error| error.referred("/organisationId")),
        None => Ok(()),
    }
}

/// Makes a unit.
pub fn create(cx: &mut Cx<'_>, new: &NewUnit) -> Result<Unit> {
    let programme =
        programmes::find(cx, new.programme_id).map_err(|error| error.referred("/programmeId"))?;
    check_organisation(cx, new.organisation_id)?;
    let row = Row {
        id: Id::new(),
        controller_id: programme.controller_id,
        programme_id: programme.id,
        organisation_id: new.organisation_id,
        name: new.name.as_str().to_owned(),
        trial: new.trial,
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(units::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("unit.created", row.id).programme(row.programme_id))?;
    Ok(row.into())
}

/// Changes a unit, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: UnitId, change: &UnitChange) -> Result<Unit> {
    let before = find(cx, id)?;
    cx.request.expect_version(before.version)?;
    let organisation = change.organisation_id.unwrap_or(before.organisation_id);
    check_organisation(cx, organisation)?;
    let trial = change.trial.unwrap_or(before.trial);
    let valid_to = change.valid_to.unwrap_or(before.valid_to);
    match valid_to {
        None if trial => {
            return Err(Error::field(
                "/validTo",
                "required",
                "is needed: a trial has an end",
            ));
        }
        Some(to) if to < before.valid_from => {
            return Err(Error::field(
                "/validTo",
                "beforeStart",
                "must not lie before validFrom",
            ));
        }
        Some(to) => shares::check_end_by(cx, id, to)?,
        None => {}
    }
    let name = change.name.as_ref().unwrap_or(&before.name);
    let now = cx.now;
    diesel::update(units::table.find(id))
        .set((
            units::organisation_id.eq(organisation),
            units::name.eq(name.as_str().to_owned()),
            units::trial.eq(trial),
            units::valid_to.eq(valid_to),
            units::version.eq(before.version + 1),
            units::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&Event::new("unit.changed", id).programme(before.programme_id))?;
    find(cx, id)
}
