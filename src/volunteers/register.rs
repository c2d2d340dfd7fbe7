//! Registration, change and list of volunteers: validate, decide (`rules`), write (`store`).

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::checks::{self, Parts, repeated};
use super::experience::Conflict;
use super::model::{Volunteer, VolunteerId, VolunteerState, VolunteerSubtype};
use super::requests::{NewVolunteer, VolunteerChange};
use super::rules::{self, Step};
use super::store::{self, Person, Row};
use crate::bookings;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::schema::{volunteer_wards, volunteers};
use crate::platform::db::{Condition, Instant, one_of};
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::programmes::{self, Programme, ProgrammeId};

pub(super) fn event(kind: &'static str, row: &Row) -> Event {
    Event::new(kind, row.id).programme(row.programme_id)
}

fn capacity(asked: u32) -> i32 {
    i32::try_from(asked).unwrap_or(i32::MAX)
}

/// Registers a candidate.
pub fn create(cx: &mut Cx<'_>, new: &NewVolunteer) -> Result<Volunteer> {
    let programme =
        programmes::find(cx, new.programme_id).map_err(|error| error.referred("/programmeId"))?;
    let today = store::today(cx, &programme.policy)?;
    checks::check(
        cx,
        &Parts {
            name: Some(&new.name),
            birth_date: new.birth_date,
            wards: &new.ward_ids,
            experience: &new.experience,
            conflicts: &new.conflicts,
            public_profile: new.public_profile.as_ref(),
            repeated: vec![
                ("subtypes", repeated(&new.subtypes)),
                ("phases", repeated(&new.phases)),
                ("languages", repeated(&new.languages)),
                ("wardIds", repeated(&new.ward_ids)),
            ],
        },
        today,
    )?;
    if !programme.active {
        return Err(Error::conflict("The programme takes no new volunteers."));
    }
    let row = store_new(cx, &programme, new, None)?;
    store::set_wards(cx, row.id, &new.ward_ids)?;
    cx.emit(&event("volunteer.registered", &row))?;
    store::shown(cx, &programme, row)
}

/// Stores a new row as it stands: active since a day, or a candidate.
fn store_new(
    cx: &mut Cx<'_>,
    programme: &Programme,
    new: &NewVolunteer,
    activated_on: Option<NaiveDate>,
) -> Result<Row> {
    let person = Person {
        name: Some(new.name.clone()),
        birth_date: new.birth_date,
        contact: new.contact.clone(),
        phases: new.phases.clone(),
        languages: new.languages.clone(),
        experience: new.experience.clone(),
        life_situation: new.life_situation.clone(),
        conflicts: new.conflicts.clone(),
        own_conflicts: Vec::new(),
        public_profile: new.public_profile.clone(),
        leaves: Vec::new(),
        departure: None,
    };
    let mut row = Row {
        id: Id::new(),
        controller_id: programme.controller_id,
        programme_id: programme.id,
        state: match activated_on {
            Some(_) => VolunteerState::Active,
            None => VolunteerState::Candidate,
        },
        patient_supporter: false,
        relative_supporter: false,
        parent_supporter: false,
        published: person.is_published(),
        capacity_per_week: capacity(new.capacity_per_week),
        leave_from: None,
        leave_until: None,
        qualified_until: None,
        activated_on,
        departed_on: None,
        person: Vec::new(),
        revision: 0,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    row.set_subtypes(&new.subtypes);
    store::insert(cx, &mut row, &person)?;
    Ok(row)
}

/// Makes active volunteers without their onboarding, for imports of what was done elsewhere, for
/// demo data and benchmarks. Nothing of the records is checked. Answers their ids, in order.
pub fn make_active(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    news: &[NewVolunteer],
) -> Result<Vec<VolunteerId>> {
    let programme = programmes::find(cx, programme)?;
    let today = store::today(cx, &programme.policy)?;
    news.iter()
        .map(|new| {
            let row = store_new(cx, &programme, new, Some(today))?;
            store::set_wards(cx, row.id, &new.ward_ids)?;
            cx.emit(&event("volunteer.imported", &row))?;
            Ok(row.id)
        })
        .collect()
}

/// Refuses what is the coordinator's to change where the volunteer asks.
fn check_own(cx: &Cx<'_>, change: &VolunteerChange) -> Result<()> {
    if cx.scope().volunteer().is_none() {
        return Ok(());
    }
    let reserved = [
        ("/name", change.name.is_some()),
        ("/birthDate", change.birth_date.is_some()),
        ("/subtypes", change.subtypes.is_some()),
        ("/wardIds", change.ward_ids.is_some()),
    ];
    let wrong: Vec<FieldError> = reserved
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(pointer, _)| FieldError::new(pointer, "staffOnly", "is changed by the coordinator"))
        .collect();
    Error::unless_empty(wrong)
}

