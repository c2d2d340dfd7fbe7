//! Which groups an actor sees. Systems see those of their programmes, or all; the secretariat all;
//! a member those in which a seat is held today, in the group's own time zone (CPS-5). The
//! register of groups is open to auditors and administrators too, what happens in them is not.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{SteeringGroup, SteeringGroupId, SteeringMemberId};
use super::{members, rules, store};
use crate::calendar::local_date;
use crate::platform::access::Role;
use crate::platform::access::actor::ActorKind;
use crate::platform::app::Cx;
use crate::platform::db::schema::steering_members;
use crate::platform::error::{Error, Result};
use crate::staff::StaffId;

/// Which groups of the controller.
#[derive(Debug, Clone)]
pub enum Reach {
    /// All of them.
    Whole,
    /// These.
    Some(Vec<SteeringGroupId>),
}

impl Reach {
    /// Refuses a group beyond it as if it did not exist.
    pub fn check(&self, group: &SteeringGroup) -> Result<()> {
        match self {
            Self::Some(groups) if !groups.contains(&group.id) => Err(Error::not_found()),
            _ => Ok(()),
        }
    }
}

/// The groups whose register entry the actor sees.
pub fn of_register(cx: &mut Cx<'_>) -> Result<Reach> {
    reach(cx, &[Role::Secretariat, Role::Administrator, Role::Auditor])
}

/// The groups whose meetings and documents the actor sees.
pub fn of_meetings(cx: &mut Cx<'_>) -> Result<Reach> {
    reach(cx, &[Role::Secretariat])
}

/// Whether the actor is a person who sees groups by the seats held there alone.
fn is_by_seat(cx: &Cx<'_>, whole: &[Role]) -> bool {
    let actor = cx.actor;
    actor.kind == ActorKind::Person && !actor.roles.iter().any(|role| whole.contains(role))
}

fn reach(cx: &mut Cx<'_>, whole: &[Role]) -> Result<Reach> {
    let actor = cx.actor;
    if is_by_seat(cx, whole) {
        let own = seats(cx)?;
        return Ok(Reach::Some(
            own.into_iter().map(|(group, _)| group).collect(),
        ));
    }
    match &actor.scope.programmes {
        Some(programmes) => Ok(Reach::Some(store::of_programmes(cx, programmes)?)),
        None => Ok(Reach::Whole),
    }
}

/// The groups in which the actor holds a seat today, and the seats.
fn seats(cx: &mut Cx<'_>) -> Result<Vec<(SteeringGroupId, SteeringMemberId)>> {
    let Some(staff) = cx.actor.staff_id() else {
        return Ok(Vec::new());
    };
    let staff: StaffId = staff;
    let rows: Vec<(
        SteeringGroupId,
        SteeringMemberId,
        NaiveDate,
        Option<NaiveDate>,
    )> = steering_members::table
        .filter(steering_members::controller_id.eq(cx.scope().controller))
        .filter(steering_members::staff_id.eq(staff))
        .order(steering_members::id.asc())
        .select((
            steering_members::steering_group_id,
            steering_members::id,
            steering_members::from_on,
            steering_members::until_on,
        ))
        .load(cx.conn())?;
    let mut held = Vec::new();
    for (group, member, from_on, until_on) in rows {
        let zone = store::find_any(cx, group)?.policy.zone()?;
        if rules::holds(from_on, until_on, local_date(cx.now.utc(), zone)) {
            held.push((group, member));
        }
    }
    Ok(held)
}

/// As whom the actor takes part in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The secretariat, or a system that acts for it.
    Secretariat,
    /// The member who holds this seat.
    Member(SteeringMemberId),
}

/// A group whose meetings the actor sees, and as whom.
pub fn inside(cx: &mut Cx<'_>, id: SteeringGroupId) -> Result<(SteeringGroup, Standing)> {
    let group = store::find_any(cx, id)?;
    if !by_seat(cx) {
        of_meetings(cx)?.check(&group)?;
        return Ok((group, Standing::Secretariat));
    }
    let own = seats(cx)?;
    let seat = own.into_iter().find(|(held, _)| *held == id);
    let (_, member) = seat.ok_or_else(Error::not_found)?;
    Ok((group, Standing::Member(member)))
}

/// Whether the actor acts for a seat: as the secretariat, or as the person who holds it or has held it
/// before another one, as somebody who was made chair has.
pub fn acts_for(cx: &mut Cx<'_>, standing: Standing, seat: SteeringMemberId) -> Result<bool> {
    match standing {
        Standing::Secretariat => Ok(true),
        Standing::Member(own) if own == seat => Ok(true),
        Standing::Member(_) => {
            let staff: Option<StaffId> = cx.actor.staff_id();
            let controller = cx.scope().controller;
            let held: Option<SteeringMemberId> = steering_members::table
                .find(seat)
                .filter(steering_members::controller_id.eq(controller))
                .filter(steering_members::staff_id.eq(staff))
                .select(steering_members::id)
                .first(cx.conn())
                .optional()?;
            Ok(staff.is_some() && held.is_some())
        }
    }
}

/// Whether the actor takes part by a seat: neither the secretariat nor a system that acts for it.
#[must_use]
pub fn by_seat(cx: &Cx<'_>) -> bool {
    is_by_seat(cx, &[Role::Secretariat])
}

/// The seat that the actor held in a group on a day, where there is one.
pub fn seat_on(
    cx: &mut Cx<'_>,
    id: SteeringGroupId,
    day: NaiveDate,
) -> Result<Option<SteeringMemberId>> {
    let Some(staff) = cx.actor.staff_id() else {
        return Ok(None);
    };
    let staff: StaffId = staff;
    Ok(members::of_group(cx, id)?
        .into_iter()
        .find(|member| member.staff_id == Some(staff) && member.sits_on(day))
        .map(|member| member.id))
}

/// A group for somebody who held a seat on a day, as whoever has left it since. What of it is seen
/// is the caller's to say.
pub fn inside_on(
    cx: &mut Cx<'_>,
    id: SteeringGroupId,
    day: NaiveDate,
) -> Result<(SteeringGroup, Standing)> {
    let group = store::find_any(cx, id)?;
    let seat = if by_seat(cx) {
        seat_on(cx, id, day)?
    } else {
        None
    };
    let member = seat.ok_or_else(Error::not_found)?;
    Ok((group, Standing::Member(member)))
}
