//! Which groups an actor sees. Systems see those of their programmes, or all; the secretariat all;
//! a member those in which a seat is held today, in the group's own time zone (CPS-5). The
//! register of groups is open to auditors and administrators too, what happens in them is not.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{SteeringGroup, SteeringGroupId, SteeringMemberId};
use super::{members, rules, store};
use crate::platform::access::Role;
use crate::platform::access::actor::ActorKind;
use crate::platform::app::Cx;
use crate::platform::db::schema::steering_members;
use crate::platform::error::{Error, Result};
use crate::platform::once::Once;
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
        return Ok(Reach::Some(seated_in(cx)?));
    }
    match &actor.scope.programmes {
        Some(programmes) => Ok(Reach::Some(store::of_programmes(cx, programmes)?)),
        None => Ok(Reach::Whole),
    }
}

/// A seat that the actor holds, has held or will hold.
struct Own {
    group: SteeringGroupId,
    id: SteeringMemberId,
    from_on: NaiveDate,
    until_on: Option<NaiveDate>,
}

impl Own {
    fn is_held(&self, day: NaiveDate) -> bool {
        rules::holds(self.from_on, self.until_on, day)
    }
}

/// Every seat of the actor's in any group, in the order of appointment.
fn own(cx: &mut Cx<'_>) -> Result<Vec<Own>> {
    let staff: Option<StaffId> = cx.actor.staff_id();
    let Some(staff) = staff else {
        return Ok(Vec::new());
    };
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
    Ok(rows
        .into_iter()
        .map(|(group, id, from_on, until_on)| Own {
            group,
            id,
            from_on,
            until_on,
        })
        .collect())
}

/// The groups in which the actor holds a seat today.
fn seated_in(cx: &mut Cx<'_>) -> Result<Vec<SteeringGroupId>> {
    let mut todays = Once::default();
    let mut held = Vec::new();
    for seat in own(cx)? {
        let today = todays.get(seat.group, || {
            let group = store::find_any(cx, seat.group)?;
            members::today(cx, &group)
        })?;
        if seat.is_held(today) {
            held.push(seat.group);
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
    let today = members::today(cx, &group)?;
    let seat = seat_on(cx, id, today)?.ok_or_else(Error::not_found)?;
    Ok((group, Standing::Member(seat)))
}

/// Whether the actor acts for a seat: as the secretariat, or as the person who holds it or has held it
/// before another one, as somebody who was made chair has.
pub fn acts_for(cx: &mut Cx<'_>, standing: Standing, seat: SteeringMemberId) -> Result<bool> {
    Ok(standing == Standing::Secretariat || own(cx)?.iter().any(|held| held.id == seat))
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
    let own = own(cx)?;
    let mut held = own
        .iter()
        .filter(|seat| seat.group == id && seat.is_held(day));
    Ok(held.next().map(|seat| seat.id))
}

/// A group for somebody who held a seat on a day, as whoever has left it since. What of it is seen
/// is the caller's to say.
pub fn inside_on(
    cx: &mut Cx<'_>,
    id: SteeringGroupId,
    day: NaiveDate,
) -> Result<(SteeringGroup, Standing)> {
    let group = store::find_any(cx, id)?;
    if !by_seat(cx) {
        return Err(Error::not_found());
    }
    let seat = seat_on(cx, id, day)?.ok_or_else(Error::not_found)?;
    Ok((group, Standing::Member(seat)))
}
