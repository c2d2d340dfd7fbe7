//! Steering groups in storage.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::ending;
use super::model::{GroupPolicy, SteeringGroup, SteeringGroupId};
use super::reach::{self, Reach};
use super::requests::{NewSteeringGroup, SteeringGroupChange};
use crate::evaluations;
use crate::identity::search_key;
use crate::organisations::{self, OrganisationId};
use crate::platform::app::Cx;
use crate::platform::db::schema::steering_groups;
use crate::platform::db::{AnyConnection, Instant, Json, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::text::{Name, Prose};
use crate::programmes::{self, ProgrammeId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = steering_groups, treat_none_as_default_value = false)]
struct Row {
    id: SteeringGroupId,
    controller_id: OrganisationId,
    organisation_id: OrganisationId,
    programme_id: Option<ProgrammeId>,
    name: String,
    name_key: String,
    purpose: Option<String>,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
    policy: Json<GroupPolicy>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for SteeringGroup {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            controller_id: row.controller_id,
            organisation_id: row.organisation_id,
            programme_id: row.programme_id,
            name: Name::from(row.name),
            purpose: row.purpose.map(Prose::from),
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            policy: row.policy.0,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// What happened to a group.
fn event(kind: &'static str, group: &SteeringGroup) -> Event {
    Event::new(kind, group.id).of_programme(group.programme_id)
}

/// One group of the actor's controller, whoever asks.
pub(super) fn find_any(cx: &mut Cx<'_>, id: SteeringGroupId) -> Result<SteeringGroup> {
    let controller = cx.scope().controller;
    let row: Option<Row> = steering_groups::table
        .find(id)
        .filter(steering_groups::controller_id.eq(controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?;
    row.map(Row::into).ok_or_else(Error::not_found)
}

/// One group that the actor sees in the register: of its controller and programmes; for a member
/// one in which a seat is held today.
pub fn find(cx: &mut Cx<'_>, id: SteeringGroupId) -> Result<SteeringGroup> {
    let group = find_any(cx, id)?;
    reach::of_register(cx)?.check(&group)?;
    Ok(group)
}

/// A group whose approved minutes are public, whoever asks; any other is not found.
pub fn publishing(conn: &mut AnyConnection, id: SteeringGroupId) -> Result<SteeringGroup> {
    let row: Option<Row> = steering_groups::table
        .find(id)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(SteeringGroup::from)
        .filter(|group| group.policy.publishes_minutes)
        .ok_or_else(Error::not_found)
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this organisation itself.
    pub organisation_id: Option<OrganisationId>,
    /// Only of this programme.
    pub programme_id: Option<ProgrammeId>,
}

/// A page of the groups that the actor sees in the order they were made, and where the next one
/// begins.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<SteeringGroup>, Option<Cursor>)> {
    let bound_to = format!("steering groups {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = steering_groups::table
        .filter(steering_groups::controller_id.eq(cx.scope().controller))
        .order(steering_groups::id.asc())
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Reach::Some(groups) = reach::of_register(cx)? {
        query = query.filter(one_of(steering_groups::id, &groups));
    }
    if let Some(organisation) = filter.organisation_id {
        query = query.filter(steering_groups::organisation_id.eq(organisation));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(steering_groups::programme_id.eq(programme));
    }
    if let Some(after) = after {
        query = query.filter(steering_groups::id.gt(after.id::<SteeringGroup>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let rows = rows.into_iter().map(SteeringGroup::from).collect();
    Ok(cut(cx.keys, &bound_to, limit, rows, |row| Position {
        key: 0,
        id: row.id.uuid(),
    }))
}

/// The ids of the groups of these programmes.
pub(super) fn of_programmes(
    cx: &mut Cx<'_>,
    programmes: &[ProgrammeId],
) -> Result<Vec<SteeringGroupId>> {
    let mut ids = Vec::new();
    for programme in programmes {
        let of_one: Vec<SteeringGroupId> = steering_groups::table
            .filter(steering_groups::controller_id.eq(cx.scope().controller))
            .filter(steering_groups::programme_id.eq(programme))
            .select(steering_groups::id)
            .load(cx.conn())?;
        ids.extend(of_one);
    }
    Ok(ids)
}

fn check_policy(policy: &GroupPolicy) -> Result<()> {
    if policy.time_zone.parse::<chrono_tz::Tz>().is_err() {
        return Err(Error::field(
            "/policy/timeZone",
            "unknownTimeZone",
            "is no time zone of the IANA database",
        ));
    }
    if policy.extended_meetings > policy.ordinary_meetings {
        return Err(Error::field(
            "/policy/extendedMeetings",
            "tooMany",
            "must not be more than ordinaryMeetings, which count them too",
        ));
    }
    Ok(())
}

/// Makes a group in an organisation that the actor sees.
pub fn create(cx: &mut Cx<'_>, new: &NewSteeringGroup) -> Result<SteeringGroup> {
    let organisation = organisations::find(cx, new.organisation_id)
        .map_err(|error| error.referred("/organisationId"))?;
    if let Some(programme) = new.programme_id {
        programmes::find(cx, programme).map_err(|error| error.referred("/programmeId"))?;
    } else if cx.scope().programmes.is_some() {
        return Err(Error::field(
            "/programmeId",
            "required",
            "must name one of the programmes that you see",
        ));
    }
    let policy = new.policy.clone().unwrap_or_default();
    check_policy(&policy)?;
    let row = Row {
        id: Id::new(),
        controller_id: organisation.controller_id,
        organisation_id: organisation.id,
        programme_id: new.programme_id,
        name: new.name.as_str().to_owned(),
        name_key: search_key(new.name.as_str()),
        purpose: new.purpose.as_ref().map(|text| text.as_str().to_owned()),
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        policy: Json(policy),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(steering_groups::table)
        .values(&row)
        .execute(cx.conn())?;
    let group = row.into();
    cx.emit(&event("steeringGroup.created", &group))?;
    // Within a year at the latest (CPS-7).
    evaluations::plan_of_group(cx, &group)?;
    Ok(group)
}

/// Notes that a seat was added or taken back: whoever has read the group as it was before has read
/// something else. The event is the seat's.
pub(super) fn grown(cx: &mut Cx<'_>, group: &SteeringGroup) -> Result<()> {
    let now = cx.now;
    diesel::update(steering_groups::table.find(group.id))
        .set((
            steering_groups::version.eq(group.version + 1),
            steering_groups::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    Ok(())
}

/// Changes a group, if the version the actor has read is still the current one.
pub fn change(
    cx: &mut Cx<'_>,
    id: SteeringGroupId,
    change: &SteeringGroupChange,
) -> Result<SteeringGroup> {
    let mut group = find(cx, id)?;
    cx.request.expect_version(group.version)?;
    if let Some(name) = &change.name {
        group.name = name.clone();
    }
    if let Some(purpose) = &change.purpose {
        group.purpose.clone_from(purpose);
    }
    let ended = group.ends_on;
    if let Some(end) = change.ends_on {
        if let Some(end) = end {
            ending::check(cx, &group, end)?;
        }
        group.ends_on = end;
    }
    if let Some(policy) = &change.policy {
        let policy = policy.applied(&group.policy);
        check_policy(&policy)?;
        group.policy = policy;
    }
    group.version += 1;
    group.updated_at = cx.now;
    diesel::update(steering_groups::table.find(id))
        .set((
            steering_groups::name_key.eq(search_key(group.name.as_str())),
            steering_groups::name.eq(group.name.as_str()),
            steering_groups::purpose.eq(group.purpose.as_ref().map(Prose::as_str)),
            steering_groups::ends_on.eq(group.ends_on),
            steering_groups::policy.eq(Json(group.policy.clone())),
            steering_groups::version.eq(group.version),
            steering_groups::updated_at.eq(group.updated_at),
        ))
        .execute(cx.conn())?;
    cx.emit(&event("steeringGroup.changed", &group))?;
    evaluations::follow_group(cx, &group, ended)?;
    Ok(group)
}
