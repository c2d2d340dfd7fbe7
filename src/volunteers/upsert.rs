//! Imports: whose record a row speaks of, and what the row would change of it.

use diesel::prelude::*;

use super::model::{Volunteer, VolunteerId, VolunteerState};
use super::requests::{NewVolunteer, VolunteerChange};
use super::store::{self, Row};
use crate::identity::search_key;
use crate::patients::PersonName;
use crate::platform::app::Cx;
use crate::platform::db::schema::volunteers;
use crate::platform::error::Result;
use crate::programmes::ProgrammeId;

fn key(name: &PersonName) -> String {
    search_key(&format!("{} {}", name.given.as_str(), name.family.as_str()))
}

/// The programme's volunteers who have this full name. Names stand sealed, so all who are there
/// are looked through: a programme has some hundreds.
pub fn find_named(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    name: &PersonName,
) -> Result<Vec<VolunteerId>> {
    let rows: Vec<Row> = volunteers::table
        .filter(volunteers::programme_id.eq(programme))
        .filter(volunteers::controller_id.eq(cx.scope().controller))
        .filter(volunteers::state.ne(VolunteerState::Departed))
        .order(volunteers::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    let wanted = key(name);
    let mut found = Vec::new();
    for row in rows {
        let person = row.open(cx.keys)?;
        if person.name.as_ref().is_some_and(|name| key(name) == wanted) {
            found.push(row.id);
        }
    }
    Ok(found)
}

/// Some of the controller's volunteers behind an id, in the order they were registered, without
/// those who have left: nothing personal is kept of them.
pub fn page(cx: &mut Cx<'_>, after: Option<VolunteerId>, limit: i64) -> Result<Vec<Volunteer>> {
    let mut query = volunteers::table
        .filter(volunteers::controller_id.eq(cx.scope().controller))
        .filter(volunteers::state.ne(VolunteerState::Departed))
        .order(volunteers::id.asc())
        .limit(limit)
        .select(volunteers::id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(volunteers::id.gt(after));
    }
    let ids: Vec<VolunteerId> = query.load(cx.conn())?;
    ids.into_iter()
        .map(|id| store::find_to_decide(cx, id))
        .collect()
}

/// What a row would change of a volunteer; `None` where the record says all of it already. What
/// the row leaves out stays.
#[must_use]
pub fn difference(known: &Volunteer, new: &NewVolunteer) -> Option<VolunteerChange> {
    let mut change = VolunteerChange::default();
    let mut differs = false;
    let mut when = |differs_here: bool| {
        differs |= differs_here;
        differs_here
    };
    if when(known.name.as_ref() != Some(&new.name)) {
        change.name = Some(new.name.clone());
    }
    if when(new.birth_date.is_some() && new.birth_date != known.birth_date) {
        change.birth_date = Some(new.birth_date);
    }
    if when(new.contact.is_some() && new.contact != known.contact) {
        change.contact = Some(new.contact.clone());
    }
    let all = |subtypes: &[super::model::VolunteerSubtype]| {
        let mut sorted = subtypes.to_vec();
        sorted.sort_unstable();
        sorted
    };
    if when(all(&new.subtypes) != all(&known.subtypes)) {
        change.subtypes = Some(new.subtypes.clone());
    }
    if when(!new.phases.is_empty() && new.phases != known.phases) {
        change.phases = Some(new.phases.clone());
    }
    if when(new.languages != known.languages) {
        change.languages = Some(new.languages.clone());
    }
    let wards = |ids: &[crate::organisations::OrganisationId]| {
        let mut sorted: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        sorted.sort_unstable();
        sorted
    };
    if when(!new.ward_ids.is_empty() && wards(&new.ward_ids) != wards(&known.ward_ids)) {
        change.ward_ids = Some(new.ward_ids.clone());
    }
    if when(!new.experience.is_empty() && new.experience != known.experience) {
        change.experience = Some(new.experience.clone());
    }
    if when(!new.life_situation.is_empty() && new.life_situation != known.life_situation) {
        change.life_situation = Some(new.life_situation.clone());
    }
    if when(!new.conflicts.is_empty() && new.conflicts != known.conflicts) {
        change.conflicts = Some(new.conflicts.clone());
    }
    if when(new.capacity_per_week != known.capacity_per_week) {
        change.capacity_per_week = Some(new.capacity_per_week);
    }
    if when(new.public_profile.is_some() && new.public_profile != known.public_profile) {
        change.public_profile = Some(new.public_profile.clone());
    }
    differs.then_some(change)
}
