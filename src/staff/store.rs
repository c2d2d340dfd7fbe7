//! Staff in storage.

use diesel::prelude::*;

use super::model::{NewStaff, Staff, StaffChange, StaffId, StaffRole};
use crate::identity::search_key;
use crate::organisations::{self, OrganisationId};
use crate::platform::access::Role;
use crate::platform::app::Cx;
use crate::platform::db::schema::staff;
use crate::platform::db::{AnyConnection, Instant, Json};
use crate::platform::error::{Error, FieldError, ProblemCode, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::platform::text::Name;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = staff, treat_none_as_default_value = false)]
struct Row {
    id: StaffId,
    controller_id: OrganisationId,
    organisation_id: OrganisationId,
    name: String,
    name_key: String,
    title: Option<String>,
    roles: Json<Vec<Role>>,
    active: bool,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for Staff {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            controller_id: row.controller_id,
            organisation_id: row.organisation_id,
            name: row.name.into(),
            title: row.title.map(Name::from),
            roles: row.roles.0,
            active: row.active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The name of a staff member of this controller who is active.
pub fn active_name(
    conn: &mut AnyConnection,
    controller: OrganisationId,
    id: StaffId,
) -> Result<Option<String>> {
    Ok(staff::table
        .find(id)
        .filter(staff::controller_id.eq(controller))
        .filter(staff::active.eq(true))
        .select(staff::name)
        .first(conn)
        .optional()?)
}

/// One staff member of the actor's controller, active or not.
pub fn find(cx: &mut Cx<'_>, id: StaffId) -> Result<Staff> {
    let controller = cx.scope().controller;
    let row: Option<Row> = staff::table
        .find(id)
        .filter(staff::controller_id.eq(controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?;
    row.map(Into::into).ok_or_else(Error::not_found)
}

/// The members of an organisation itself who have this name, whatever its case and spacing.
pub fn find_named(
    cx: &mut Cx<'_>,
    organisation: OrganisationId,
    name: &Name,
) -> Result<Vec<Staff>> {
    let controller = cx.scope().controller;
    let rows: Vec<Row> = staff::table
        .filter(staff::organisation_id.eq(organisation))
        .filter(staff::controller_id.eq(controller))
        .filter(staff::name_key.eq(search_key(name.as_str())))
        .order(staff::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Some of the actor's staff behind an id, in the order they were made.
pub fn page(cx: &mut Cx<'_>, after: Option<StaffId>, limit: i64) -> Result<Vec<Staff>> {
    let mut query = staff::table
        .filter(staff::controller_id.eq(cx.scope().controller))
        .order(staff::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(staff::id.gt(after));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only those who work here now, or only those who do not.
    pub active: Option<bool>,
    /// Only those of this organisation itself.
    pub organisation_id: Option<OrganisationId>,
}

/// A page of the actor's staff in the order they were made, and one row more.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Staff>> {
    let mut query = staff::table
        .filter(staff::controller_id.eq(cx.scope().controller))
        .order(staff::id.asc())
        .limit(limit + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(active) = filter.active {
        query = query.filter(staff::active.eq(active));
    }
    if let Some(organisation) = filter.organisation_id {
        query = query.filter(staff::organisation_id.eq(organisation));
    }
    if let Some(after) = after {
        query = query.filter(staff::id.gt(after.id::<Staff>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Checks what stands on other things than the contract. Everything wrong is named at once.
fn check(
    cx: &mut Cx<'_>,
    organisation: Option<OrganisationId>,
    roles: Option<&[Role]>,
) -> Result<()> {
    let mut wrong = Vec::new();
    if let Some(id) = organisation {
        match organisations::find(cx, id) {
            Err(error) if error.code() == ProblemCode::NotFound => wrong.push(FieldError::new(
                "/organisationId",
                "notFound",
                "is no organisation that you may see",
            )),
            found => drop(found?),
        }
    }
    for (index, role) in roles.unwrap_or_default().iter().enumerate() {
        let earlier = roles.unwrap_or_default().iter().take(index);
        if earlier.into_iter().any(|other| other == role) {
            wrong.push(FieldError::new(
                format!("/roles/{index}"),
                "duplicateItem",
                "is named already",
            ));
        }
        if !StaffRole::allows(*role) {
            wrong.push(FieldError::new(
                format!("/roles/{index}"),
                "unknownValue",
                "is no role of the staff",
            ));
        }
    }
    Error::unless_empty(wrong)
}

/// Makes a staff member in an organisation that the actor sees.
pub fn create(cx: &mut Cx<'_>, new: &NewStaff) -> Result<Staff> {
    check(cx, Some(new.organisation_id), Some(&new.roles))?;
    let row = Row {
        id: Id::new(),
        controller_id: cx.scope().controller,
        organisation_id: new.organisation_id,
        name: new.name.as_str().to_owned(),
        name_key: search_key(new.name.as_str()),
        title: new.title.as_ref().map(|title| title.as_str().to_owned()),
        roles: Json(new.roles.clone()),
        active: true,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(staff::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("staff.created", row.id))?;
    Ok(row.into())
}

/// Changes a staff member, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: StaffId, change: &StaffChange) -> Result<Staff> {
    let before = find(cx, id)?;
    cx.request.expect_version(before.version)?;
    check(cx, change.organisation_id, change.roles.as_deref())?;
    let name = change.name.as_ref().unwrap_or(&before.name);
    let title = change.title.as_ref().unwrap_or(&before.title);
    let now = cx.now;
    diesel::update(staff::table.find(id))
        .set((
            staff::name_key.eq(search_key(name.as_str())),
            staff::name.eq(name.as_str().to_owned()),
            staff::title.eq(title.as_ref().map(|title| title.as_str().to_owned())),
            staff::organisation_id.eq(change.organisation_id.unwrap_or(before.organisation_id)),
            staff::roles.eq(Json(change.roles.clone().unwrap_or(before.roles))),
            staff::active.eq(change.active.unwrap_or(before.active)),
            staff::version.eq(before.version + 1),
            staff::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&Event::new("staff.changed", id))?;
    find(cx, id)
}
