//! Working groups in storage. Who takes part is sealed.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{
    NewWorkingGroup, WorkingGroup, WorkingGroupChange, WorkingGroupClosure, WorkingGroupId,
    WorkingGroupMember, WorkingGroupReport, WorkingGroupState,
};
use super::rules;
use crate::evaluations;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::schema::working_groups;
use crate::platform::db::{Instant, Json, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::once::Once;
use crate::platform::text::{Line, Prose};
use crate::programmes::ProgrammeId;
use crate::steering::{self, Reach, SteeringGroup, SteeringGroupId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = working_groups, treat_none_as_default_value = false)]
struct Row {
    id: WorkingGroupId,
    controller_id: OrganisationId,
    programme_id: Option<ProgrammeId>,
    steering_group_id: SteeringGroupId,
    name: String,
    state: WorkingGroupState,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    reported_on: Option<NaiveDate>,
    content: Json<Content>,
    people: Vec<u8>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

/// What nobody queries into.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Content {
    mandate: Prose,
    report: Option<Prose>,
    closure_reason: Option<Line>,
}

fn place(id: WorkingGroupId) -> Place<'static> {
    Place::new("working_groups.people", id.uuid())
}

impl Row {
    fn event(&self, kind: &'static str) -> Event {
        Event::new(kind, self.id).of_programme(self.programme_id)
    }
}

