//! Volunteers in storage. Everything personal is sealed in one column; what gates and figures ask
//! for stands beside it in clear. Every change is a new revision of the programme's roster, so
//! that what is remembered of it in memory is known to be old (`roster`).

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::experience::{Conflict, Experience};
use super::model::{
    Departure, IllnessPhase, Leave, PublicProfile, Volunteer, VolunteerContact, VolunteerId,
    VolunteerState, VolunteerSubtype,
};
use super::onboarding::{self, HeldStep};
use super::onboarding_store;
use super::rules::Standing;
use crate::calendar::local_date;
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::patients::PersonName;
use crate::platform::app::Cx;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::schema::{volunteer_rosters, volunteer_wards, volunteers};
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::text::{Code, Language};
use crate::programmes::{self, Policy, Programme, ProgrammeId};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = volunteers, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: VolunteerId,
    pub controller_id: OrganisationId,
    pub programme_id: ProgrammeId,
    pub state: VolunteerState,
    pub patient_supporter: bool,
    pub relative_supporter: bool,
    pub parent_supporter: bool,
    pub published: bool,
    pub capacity_per_week: i32,
    pub leave_from: Option<NaiveDate>,
    pub leave_until: Option<NaiveDate>,
    pub qualified_until: Option<NaiveDate>,
    pub activated_on: Option<NaiveDate>,
    pub departed_on: Option<NaiveDate>,
    pub person: Vec<u8>,
    pub revision: i64,
    pub version: i32,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is sealed. After departure only why it ended is left.
#[derive(Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Person {
    pub name: Option<PersonName>,
    pub birth_date: Option<NaiveDate>,
    pub contact: Option<VolunteerContact>,
    pub phases: Vec<IllnessPhase>,
    pub languages: Vec<Language>,
    pub experience: Vec<Experience>,
    pub life_situation: Vec<Code>,
    /// What staff have noted.
    pub conflicts: Vec<Conflict>,
    /// What the volunteer has noted.
    pub own_conflicts: Vec<Conflict>,
    pub public_profile: Option<PublicProfile>,
    pub leaves: Vec<Leave>,
    pub departure: Option<Departure>,
}

impl Person {
    /// Every conflict of interest, whoever has noted it.
    pub(super) fn all_conflicts(&self) -> impl Iterator<Item = &Conflict> {
        self.conflicts.iter().chain(&self.own_conflicts)
    }

    /// Whether there is a public profile.
    pub(super) fn is_published(&self) -> bool {
        self.public_profile
            .as_ref()
            .is_some_and(|profile| profile.published)
    }
}

fn place(id: VolunteerId) -> Place<'static> {
    Place::new("volunteers.person", id.uuid())
}

impl Row {
    /// What is sealed in it.
    pub(super) fn open(&self, keys: &KeyRing) -> Result<Person> {
        keys.open_json(place(self.id), &self.person)
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            leave_from: self.leave_from,
            leave_until: self.leave_until,
            qualified_until: self.qualified_until,
        }
    }

    pub(super) fn subtypes(&self) -> Vec<VolunteerSubtype> {
        [
            (VolunteerSubtype::PatientSupporter, self.patient_supporter),
            (VolunteerSubtype::RelativeSupporter, self.relative_supporter),
            (VolunteerSubtype::ParentSupporter, self.parent_supporter),
        ]
        .into_iter()
        .filter_map(|(subtype, is)| is.then_some(subtype))
        .collect()
    }

    pub(super) fn set_subtypes(&mut self, subtypes: &[VolunteerSubtype]) {
        self.patient_supporter = subtypes.contains(&VolunteerSubtype::PatientSupporter);
        self.relative_supporter = subtypes.contains(&VolunteerSubtype::RelativeSupporter);
        self.parent_supporter = subtypes.contains(&VolunteerSubtype::ParentSupporter);
    }
}

/// The next revision of the programme's roster.
pub(super) fn next_revision(cx: &mut Cx<'_>, programme: ProgrammeId) -> Result<i64> {
    let known: Option<i64> = volunteer_rosters::table
        .find(programme)
        .select(volunteer_rosters::revision)
        .first(cx.conn())
        .optional()?;
    let next = known.unwrap_or(0) + 1;
    if known.is_some() {
        diesel::update(volunteer_rosters::table.find(programme))
            .set(volunteer_rosters::revision.eq(next))
            .execute(cx.conn())?;
    } else {
        diesel::insert_into(volunteer_rosters::table)
            .values((
                volunteer_rosters::programme_id.eq(programme),
                volunteer_rosters::revision.eq(next),
            ))
            .execute(cx.conn())?;
    }
    Ok(next)
}