/// Changes a volunteer, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: VolunteerId, change: &VolunteerChange) -> Result<Volunteer> {
    let mut row = store::find_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    let programme = programmes::find(cx, row.programme_id)?;
    let today = store::today(cx, &programme.policy)?;
    rules::step(row.standing().on(today), Step::Change)?;
    check_own(cx, change)?;
    let mut person = row.open(cx.keys)?;
    let repeats = |field, indexes: Option<Vec<usize>>| (field, indexes.unwrap_or_default());
    let profile = change
        .public_profile
        .clone()
        .unwrap_or_else(|| person.public_profile.clone());
    checks::check(
        cx,
        &Parts {
            name: change.name.as_ref().or(person.name.as_ref()),
            birth_date: change.birth_date.flatten(),
            wards: change.ward_ids.as_deref().unwrap_or_default(),
            experience: change.experience.as_deref().unwrap_or_default(),
            conflicts: change.conflicts.as_deref().unwrap_or_default(),
            public_profile: profile.as_ref(),
            repeated: vec![
                repeats("subtypes", change.subtypes.as_deref().map(repeated)),
                repeats("phases", change.phases.as_deref().map(repeated)),
                repeats("languages", change.languages.as_deref().map(repeated)),
                repeats("wardIds", change.ward_ids.as_deref().map(repeated)),
            ],
        },
        today,
    )?;
    let known: HashSet<PatientId> = barred(&person);
    apply(cx, change, &mut row, &mut person);
    person.public_profile = profile;
    row.published = person.is_published();
    store::save(cx, &mut row, &person)?;
    if let Some(wards) = &change.ward_ids {
        store::set_wards(cx, id, wards)?;
    }
    cx.emit(&event("volunteer.changed", &row))?;
    // Nobody keeps a talk with a volunteer who has a conflict of interest with them (HF-5).
    for patient in barred(&person).difference(&known) {
        bookings::release_talks_with(cx, id, *patient)?;
    }
    store::shown(cx, &programme, row)
}

/// The patients whom a volunteer has a conflict of interest with.
fn barred(person: &Person) -> HashSet<PatientId> {
    person
        .all_conflicts()
        .filter_map(|conflict| conflict.patient_id)
        .collect()
}

fn apply(cx: &Cx<'_>, change: &VolunteerChange, row: &mut Row, person: &mut Person) {
    fn put<T: Clone>(field: &mut T, change: &Option<T>) {
        if let Some(change) = change {
            field.clone_from(change);
        }
    }
    if change.name.is_some() {
        person.name.clone_from(&change.name);
    }
    put(&mut person.birth_date, &change.birth_date);
    put(&mut person.contact, &change.contact);
    put(&mut person.phases, &change.phases);
    put(&mut person.languages, &change.languages);
    put(&mut person.experience, &change.experience);
    put(&mut person.life_situation, &change.life_situation);
    if let Some(conflicts) = &change.conflicts {
        set_conflicts(person, conflicts, cx.scope().volunteer().is_some());
    }
    if let Some(subtypes) = &change.subtypes {
        row.set_subtypes(subtypes);
    }
    if let Some(asked) = change.capacity_per_week {
        row.capacity_per_week = capacity(asked);
    }
}