fn shown(cx: &mut Cx<'_>, row: Row, group: &SteeringGroup) -> Result<WorkingGroup> {
    let members: Vec<WorkingGroupMember> = cx.keys.open_json(place(row.id), &row.people)?;
    let today = steering::today(cx, group)?;
    let content = row.content.0;
    Ok(WorkingGroup {
        id: row.id,
        steering_group_id: row.steering_group_id,
        programme_id: row.programme_id,
        name: row.name.into(),
        state: row.state,
        mandate: content.mandate,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        overdue: row.state == WorkingGroupState::Working && row.ends_on < today,
        members,
        reported_on: row.reported_on,
        report: content.report,
        closure_reason: content.closure_reason,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// A row and its steering group, if the actor sees that.
fn find_row(cx: &mut Cx<'_>, id: WorkingGroupId) -> Result<(Row, SteeringGroup)> {
    let row: Row = working_groups::table
        .find(id)
        .filter(working_groups::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)?;
    let group = steering::find(cx, row.steering_group_id)?;
    Ok((row, group))
}

/// One working group of a steering group that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: WorkingGroupId) -> Result<WorkingGroup> {
    let (row, group) = find_row(cx, id)?;
    shown(cx, row, &group)
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this steering group.
    pub steering_group_id: Option<SteeringGroupId>,
    /// Only of this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only in this state.
    pub state: Option<WorkingGroupState>,
    /// Only those that end on this day or earlier.
    pub ends_until: Option<NaiveDate>,
}

fn rows(cx: &mut Cx<'_>, filter: &Filter, after: Option<Position>, limit: i64) -> Result<Vec<Row>> {
    let mut query = working_groups::table
        .filter(working_groups::controller_id.eq(cx.scope().controller))
        .order((working_groups::ends_on.asc(), working_groups::id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Reach::Some(groups) = steering::of_register(cx)? {
        query = query.filter(one_of(working_groups::steering_group_id, &groups));
    }
    if let Some(group) = filter.steering_group_id {
        query = query.filter(working_groups::steering_group_id.eq(group));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(working_groups::programme_id.eq(programme));
    }
    if let Some(state) = filter.state {
        query = query.filter(working_groups::state.eq(state));
    }
    if let Some(day) = filter.ends_until {
        query = query.filter(working_groups::ends_on.le(day));
    }
    if let Some(after) = after {
        let day = after.date();
        query = query.filter(
            working_groups::ends_on.ge(day).and(
                working_groups::ends_on
                    .gt(day)
                    .or(working_groups::id.gt(after.id::<WorkingGroup>())),
            ),
        );
    }
    Ok(query.load(cx.conn())?)
}

fn shown_all(cx: &mut Cx<'_>, rows: Vec<Row>) -> Result<Vec<WorkingGroup>> {
    let mut groups = Once::default();
    rows.into_iter()
        .map(|row| {
            let id = row.steering_group_id;
            let group = groups.get(id, || steering::find(cx, id))?;
            shown(cx, row, &group)
        })
        .collect()
}

/// A page of working groups, the earliest end first.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<WorkingGroup>, Option<Cursor>)> {
    let bound_to = format!("workingGroups {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let rows = rows(cx, filter, after, limit.rows() + 1)?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| {
        Position::on(row.ends_on, row.id)
    });
    Ok((shown_all(cx, rows)?, next))
}

/// Groups at work that report back on this day or earlier, the earliest first.
pub fn ending(
    cx: &mut Cx<'_>,
    programme: Option<ProgrammeId>,
    until: NaiveDate,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<WorkingGroup>> {
    let filter = Filter {
        programme_id: programme,
        state: Some(WorkingGroupState::Working),
        ends_until: Some(until),
        ..Filter::default()
    };
    let rows = rows(cx, &filter, after, limit)?;
    shown_all(cx, rows)
}

/// Groups at work that a steering group has set up and that end on a later day than this one; a hundred
/// at most.
pub fn after(
    cx: &mut Cx<'_>,
    group: SteeringGroupId,
    day: NaiveDate,
) -> Result<Vec<WorkingGroupId>> {
    Ok(working_groups::table
        .filter(working_groups::steering_group_id.eq(group))
        .filter(working_groups::controller_id.eq(cx.scope().controller))
        .filter(working_groups::state.eq(WorkingGroupState::Working))
        .filter(working_groups::ends_on.gt(day))
        .order((working_groups::ends_on.asc(), working_groups::id.asc()))
        .limit(100)
        .select(working_groups::id)
        .load(cx.conn())?)
}

/// Sets up a working group, and plans its evaluation (CPS-7).
pub fn create(cx: &mut Cx<'_>, new: &NewWorkingGroup) -> Result<WorkingGroup> {
    let group = steering::find(cx, new.steering_group_id)
        .map_err(|error| error.referred("/steeringGroupId"))?;
    rules::check_within(
        (new.starts_on, new.ends_on),
        (group.starts_on, group.ends_on),
    )?;
    let id = Id::new();
    let row = Row {
        id,
        controller_id: group.controller_id,
        programme_id: group.programme_id,
        steering_group_id: group.id,
        name: new.name.as_str().to_owned(),
        state: WorkingGroupState::Working,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        reported_on: None,
        content: Json(Content {
            mandate: new.mandate.clone(),
            report: None,
            closure_reason: None,
        }),
        people: cx.keys.seal_json(place(id), &new.members)?,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(working_groups::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&row.event("workingGroup.created"))?;
    let working = shown(cx, row, &group)?;
    evaluations::plan_of_working_group(cx, &working)?;
    Ok(working)
}

/// Changes a group at work, if the version the actor has read is still the current one.
pub fn change(
    cx: &mut Cx<'_>,
    id: WorkingGroupId,
    change: &WorkingGroupChange,
) -> Result<WorkingGroup> {
    let (mut row, group) = find_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    rules::check_working(row.state)?;
    let ended = row.ends_on;
    row.ends_on = change.ends_on.unwrap_or(row.ends_on);
    rules::check_within(
        (row.starts_on, row.ends_on),
        (group.starts_on, group.ends_on),
    )?;
    if let Some(name) = &change.name {
        name.as_str().clone_into(&mut row.name);
    }
    if let Some(mandate) = &change.mandate {
        row.content.0.mandate = mandate.clone();
    }
    if let Some(members) = &change.members {
        row.people = cx.keys.seal_json(place(id), members)?;
    }
    save(cx, &row)?;
    cx.emit(&row.event("workingGroup.changed"))?;
    let working = find(cx, id)?;
    evaluations::follow_working_group(cx, &working, ended)?;
    Ok(working)
}

/// Records what a group reports back, which ends it.
pub fn report(
    cx: &mut Cx<'_>,
    id: WorkingGroupId,
    new: &WorkingGroupReport,
) -> Result<WorkingGroup> {
    let (mut row, group) = find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    rules::check_working(row.state)?;
    let today = steering::today(cx, &group)?;
    let on = new.reported_on.unwrap_or(today);
    rules::check_reported(on, row.starts_on, today)?;
    row.state = WorkingGroupState::Reported;
    row.reported_on = Some(on);
    row.content.0.report = Some(new.report.clone());
    save(cx, &row)?;
    cx.emit(&row.event("workingGroup.reported"))?;
    find(cx, id)
}

/// Ends a group without a report.
pub fn close(
    cx: &mut Cx<'_>,
    id: WorkingGroupId,
    new: &WorkingGroupClosure,
) -> Result<WorkingGroup> {
    let (mut row, _) = find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    rules::check_working(row.state)?;
    row.state = WorkingGroupState::Closed;
    row.content.0.closure_reason = Some(new.reason.clone());
    save(cx, &row)?;
    cx.emit(&row.event("workingGroup.closed"))?;
    find(cx, id)
}

fn save(cx: &mut Cx<'_>, row: &Row) -> Result<()> {
    let now = cx.now;
    diesel::update(working_groups::table.find(row.id))
        .set((
            working_groups::name.eq(row.name.clone()),
            working_groups::state.eq(row.state),
            working_groups::ends_on.eq(row.ends_on),
            working_groups::reported_on.eq(row.reported_on),
            working_groups::content.eq(row.content.clone()),
            working_groups::people.eq(row.people.clone()),
            working_groups::version.eq(row.version + 1),
            working_groups::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    Ok(())
}