/// The row of a volunteer that the actor may see.
pub(super) fn find_row(cx: &mut Cx<'_>, id: VolunteerId) -> Result<Row> {
    cx.scope().check_volunteer(id)?;
    let row = find_colleague(cx, id)?;
    cx.touch(id);
    Ok(row)
}

/// The row of a volunteer of the actor's programmes, also where the actor is another volunteer.
fn find_colleague(cx: &mut Cx<'_>, id: VolunteerId) -> Result<Row> {
    find_seen!(cx, volunteers, Row, id)
}

/// Whether anybody of the programme has ever been active.
pub(super) fn has_experienced(cx: &mut Cx<'_>, programme: ProgrammeId) -> Result<bool> {
    let one: Option<VolunteerId> = volunteers::table
        .filter(volunteers::programme_id.eq(programme))
        .filter(volunteers::activated_on.is_not_null())
        .select(volunteers::id)
        .first(cx.conn())
        .optional()?;
    Ok(one.is_some())
}

/// Stores a changed row and what is sealed in it, as the next version and revision.
pub(super) fn save(cx: &mut Cx<'_>, row: &mut Row, person: &Person) -> Result<()> {
    row.person = cx.keys.seal_json(place(row.id), person)?;
    row.revision = next_revision(cx, row.programme_id)?;
    row.version += 1;
    row.updated_at = cx.now;
    diesel::update(volunteers::table.find(row.id))
        .set(&*row)
        .execute(cx.conn())?;
    Ok(())
}

/// Stores a new row.
pub(super) fn insert(cx: &mut Cx<'_>, row: &mut Row, person: &Person) -> Result<()> {
    row.person = cx.keys.seal_json(place(row.id), person)?;
    row.revision = next_revision(cx, row.programme_id)?;
    diesel::insert_into(volunteers::table)
        .values(&*row)
        .execute(cx.conn())?;
    Ok(())
}

/// The wards of each of these volunteers, in the order they were made.
pub(super) fn wards_of(
    cx: &mut Cx<'_>,
    ids: &[VolunteerId],
) -> Result<HashMap<VolunteerId, Vec<OrganisationId>>> {
    let mut found: HashMap<VolunteerId, Vec<OrganisationId>> = HashMap::new();
    let rows: Vec<(VolunteerId, OrganisationId)> = volunteer_wards::table
        .filter(one_of(volunteer_wards::volunteer_id, ids))
        .order(volunteer_wards::ward_id.asc())
        .select((volunteer_wards::volunteer_id, volunteer_wards::ward_id))
        .load(cx.conn())?;
    for (volunteer, ward) in rows {
        found.entry(volunteer).or_default().push(ward);
    }
    Ok(found)
}

/// Puts `wards` in the place of those there were.
pub(super) fn set_wards(cx: &mut Cx<'_>, id: VolunteerId, wards: &[OrganisationId]) -> Result<()> {
    diesel::delete(volunteer_wards::table.filter(volunteer_wards::volunteer_id.eq(id)))
        .execute(cx.conn())?;
    for ward in wards {
        diesel::insert_into(volunteer_wards::table)
            .values((
                volunteer_wards::volunteer_id.eq(id),
                volunteer_wards::ward_id.eq(*ward),
            ))
            .execute(cx.conn())?;
    }
    Ok(())
}

/// The day it is in the programme.
pub(super) fn today(cx: &Cx<'_>, policy: &Policy) -> Result<NaiveDate> {
    Ok(local_date(cx.now.utc(), policy.time_zone()?))
}

/// The day it is in each programme that the actor sees: they may keep different times.
pub(super) fn days(cx: &mut Cx<'_>) -> Result<BTreeMap<ProgrammeId, NaiveDate>> {
    let now = cx.now;
    programmes::all(cx)?
        .into_iter()
        .map(|programme| {
            let zone = programme.policy.time_zone()?;
            Ok((programme.id, local_date(now.utc(), zone)))
        })
        .collect()
}

