//! Programmes in storage.

use std::sync::LazyLock;

use chrono::NaiveDate;
use diesel::prelude::*;
use moka::sync::Cache;

use super::change::ProgrammeChange;
use super::model::{NewProgramme, Policy, Programme, ProgrammeId};
use super::rules;
use crate::calendar::local_date;
use crate::on_engine;
use crate::organisations::{self, OrganisationId};
use crate::platform::app::Cx;
use crate::platform::db::schema::programmes;
use crate::platform::db::{Instant, Json, JsonText, one_of};
use crate::platform::error::{Error, FieldError, ProblemCode, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::platform::text::Code;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = programmes, treat_none_as_default_value = false)]
struct Row {
    id: ProgrammeId,
    controller_id: OrganisationId,
    organisation_id: OrganisationId,
    code: String,
    name: String,
    #[diesel(deserialize_as = JsonText)]
    policy: Json<Policy>,
    active: bool,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

/// Policies go with almost every request and seldom change: each text is parsed once. Parsing was a
/// twentieth of the writer's time for a created referral (perf).
static PARSED: LazyLock<Cache<String, Policy>> = LazyLock::new(|| Cache::new(200));

impl TryFrom<JsonText> for Json<Policy> {
    type Error = serde_json::Error;

    fn try_from(JsonText(text): JsonText) -> Result<Self, Self::Error> {
        if let Some(parsed) = PARSED.get(&text) {
            return Ok(Self(parsed));
        }
        let parsed: Policy = serde_json::from_str(&text)?;
        PARSED.insert(text, parsed.clone());
        Ok(Self(parsed))
    }
}

impl From<Row> for Programme {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            organisation_id: row.organisation_id,
            controller_id: row.controller_id,
            code: row.code.into(),
            name: row.name.into(),
            active: row.active,
            policy: row.policy.0,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// One programme that the actor may see.
pub fn find(cx: &mut Cx<'_>, id: ProgrammeId) -> Result<Programme> {
    cx.scope().check_programme(id)?;
    find_of_controller(cx, id)
}

/// One programme of the actor's controller, also where the actor is limited to others: what a
/// programme is for is no secret within a controller, and a referral can be forwarded to it.
pub fn find_of_controller(cx: &mut Cx<'_>, id: ProgrammeId) -> Result<Programme> {
    let controller = cx.scope().controller;
    let row: Option<Row> = on_engine!(cx.conn(), conn => programmes::table
        .find(id)
        .filter(programmes::controller_id.eq(controller))
        .select(Row::as_select())
        .first(conn))
    .optional()?;
    row.map(Into::into).ok_or_else(Error::not_found)
}

/// What day it is where a programme of the controller has its time zone.
pub fn today(cx: &mut Cx<'_>, id: ProgrammeId) -> Result<NaiveDate> {
    let zone = find_of_controller(cx, id)?.policy.time_zone()?;
    Ok(local_date(cx.now.utc(), zone))
}

/// More programmes than a controller has.
const MOST: i64 = 10_000;

/// The programme of the actor's controller with this code, if there is one that the actor may see.
pub fn find_by_code(cx: &mut Cx<'_>, code: &str) -> Result<Option<Programme>> {
    let filter = Filter {
        active: None,
        code: Some(code.into()),
    };
    Ok(list(cx, &filter, None, 1)?.into_iter().next())
}

/// Every programme that the actor sees.
pub fn all(cx: &mut Cx<'_>) -> Result<Vec<Programme>> {
    list(cx, &Filter::default(), None, MOST)
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only those that take new referrals, or only those that do not.
    pub active: Option<bool>,
    /// Only the one with this code.
    pub code: Option<Code>,
}

impl Filter {
    /// What a cursor is bound to. `Code` hides itself from `Debug`, so it is written out.
    #[must_use]
    pub fn describe(&self) -> String {
        let code = self.code.as_ref().map(Code::as_str);
        format!("programmes {:?} {code:?}", self.active)
    }
}

/// A page of the programmes that the actor may see, in the order they were made, and one row more.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Programme>> {
    let mut query = programmes::table
        .filter(programmes::controller_id.eq(cx.scope().controller))
        .order(programmes::id.asc())
        .limit(limit + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &cx.scope().programmes {
        query = query.filter(one_of(programmes::id, visible));
    }
    if let Some(active) = filter.active {
        query = query.filter(programmes::active.eq(active));
    }
    if let Some(code) = &filter.code {
        query = query.filter(programmes::code.eq(code.as_str().to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(programmes::id.gt(after.id::<Programme>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Makes a programme of an organisation that the actor sees.
pub fn create(cx: &mut Cx<'_>, new: &NewProgramme) -> Result<Programme> {
    if cx.scope().programmes.is_some() {
        return Err(Error::problem(
            ProblemCode::Forbidden,
            "A token that is limited to certain programmes cannot make another one.",
        ));
    }
    let decided = rules::decide_new(new);
    let organisation = organisations::find(cx, new.organisation_id);
    let (decided, organisation) = match (decided, organisation) {
        (Ok(decided), Ok(organisation)) => (decided, organisation),
        (decided, organisation) => {
            let mut wrong = decided.err().unwrap_or_default();
            match organisation.err() {
                Some(error) if error.code() != ProblemCode::NotFound => return Err(error),
                Some(_) => wrong.push(FieldError::new(
                    "/organisationId",
                    "notFound",
                    "is no organisation that you may see",
                )),
                None => {}
            }
            return Err(Error::invalid(wrong));
        }
    };
    if find_by_code(cx, decided.code.as_str())?.is_some() {
        return Err(Error::conflict(
            "Another programme of this data controller has this code.",
        ));
    }
    let row = Row {
        id: Id::new(),
        controller_id: organisation.controller_id,
        organisation_id: organisation.id,
        code: decided.code.as_str().to_owned(),
        name: decided.name.as_str().to_owned(),
        policy: Json(decided.policy),
        active: new.active.unwrap_or(true),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(programmes::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("programme.created", row.id).programme(row.id))?;
    Ok(row.into())
}

/// Changes a programme, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: ProgrammeId, change: &ProgrammeChange) -> Result<Programme> {
    let before = find(cx, id)?;
    cx.request.expect_version(before.version)?;
    let after = change.apply(before.clone());
    let wrong = rules::check_policy(&after.policy, "/policy");
    Error::unless_empty(wrong)?;
    let now = cx.now;
    diesel::update(programmes::table.find(id))
        .set((
            programmes::name.eq(after.name.as_str().to_owned()),
            programmes::active.eq(after.active),
            programmes::policy.eq(Json(after.policy)),
            programmes::version.eq(before.version + 1),
            programmes::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&Event::new("programme.changed", id).programme(id))?;
    find(cx, id)
}
