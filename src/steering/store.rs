//! Steering groups in storage.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{GroupPolicy, SteeringGroup, SteeringGroupId};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::steering_groups;
use crate::platform::db::{Instant, Json};
use crate::platform::error::{Error, Result};
use crate::platform::text::{Name, Prose};
use crate::programmes::ProgrammeId;

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

/// One group that the actor sees: of its controller and programmes.
pub fn find(cx: &mut Cx<'_>, id: SteeringGroupId) -> Result<SteeringGroup> {
    let scope = cx.scope();
    let group: SteeringGroup = steering_groups::table
        .find(id)
        .filter(steering_groups::controller_id.eq(scope.controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .map(Row::into)
        .ok_or_else(Error::not_found)?;
    if let Some(programmes) = &scope.programmes {
        let sees = |programme| programmes.contains(programme);
        if !group.programme_id.as_ref().is_some_and(sees) {
            return Err(Error::not_found());
        }
    }
    Ok(group)
}
