//! Organisations in storage.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{
    NewOrganisation, Organisation, OrganisationChange, OrganisationKind, parse_identifiers,
};
use crate::identity::{OrganisationIdentifier, OrganisationIdentifierSystem, search_key};
use crate::platform::app::Cx;
use crate::platform::db::schema::organisations;
use crate::platform::db::{AnyConnection, Instant, Json};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::platform::text::Name;

/// Identifiers as they are stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredIdentifier {
    system: OrganisationIdentifierSystem,
    value: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = organisations, treat_none_as_default_value = false)]
struct Row {
    id: Id<Organisation>,
    parent_id: Option<Id<Organisation>>,
    controller_id: Id<Organisation>,
    kind: OrganisationKind,
    name: String,
    name_key: String,
    identifiers: Json<Vec<StoredIdentifier>>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for Organisation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            part_of: row.parent_id,
            controller_id: row.controller_id,
            kind: row.kind,
            name: row.name.into(),
            identifiers: row
                .identifiers
                .0
                .into_iter()
                .map(|stored| OrganisationIdentifier::stored(stored.system, stored.value))
                .collect(),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

fn stored(identifiers: Vec<OrganisationIdentifier>) -> Json<Vec<StoredIdentifier>> {
    Json(
        identifiers
            .into_iter()
            .map(|identifier| StoredIdentifier {
                system: identifier.system(),
                value: identifier.value().to_owned(),
            })
            .collect(),
    )
}

/// Makes a data controller: the root of a new tree.
pub fn create_root(
    conn: &mut AnyConnection,
    name: &str,
    kind: OrganisationKind,
    now: Instant,
) -> Result<Organisation> {
    let id = Id::new();
    let row = Row {
        id,
        parent_id: None,
        controller_id: id,
        kind,
        name: name.to_owned(),
        name_key: search_key(name),
        identifiers: Json(Vec::new()),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    diesel::insert_into(organisations::table)
        .values(&row)
        .execute(conn)?;
    Ok(row.into())
}

/// All data controllers, for the command line.
pub fn list_roots(conn: &mut AnyConnection) -> Result<Vec<Organisation>> {
    let rows: Vec<Row> = organisations::table
        .filter(organisations::parent_id.is_null())
        .order(organisations::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The data controller of an organisation, if there is such an organisation.
pub fn controller_of(
    conn: &mut AnyConnection,
    id: Id<Organisation>,
) -> Result<Option<Id<Organisation>>> {
    Ok(organisations::table
        .find(id)
        .select(organisations::controller_id)
        .first(conn)
        .optional()?)
}

/// One organisation of the actor's controller.
pub fn find(cx: &mut Cx<'_>, id: Id<Organisation>) -> Result<Organisation> {
    let controller = cx.scope().controller;
    let row: Option<Row> = organisations::table
        .find(id)
        .filter(organisations::controller_id.eq(controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?;
    row.map(Into::into).ok_or_else(Error::not_found)
}

/// The parts of an organisation that have this name, whatever its case and spacing.
pub fn find_named(
    cx: &mut Cx<'_>,
    part_of: Id<Organisation>,
    name: &Name,
) -> Result<Vec<Organisation>> {
    let controller = cx.scope().controller;
    let rows: Vec<Row> = organisations::table
        .filter(organisations::parent_id.eq(part_of))
        .filter(organisations::controller_id.eq(controller))
        .filter(organisations::name_key.eq(search_key(name.as_str())))
        .order(organisations::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The organisation of the actor's controller that has this number. Looks through all of them:
/// they are few, and their numbers stand in no index.
pub fn find_by_identifier(
    cx: &mut Cx<'_>,
    identifier: &OrganisationIdentifier,
) -> Result<Option<Organisation>> {
    let controller = cx.scope().controller;
    let rows: Vec<Row> = organisations::table
        .filter(organisations::controller_id.eq(controller))
        .order(organisations::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    Ok(rows
        .into_iter()
        .map(Organisation::from)
        .find(|known| known.identifiers.contains(identifier)))
}

/// Some of the actor's organisations behind an id, in the order they were made.
pub fn page(
    cx: &mut Cx<'_>,
    after: Option<Id<Organisation>>,
    limit: i64,
) -> Result<Vec<Organisation>> {
    let mut query = organisations::table
        .filter(organisations::controller_id.eq(cx.scope().controller))
        .order(organisations::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(organisations::id.gt(after));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// One ward of the actor's controller, named at `pointer` of the body.
pub fn find_ward(cx: &mut Cx<'_>, id: Id<Organisation>, pointer: &str) -> Result<Organisation> {
    let found = find(cx, id).map_err(|error| error.referred(pointer))?;
    if found.kind == OrganisationKind::Ward {
        Ok(found)
    } else {
        let detail = "is an organisation of another kind";
        Err(Error::field(pointer, "notAWard", detail))
    }
}

/// How deep an organisation stands below its data controller at most, so that a walk ends.
const DEPTH: usize = 32;

/// An organisation and everything it is part of but the data controller: somebody who is employed
/// by the hospital is employed on its wards, and somebody employed by the region is not (HF-5).
pub fn line_of(cx: &mut Cx<'_>, id: Id<Organisation>) -> Result<Vec<Id<Organisation>>> {
    let mut line = Vec::new();
    let mut next = Some(id);
    while let Some(id) = next.filter(|_| line.len() < DEPTH) {
        next = find(cx, id)?.part_of;
        if next.is_some() {
            line.push(id);
        }
    }
    Ok(line)
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this kind.
    pub kind: Option<OrganisationKind>,
    /// Only direct parts of this one.
    pub part_of: Option<Id<Organisation>>,
}

/// A page of the actor's organisations in the order they were made, and one row more.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Organisation>> {
    let mut query = organisations::table
        .filter(organisations::controller_id.eq(cx.scope().controller))
        .order(organisations::id.asc())
        .limit(limit + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(kind) = filter.kind {
        query = query.filter(organisations::kind.eq(kind));
    }
    if let Some(parent) = filter.part_of {
        query = query.filter(organisations::parent_id.eq(parent));
    }
    if let Some(after) = after {
        query = query.filter(organisations::id.gt(after.id::<Organisation>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Makes a part of an organisation that the actor sees.
pub fn create(cx: &mut Cx<'_>, new: &NewOrganisation) -> Result<Organisation> {
    let identifiers = parse_identifiers(&new.identifiers)?;
    let parent = find(cx, new.part_of)
        .map_err(|_| Error::field("/partOf", "notFound", "is no organisation that you may see"))?;
    let row = Row {
        id: Id::new(),
        parent_id: Some(parent.id),
        controller_id: parent.controller_id,
        kind: new.kind,
        name: new.name.as_str().to_owned(),
        name_key: search_key(new.name.as_str()),
        identifiers: stored(identifiers),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(organisations::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("organisation.created", row.id))?;
    Ok(row.into())
}

/// Changes an organisation, if the version the actor has read is still the current one.
pub fn change(
    cx: &mut Cx<'_>,
    id: Id<Organisation>,
    change: &OrganisationChange,
) -> Result<Organisation> {
    let before = find(cx, id)?;
    cx.request.expect_version(before.version)?;
    let name = change
        .name
        .as_ref()
        .unwrap_or(&before.name)
        .as_str()
        .to_owned();
    let identifiers = match &change.identifiers {
        Some(sent) => parse_identifiers(sent)?,
        None => before.identifiers,
    };
    let now = cx.now;
    diesel::update(organisations::table.find(id))
        .set((
            organisations::name_key.eq(search_key(&name)),
            organisations::name.eq(name),
            organisations::kind.eq(change.kind.unwrap_or(before.kind)),
            organisations::identifiers.eq(stored(identifiers)),
            organisations::version.eq(before.version + 1),
            organisations::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&Event::new("organisation.changed", id))?;
    find(cx, id)
}
