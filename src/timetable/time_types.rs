//! Time types in storage.

use diesel::prelude::*;

use super::model::{TalkChannel, TimeType, TimeTypeId};
use super::requests::{NewTimeType, TimeTypeChange};
use crate::find_seen;
use crate::organisations::{self, OrganisationId};
use crate::platform::app::Cx;
use crate::platform::db::schema::time_types;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::Result;
use crate::platform::events::Event;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::programmes::{self, ProgrammeId};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = time_types, treat_none_as_default_value = false)]
struct Row {
    id: TimeTypeId,
    controller_id: OrganisationId,
    programme_id: ProgrammeId,
    organisation_id: Option<OrganisationId>,
    name: String,
    public_name: String,
    minutes: i32,
    channel: TalkChannel,
    web_visible: bool,
    book_before_minutes: i32,
    move_before_minutes: i32,
    cancel_before_minutes: i32,
    active: bool,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for TimeType {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            programme_id: row.programme_id,
            organisation_id: row.organisation_id,
            name: row.name.into(),
            public_name: row.public_name.into(),
            minutes: row.minutes,
            channel: row.channel,
            web_visible: row.web_visible,
            book_before_minutes: row.book_before_minutes,
            move_before_minutes: row.move_before_minutes,
            cancel_before_minutes: row.cancel_before_minutes,
            active: row.active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

fn find_row(cx: &mut Cx<'_>, id: TimeTypeId) -> Result<Row> {
    find_seen!(cx, time_types, Row, id)
}

/// One time type that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: TimeTypeId) -> Result<TimeType> {
    Ok(find_row(cx, id)?.into())
}

/// Every time type of a programme that the actor sees, in the order they were made.
pub fn of_programme(cx: &mut Cx<'_>, programme: ProgrammeId) -> Result<Vec<TimeType>> {
    cx.scope().check_programme(programme)?;
    let rows: Vec<Row> = time_types::table
        .filter(time_types::programme_id.eq(programme))
        .filter(time_types::controller_id.eq(cx.scope().controller))
        .order(time_types::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only active ones, or only others.
    pub active: Option<bool>,
}

/// A page of the time types that the actor sees, in the order they were made, and one more.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<TimeType>> {
    use time_types as t;
    let mut query = t::table.select(Row::as_select()).into_boxed();
    if let Some(programmes) = &cx.scope().programmes {
        query = query.filter(one_of(t::programme_id, programmes));
    }
    query = query
        .filter(t::controller_id.eq(cx.scope().controller))
        .order(t::id.asc())
        .limit(limit + 1);
    if let Some(id) = filter.programme_id {
        query = query.filter(t::programme_id.eq(id));
    }
    if let Some(active) = filter.active {
        query = query.filter(t::active.eq(active));
    }
    if let Some(after) = after {
        query = query.filter(t::id.gt(after.id::<TimeType>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Makes a time type.
pub fn create(cx: &mut Cx<'_>, new: &NewTimeType) -> Result<TimeType> {
    let programme =
        programmes::find(cx, new.programme_id).map_err(|error| error.referred("/programmeId"))?;
    if let Some(organisation) = new.organisation_id {
        organisations::find(cx, organisation).map_err(|error| error.referred("/organisationId"))?;
    }
    let row = Row {
        id: Id::new(),
        controller_id: programme.controller_id,
        programme_id: programme.id,
        organisation_id: new.organisation_id,
        name: new.name.as_str().to_owned(),
        public_name: new.public_name.as_str().to_owned(),
        minutes: new.minutes,
        channel: new.channel,
        web_visible: new.web_visible,
        book_before_minutes: new.book_before_minutes,
        move_before_minutes: new.move_before_minutes,
        cancel_before_minutes: new.cancel_before_minutes,
        active: true,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(time_types::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("timeType.created", row.id).programme(row.programme_id))?;
    Ok(row.into())
}

/// Changes a time type, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: TimeTypeId, change: &TimeTypeChange) -> Result<TimeType> {
    let mut row = find_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    if let Some(name) = &change.name {
        row.name = name.as_str().to_owned();
    }
    if let Some(name) = &change.public_name {
        row.public_name = name.as_str().to_owned();
    }
    row.web_visible = change.web_visible.unwrap_or(row.web_visible);
    row.book_before_minutes = change
        .book_before_minutes
        .unwrap_or(row.book_before_minutes);
    row.move_before_minutes = change
        .move_before_minutes
        .unwrap_or(row.move_before_minutes);
    row.cancel_before_minutes = change
        .cancel_before_minutes
        .unwrap_or(row.cancel_before_minutes);
    row.active = change.active.unwrap_or(row.active);
    row.version += 1;
    row.updated_at = cx.now;
    diesel::update(time_types::table.find(id))
        .set(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("timeType.changed", id).programme(row.programme_id))?;
    Ok(row.into())
}
