//! Seats in storage.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{
    MemberRole, Sector, SteeringGroup, SteeringGroupId, SteeringMember, SteeringMemberId,
};
use super::requests::{NewSteeringMember, SteeringMemberChange};
use super::rules::{self, Period};
use super::store;
use crate::calendar::local_date;
use crate::meetings;
use crate::organisations::{self, OrganisationId};
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::Instant;
use crate::platform::db::schema::steering_members;
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::id::Id;
use crate::platform::text::Name;
use crate::staff::{self, StaffId};

/// Who sits there: the sealed part.
#[derive(Serialize, Deserialize)]
struct Person {
    name: Name,
    title: Option<Name>,
    email: Option<Name>,
    organisation_name: Option<Name>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = steering_members, treat_none_as_default_value = false)]
struct Row {
    id: SteeringMemberId,
    controller_id: OrganisationId,
    steering_group_id: SteeringGroupId,
    role: MemberRole,
    seat: String,
    sector: Sector,
    organisation_id: Option<OrganisationId>,
    staff_id: Option<StaffId>,
    from_on: NaiveDate,
    until_on: Option<NaiveDate>,
    person: Vec<u8>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

fn place<'a>(id: SteeringMemberId) -> Place<'a> {
    Place::new("steering_members.person", id.uuid())
}

impl Row {
    fn shown(self, cx: &Cx<'_>) -> Result<SteeringMember> {
        let person: Person = cx.keys.open_json(place(self.id), &self.person)?;
        Ok(SteeringMember {
            id: self.id,
            steering_group_id: self.steering_group_id,
            name: person.name,
            title: person.title,
            email: person.email,
            organisation_name: person.organisation_name,
            organisation_id: self.organisation_id,
            seat: Name::from(self.seat),
            role: self.role,
            sector: self.sector,
            staff_id: self.staff_id,
            from_on: self.from_on,
            until_on: self.until_on,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    fn period(&self) -> Period {
        Period {
            role: self.role,
            from_on: self.from_on,
            until_on: self.until_on,
        }
    }
}

fn event(kind: &'static str, group: &SteeringGroup, id: SteeringMemberId) -> Event {
    Event::new(kind, id).of_programme(group.programme_id)
}

/// How many people a group has had on its seats at most: what one answer can hold.
const MOST: i64 = 1000;

fn rows(cx: &mut Cx<'_>, group: SteeringGroupId) -> Result<Vec<Row>> {
    Ok(steering_members::table
        .filter(steering_members::steering_group_id.eq(group))
        .filter(steering_members::controller_id.eq(cx.scope().controller))
        .order(steering_members::id.asc())
        .limit(MOST)
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// Everybody who has held a seat, in the order of appointment.
pub fn of_group(cx: &mut Cx<'_>, group: SteeringGroupId) -> Result<Vec<SteeringMember>> {
    let rows = rows(cx, group)?;
    rows.into_iter().map(|row| row.shown(cx)).collect()
}

/// Which of the roles that a group must have nobody has on this day, of those who have held a seat as
/// [`of_group`] has them.
#[must_use]
pub fn vacant(members: &[SteeringMember], day: NaiveDate) -> Vec<MemberRole> {
    let periods: Vec<Period> = members
        .iter()
        .map(|member| Period {
            role: member.role,
            from_on: member.from_on,
            until_on: member.until_on,
        })
        .collect();
    rules::vacancies(&periods, day)
}

fn find_row(cx: &mut Cx<'_>, id: SteeringMemberId) -> Result<Row> {
    steering_members::table
        .find(id)
        .filter(steering_members::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)
}

/// One seat of a group that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: SteeringMemberId) -> Result<SteeringMember> {
    let row = find_row(cx, id)?;
    store::find(cx, row.steering_group_id)?;
    row.shown(cx)
}

/// One seat of this group; anything else is not found.
pub fn of(cx: &mut Cx<'_>, group: SteeringGroupId, id: SteeringMemberId) -> Result<SteeringMember> {
    let row = find_row(cx, id)?;
    if row.steering_group_id == group {
        row.shown(cx)
    } else {
        Err(Error::not_found())
    }
}

fn check_staff(cx: &mut Cx<'_>, id: Option<StaffId>) -> Result<()> {
    if let Some(id) = id {
        staff::find(cx, id).map_err(|error| error.referred("/staffId"))?;
    }
    Ok(())
}

/// What must hold of a seat beside the group's other ones.
fn check_seat(group: &SteeringGroup, seats: &[Row], seat: &Row) -> Result<()> {
    let others = || seats.iter().filter(|other| other.id != seat.id);
    let periods: Vec<Period> = others().map(Row::period).collect();
    let own: Vec<Period> = others()
        .filter(|other| other.staff_id.is_some() && other.staff_id == seat.staff_id)
        .map(Row::period)
        .collect();
    rules::check_within(seat.period(), (group.starts_on, group.ends_on))?;
    rules::check_one_at_a_time(&periods, seat.period())?;
    rules::check_one_seat(&own, seat.period())
}

/// Seats of a group whose first or last day is later than this one; a hundred at most.
pub(super) fn after(
    cx: &mut Cx<'_>,
    group: SteeringGroupId,
    day: NaiveDate,
) -> Result<Vec<SteeringMemberId>> {
    Ok(steering_members::table
        .filter(steering_members::steering_group_id.eq(group))
        .filter(steering_members::controller_id.eq(cx.scope().controller))
        .filter(
            steering_members::from_on
                .gt(day)
                .or(steering_members::until_on
                    .is_not_null()
                    .and(steering_members::until_on.assume_not_null().gt(day))),
        )
        .order(steering_members::id.asc())
        .limit(100)
        .select(steering_members::id)
        .load(cx.conn())?)
}

/// Puts a person on a seat. On no day are there two chairs or two secretaries, or one person on two
/// seats. The group's version grows, so that the same request sent twice with its tag is refused.
pub fn appoint(
    cx: &mut Cx<'_>,
    group: SteeringGroupId,
    new: &NewSteeringMember,
) -> Result<SteeringMember> {
    let group = store::find(cx, group)?;
    cx.request.heed_version(group.version)?;
    check_staff(cx, new.staff_id)?;
    if let Some(id) = new.organisation_id {
        organisations::find(cx, id).map_err(|error| error.referred("/organisationId"))?;
    }
    let mut others = rows(cx, group.id)?;
    if let Some(followed) = new.replaces {
        let known = others
            .iter_mut()
            .find(|row| row.id == followed)
            .ok_or_else(|| Error::field("/replaces", "notFound", "is no member of this group"))?;
        let end = rules::last_day_before(known.period(), new.from_on)?;
        if known.until_on != Some(end) {
            known.until_on = Some(end);
            diesel::update(steering_members::table.find(followed))
                .set((
                    steering_members::until_on.eq(Some(end)),
                    steering_members::version.eq(known.version + 1),
                    steering_members::updated_at.eq(cx.now),
                ))
                .execute(cx.conn())?;
            cx.emit(&event("steeringMember.changed", &group, followed))?;
        }
    }
    let id = Id::new();
    let person = Person {
        name: new.name.clone(),
        title: new.title.clone(),
        email: new.email.clone(),
        organisation_name: new.organisation_name.clone(),
    };
    let row = Row {
        id,
        controller_id: group.controller_id,
        steering_group_id: group.id,
        role: new.role,
        seat: new.seat.as_str().to_owned(),
        sector: new.sector,
        organisation_id: new.organisation_id,
        staff_id: new.staff_id,
        from_on: new.from_on,
        until_on: new.until_on,
        person: cx.keys.seal_json(place(id), &person)?,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    check_seat(&group, &others, &row)?;
    diesel::insert_into(steering_members::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&event("steeringMember.appointed", &group, id))?;
    store::grown(cx, &group)?;
    row.shown(cx)
}

/// Changes a seat, if the version the actor has read is still the current one.
pub fn change(
    cx: &mut Cx<'_>,
    id: SteeringMemberId,
    change: &SteeringMemberChange,
) -> Result<SteeringMember> {
    let mut row = find_row(cx, id)?;
    let group = store::find(cx, row.steering_group_id)?;
    cx.request.expect_version(row.version)?;
    let mut person: Person = cx.keys.open_json(place(id), &row.person)?;
    if let Some(name) = &change.name {
        person.name = name.clone();
    }
    if let Some(title) = &change.title {
        person.title.clone_from(title);
    }
    if let Some(email) = &change.email {
        person.email.clone_from(email);
    }
    if let Some(organisation) = &change.organisation_name {
        person.organisation_name.clone_from(organisation);
    }
    if let Some(staff) = change.staff_id {
        check_staff(cx, staff)?;
        row.staff_id = staff;
    }
    if let Some(end) = change.until_on {
        if end.is_some_and(|end| end < row.from_on) {
            return Err(Error::field(
                "/untilOn",
                "order",
                "must not be earlier than fromOn",
            ));
        }
        row.until_on = end;
    }
    if change.staff_id.is_some() || change.until_on.is_some() {
        let others = rows(cx, group.id)?;
        check_seat(&group, &others, &row)?;
    }
    row.version += 1;
    row.updated_at = cx.now;
    row.person = cx.keys.seal_json(place(id), &person)?;
    diesel::update(steering_members::table.find(id))
        .set((
            steering_members::staff_id.eq(row.staff_id),
            steering_members::until_on.eq(row.until_on),
            steering_members::person.eq(&row.person),
            steering_members::version.eq(row.version),
            steering_members::updated_at.eq(row.updated_at),
        ))
        .execute(cx.conn())?;
    cx.emit(&event("steeringMember.changed", &group, id))?;
    row.shown(cx)
}

/// Takes back a seat before its first day, as if nobody had been appointed to it. Who was followed by
/// it keeps the last day that the appointment gave; what it proposes for agendas stays there, proposed
/// by nobody. The group's version grows, as with an appointment.
pub fn remove(cx: &mut Cx<'_>, id: SteeringMemberId) -> Result<SteeringMember> {
    let row = find_row(cx, id)?;
    let group = store::find(cx, row.steering_group_id)?;
    cx.request.expect_version(row.version)?;
    rules::check_not_begun(row.period(), today(cx, &group)?)?;
    meetings::forget_proposer(cx, &group, id)?;
    diesel::delete(steering_members::table.find(id)).execute(cx.conn())?;
    cx.emit(&event("steeringMember.removed", &group, id))?;
    store::grown(cx, &group)?;
    row.shown(cx)
}

/// Today in the group's time zone.
pub fn today(cx: &Cx<'_>, group: &SteeringGroup) -> Result<NaiveDate> {
    Ok(local_date(cx.now.utc(), group.policy.zone()?))
}