/// Rows as the actor may see them.
pub(super) fn shown_all(cx: &mut Cx<'_>, rows: Vec<Row>) -> Result<Vec<Volunteer>> {
    let ids: Vec<VolunteerId> = rows.iter().map(|row| row.id).collect();
    let mut wards = wards_of(cx, &ids)?;
    let mut held = onboarding_store::of(cx, &ids)?;
    let mut known: Vec<Programme> = Vec::new();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        if !known.iter().any(|one| one.id == row.programme_id) {
            known.push(programmes::find(cx, row.programme_id)?);
        }
        let programme = known
            .iter()
            .find(|one| one.id == row.programme_id)
            .ok_or_else(|| Error::internal("a programme that was just found"))?;
        let (wards, held) = (wards.remove(&row.id), held.remove(&row.id));
        let (wards, held) = (wards.unwrap_or_default(), held.unwrap_or_default());
        let mut volunteer = assemble(cx, programme, row, wards, &held)?;
        note(cx, &mut volunteer);
        items.push(volunteer);
    }
    Ok(items)
}

/// A row as the actor may see it.
pub(super) fn shown(cx: &mut Cx<'_>, programme: &Programme, row: Row) -> Result<Volunteer> {
    let mut volunteer = opened(cx, programme, row)?;
    note(cx, &mut volunteer);
    Ok(volunteer)
}

/// Leaves out what the actor is not told, and notes the volunteer and the patients of the rest.
fn note(cx: &mut Cx<'_>, volunteer: &mut Volunteer) {
    cx.touch(volunteer.id);
    if cx.scope().volunteer().is_some() {
        // Whom else it concerns, and what staff say of it, is not the volunteer's to look up.
        volunteer
            .conflicts
            .retain(|conflict| conflict.patient_id.is_none());
    }
    for conflict in &volunteer.conflicts {
        if let Some(patient) = conflict.patient_id {
            cx.touch(patient);
        }
    }
}

/// A row as decisions see it.
fn opened(cx: &mut Cx<'_>, programme: &Programme, row: Row) -> Result<Volunteer> {
    let wards = wards_of(cx, &[row.id])?.remove(&row.id);
    let held = onboarding_store::of_one(cx, row.id)?;
    assemble(cx, programme, row, wards.unwrap_or_default(), &held)
}

fn assemble(
    cx: &mut Cx<'_>,
    programme: &Programme,
    row: Row,
    ward_ids: Vec<OrganisationId>,
    held: &[HeldStep],
) -> Result<Volunteer> {
    let person = row.open(cx.keys)?;
    let conflicts = person.all_conflicts().cloned().collect();
    let today = today(cx, &programme.policy)?;
    let counted: Vec<_> = held.iter().map(Into::into).collect();
    let own = if cx.scope().volunteer().is_some() {
        "-own"
    } else {
        ""
    };
    Ok(Volunteer {
        state: row.standing().on(today),
        subtypes: row.subtypes(),
        ward_ids,
        onboarding: onboarding::progress(&programme.policy.onboarding, &counted, today),
        id: row.id,
        controller_id: row.controller_id,
        programme_id: row.programme_id,
        name: person.name,
        birth_date: person.birth_date,
        contact: person.contact,
        phases: person.phases,
        languages: person.languages,
        experience: person.experience,
        life_situation: person.life_situation,
        conflicts,
        capacity_per_week: u32::try_from(row.capacity_per_week).unwrap_or(0),
        public_profile: person.public_profile,
        qualified_until: row.qualified_until,
        leaves: person.leaves,
        activated_on: row.activated_on,
        departure: person.departure,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        variant: format!("{today}-{}{own}", programme.version),
    })
}

/// One volunteer that the actor may see: of the actor's controller and programmes, or the actor.
pub fn find(cx: &mut Cx<'_>, id: VolunteerId) -> Result<Volunteer> {
    let row = find_row(cx, id)?;
    let programme = programmes::find(cx, row.programme_id)?;
    shown(cx, &programme, row)
}

/// The same for decisions, not for answers: with the conflicts that the actor is not told of.
pub fn find_to_decide(cx: &mut Cx<'_>, id: VolunteerId) -> Result<Volunteer> {
    let row = find_row(cx, id)?;
    let programme = programmes::find(cx, row.programme_id)?;
    opened(cx, &programme, row)
}

/// A volunteer of the actor's programmes, and refuses who may not be matched, booked or put on a
/// shift at `at` (HF-2): a leave that has begun or ended by then counts.
///
/// For decisions, not for answers: it finds other volunteers too where a volunteer asks, since a
/// booking that one gives up goes to another one, and it notes no patient as seen.
pub fn require_active_at(cx: &mut Cx<'_>, id: VolunteerId, at: Instant) -> Result<Volunteer> {
    let row = find_colleague(cx, id)?;
    let programme = programmes::find(cx, row.programme_id)?;
    row.standing()
        .require_active(local_date(at.utc(), programme.policy.time_zone()?))?;
    opened(cx, &programme, row)
}
