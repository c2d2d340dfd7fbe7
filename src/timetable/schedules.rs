//! Time books in storage.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::availability::Availability;
use super::model::{Away, Schedule, ScheduleId};
use super::requests::NewSchedule;
use super::rules::{horizon, names};
use crate::calendar::{local_date, start_of_day};
use crate::find_seen;
use crate::organisations::{self, OrganisationId};
use crate::platform::app::Cx;
use crate::platform::db::schema::schedules;
use crate::platform::db::{Instant, Json, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::platform::text::Name;
use crate::programmes::{self, ProgrammeId};
use crate::staff::{self, StaffId};
use crate::upkeep::Page;
use crate::volunteers::{self, Volunteer, VolunteerId, VolunteerState};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schedules, treat_none_as_default_value = false)]
struct Row {
    id: ScheduleId,
    controller_id: OrganisationId,
    programme_id: ProgrammeId,
    volunteer_id: Option<VolunteerId>,
    staff_id: Option<StaffId>,
    organisation_id: Option<OrganisationId>,
    name: String,
    time_zone: String,
    active: bool,
    availability: Json<Availability>,
    away: Json<Vec<Away>>,
    slots_until: NaiveDate,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for Schedule {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            programme_id: row.programme_id,
            volunteer_id: row.volunteer_id,
            staff_id: row.staff_id,
            organisation_id: row.organisation_id,
            name: row.name.into(),
            time_zone: row.time_zone,
            active: row.active,
            availability: row.availability.0,
            away: row.away.0,
            slots_until: row.slots_until,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// One time book that the actor sees; a volunteer sees her own.
pub fn find(cx: &mut Cx<'_>, id: ScheduleId) -> Result<Schedule> {
    let schedule = find_any(cx, id)?;
    match (cx.scope().volunteer(), schedule.volunteer_id) {
        (Some(own), owner) if owner != Some(own) => Err(Error::not_found()),
        _ => Ok(schedule),
    }
}

/// One time book of the actor's controller and programmes, whoever owns it.
pub fn find_any(cx: &mut Cx<'_>, id: ScheduleId) -> Result<Schedule> {
    let row = find_seen!(cx, schedules, Row, id)?;
    Ok(row.into())
}

/// The time zones of time books.
pub fn zones(
    cx: &mut Cx<'_>,
    ids: impl Iterator<Item = ScheduleId>,
) -> Result<HashMap<ScheduleId, String>> {
    let ids: BTreeSet<ScheduleId> = ids.collect();
    let ids: Vec<ScheduleId> = ids.into_iter().collect();
    let zones: Vec<(ScheduleId, String)> = schedules::table
        .filter(one_of(schedules::id, &ids))
        .select((schedules::id, schedules::time_zone))
        .load(cx.conn())?;
    Ok(zones.into_iter().collect())
}

/// The time books of a volunteer.
pub fn of_volunteer(cx: &mut Cx<'_>, volunteer: VolunteerId) -> Result<Vec<Schedule>> {
    let rows: Vec<Row> = schedules::table
        .filter(schedules::volunteer_id.eq(volunteer))
        .filter(schedules::controller_id.eq(cx.scope().controller))
        .order(schedules::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only this volunteer's.
    pub volunteer_id: Option<VolunteerId>,
    /// Only this member of staff's.
    pub staff_id: Option<StaffId>,
    /// Only this organisation's.
    pub organisation_id: Option<OrganisationId>,
    /// Only active ones, or only others.
    pub active: Option<bool>,
}

/// A page of the time books that the actor sees, in the order they were made, and one more.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Schedule>> {
    use schedules as t;
    let mut query = t::table.select(Row::as_select()).into_boxed();
    if let Some(programmes) = &cx.scope().programmes {
        query = query.filter(one_of(t::programme_id, programmes));
    }
    query = query
        .filter(t::controller_id.eq(cx.scope().controller))
        .order(t::id.asc())
        .limit(limit + 1);
    if let Some(own) = cx.scope().volunteer() {
        query = query.filter(t::volunteer_id.eq(own));
    }
    if let Some(id) = filter.programme_id {
        query = query.filter(t::programme_id.eq(id));
    }
    if let Some(id) = filter.volunteer_id {
        query = query.filter(t::volunteer_id.eq(id));
    }
    if let Some(id) = filter.staff_id {
        query = query.filter(t::staff_id.eq(id));
    }
    if let Some(id) = filter.organisation_id {
        query = query.filter(t::organisation_id.eq(id));
    }
    if let Some(active) = filter.active {
        query = query.filter(t::active.eq(active));
    }
    if let Some(after) = after {
        query = query.filter(t::id.gt(after.id::<Schedule>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The leaves that were known before; `bookings::release_volunteer` tells of later ones.
fn leaves_of(volunteer: &Volunteer, zone: chrono_tz::Tz) -> impl Iterator<Item = Away> {
    let begin = move |day| Instant::from(start_of_day(day, zone));
    volunteer.leaves.iter().map(move |leave| Away {
        from: begin(leave.from),
        until: leave.until.map(begin),
    })
}

/// Who a volunteer is stands in the sealed record only, not in the name of a time book.
pub(super) fn check_name(name: &Name, volunteer: &Volunteer) -> Result<()> {
    match &volunteer.name {
        Some(person) if names(name.as_str(), person) => Err(Error::field(
            "/name",
            "personName",
            "names the volunteer: whose it is says volunteerId",
        )),
        _ => Ok(()),
    }
}

/// Makes a time book, with no times in it.
pub fn create(cx: &mut Cx<'_>, new: &NewSchedule) -> Result<Schedule> {
    let programme =
        programmes::find(cx, new.programme_id).map_err(|error| error.referred("/programmeId"))?;
    let mut away = Vec::new();
    if let Some(id) = new.volunteer_id {
        let volunteer = volunteers::find(cx, id).map_err(|error| error.referred("/volunteerId"))?;
        if volunteer.programme_id != programme.id {
            let detail = "is a volunteer of another programme";
            return Err(Error::field("/volunteerId", "otherProgramme", detail));
        }
        if volunteer.state == VolunteerState::Departed {
            return Err(Error::field("/volunteerId", "departed", "has left"));
        }
        let zone = programme.policy.time_zone()?;
        check_name(&new.name, &volunteer)?;
        away.extend(leaves_of(&volunteer, zone));
    }
    if let Some(id) = new.staff_id {
        staff::find(cx, id).map_err(|error| error.referred("/staffId"))?;
    }
    if let Some(id) = new.organisation_id {
        organisations::find(cx, id).map_err(|error| error.referred("/organisationId"))?;
    }
    let time_zone = new
        .time_zone
        .clone()
        .unwrap_or(programme.policy.calendar.time_zone);
    let Ok(zone) = time_zone.parse() else {
        let detail = "is not an IANA time zone, as Europe/Copenhagen is";
        return Err(Error::field("/timeZone", "unknownTimeZone", detail));
    };
    let known = Filter {
        programme_id: Some(programme.id),
        volunteer_id: new.volunteer_id,
        staff_id: new.staff_id,
        ..Filter::default()
    };
    if new.organisation_id.is_none() && !list(cx, &known, None, 1)?.is_empty() {
        return Err(Error::conflict(
            "The owner has a time book in this programme already.",
        ));
    }
    let row = Row {
        id: Id::new(),
        controller_id: programme.controller_id,
        programme_id: programme.id,
        volunteer_id: new.volunteer_id,
        staff_id: new.staff_id,
        organisation_id: new.organisation_id,
        name: new.name.as_str().to_owned(),
        time_zone,
        active: true,
        availability: Json(Availability::default()),
        away: Json(away),
        slots_until: local_date(cx.now.utc(), zone),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(schedules::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("schedule.created", row.id).programme(row.programme_id))?;
    Ok(row.into())
}

/// Stores what has changed of a time book, as its next version.
pub fn save(cx: &mut Cx<'_>, schedule: &mut Schedule) -> Result<()> {
    schedule.version += 1;
    schedule.updated_at = cx.now;
    diesel::update(schedules::table.find(schedule.id))
        .set((
            schedules::name.eq(schedule.name.as_str().to_owned()),
            schedules::active.eq(schedule.active),
            schedules::availability.eq(Json(schedule.availability.clone())),
            schedules::away.eq(Json(schedule.away.clone())),
            schedules::slots_until.eq(schedule.slots_until),
            schedules::version.eq(schedule.version),
            schedules::updated_at.eq(schedule.updated_at),
        ))
        .execute(cx.conn())?;
    Ok(())
}

/// Stores how far times are made; no change that anybody waits for, so the version stays.
pub fn set_slots_until(cx: &mut Cx<'_>, schedule: &Schedule) -> Result<()> {
    diesel::update(schedules::table.find(schedule.id))
        .set(schedules::slots_until.eq(schedule.slots_until))
        .execute(cx.conn())?;
    Ok(())
}

/// Active time books of the actor's controller whose times end before the horizon of their
/// programme: a page behind `after`, for [`crate::upkeep`].
pub fn ending(cx: &mut Cx<'_>, after: Option<ScheduleId>, limit: i64) -> Result<Page<Schedule>> {
    let mut query = schedules::table
        .filter(schedules::controller_id.eq(cx.scope().controller))
        .filter(schedules::active.eq(true))
        .order(schedules::id.asc())
        .limit(limit)
        .select((
            schedules::id,
            schedules::programme_id,
            schedules::time_zone,
            schedules::slots_until,
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(schedules::id.gt(after));
    }
    let rows: Vec<(ScheduleId, ProgrammeId, String, NaiveDate)> = query.load(cx.conn())?;
    let last = rows.last().map(|(id, ..)| *id);
    let mut horizons: HashMap<ProgrammeId, u32> = HashMap::new();
    let mut ending = Vec::new();
    for (id, programme, zone, until) in rows {
        let days = match horizons.get(&programme) {
            Some(days) => *days,
            None => {
                let policy = programmes::find_of_controller(cx, programme)?.policy;
                horizons.insert(programme, policy.booking.horizon_days);
                policy.booking.horizon_days
            }
        };
        let today = local_date(cx.now.utc(), parse_zone(&zone)?);
        if until < horizon(today, days) {
            ending.push(id);
        }
    }
    Ok(Page { ids: ending, last })
}

fn parse_zone(zone: &str) -> Result<chrono_tz::Tz> {
    zone.parse()
        .map_err(|_| Error::internal("stored time zone is unknown"))
}

/// Whether a programme has time books of volunteers.
pub fn has_volunteers(cx: &mut Cx<'_>, programme: ProgrammeId) -> Result<bool> {
    let found: Option<ScheduleId> = schedules::table
        .filter(schedules::programme_id.eq(programme))
        .filter(schedules::volunteer_id.is_not_null())
        .select(schedules::id)
        .first(cx.conn())
        .optional()?;
    Ok(found.is_some())
}