/// Puts `sent` in the place of what the actor may change: staff all of it, a volunteer what she has
/// noted herself. What was noted before stays noted by whom it was.
fn set_conflicts(person: &mut Person, sent: &[Conflict], by_volunteer: bool) {
    let theirs = if by_volunteer {
        &person.conflicts
    } else {
        &person.own_conflicts
    };
    let (known, new): (Vec<_>, Vec<_>) = sent.iter().cloned().partition(|one| theirs.contains(one));
    if by_volunteer {
        person.own_conflicts = new;
    } else {
        (person.own_conflicts, person.conflicts) = (known, new);
    }
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only in this state today.
    pub state: Option<VolunteerState>,
    /// Only these supporters.
    pub subtype: Option<VolunteerSubtype>,
    /// Only those who walk on this ward.
    pub ward_id: Option<OrganisationId>,
    /// Only those registered or changed since.
    pub updated_since: Option<Instant>,
}

/// Those who are supporters of this kind.
fn is_a(subtype: VolunteerSubtype) -> Condition<volunteers::table> {
    match subtype {
        VolunteerSubtype::PatientSupporter => Box::new(volunteers::patient_supporter.eq(true)),
        VolunteerSubtype::RelativeSupporter => Box::new(volunteers::relative_supporter.eq(true)),
        VolunteerSubtype::ParentSupporter => Box::new(volunteers::parent_supporter.eq(true)),
    }
}

/// Whether a leave covers `day`.
fn away(day: NaiveDate) -> Condition<volunteers::table> {
    Box::new(
        volunteers::leave_from
            .is_not_null()
            .and(volunteers::leave_from.assume_not_null().le(day))
            .and(
                volunteers::leave_until
                    .is_null()
                    .or(volunteers::leave_until.assume_not_null().gt(day)),
            ),
    )
}

/// Those in this state today, which is the day that it is in their programme.
pub(super) fn in_state(
    state: VolunteerState,
    days: &BTreeMap<ProgrammeId, NaiveDate>,
) -> Condition<volunteers::table> {
    let mut today: BTreeMap<NaiveDate, Vec<ProgrammeId>> = BTreeMap::new();
    for (programme, day) in days {
        today.entry(*day).or_default().push(*programme);
    }
    let none: [ProgrammeId; 0] = [];
    today.into_iter().fold(
        one_of(volunteers::programme_id, &none),
        |any, (day, programmes)| {
            let of_these = one_of(volunteers::programme_id, &programmes);
            Box::new(any.or(of_these.and(in_state_on(state, day))))
        },
    )
}

/// Those in this state on `day`.
fn in_state_on(state: VolunteerState, day: NaiveDate) -> Condition<volunteers::table> {
    match state {
        VolunteerState::OnLeave => {
            Box::new(volunteers::state.eq(VolunteerState::Active).and(away(day)))
        }
        VolunteerState::Active => Box::new(
            volunteers::state
                .eq(VolunteerState::Active)
                .and(diesel::dsl::not(away(day))),
        ),
        other => Box::new(volunteers::state.eq(other)),
    }
}

/// A page of the volunteers that the actor may see, those registered last first, and where the
/// next one begins.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<Volunteer>, Option<Cursor>)> {
    let scope = cx.scope();
    let bound_to = format!("volunteers {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = volunteers::table
        .filter(volunteers::controller_id.eq(scope.controller))
        .order(volunteers::id.desc())
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(volunteers::programme_id, visible));
    }
    if let Some(own) = scope.volunteer() {
        query = query.filter(volunteers::id.eq(own));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(volunteers::programme_id.eq(programme));
    }
    if let Some(state) = filter.state {
        query = query.filter(in_state(state, &store::days(cx)?));
    }
    if let Some(subtype) = filter.subtype {
        query = query.filter(is_a(subtype));
    }
    if let Some(ward) = filter.ward_id {
        query = query.filter(
            volunteers::id.eq_any(
                volunteer_wards::table
                    .filter(volunteer_wards::ward_id.eq(ward))
                    .select(volunteer_wards::volunteer_id),
            ),
        );
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(volunteers::updated_at.ge(since));
    }
    if let Some(after) = after {
        query = query.filter(volunteers::id.lt(after.id::<Volunteer>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position {
        key: 0,
        id: row.id.uuid(),
    });
    Ok((store::shown_all(cx, rows)?, next))
}
