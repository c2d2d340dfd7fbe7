//! What matching must know: the roster from memory, and a few queries whatever its size.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::model::{Gate, Need, Ranking};
use super::rules::{self, Facts};
use crate::calendar::local_date;
use crate::organisations;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::programmes::{self, MatchingPolicy, Programme};
use crate::volunteers::{self, Remember, Supporter, VolunteerId};
use crate::{bookings, patients, timetable};

/// All who fit, the best first: for a writing operation that gives a talk to one of them.
pub fn fitting(cx: &mut Cx<'_>, need: &Need) -> Result<Vec<VolunteerId>> {
    let everybody = Need {
        limit: u32::MAX,
        excluded_limit: 0,
        ..need.clone()
    };
    let ranking = rank(cx, &everybody, Remember::No)?;
    Ok(ranking
        .candidates
        .into_iter()
        .map(|candidate| candidate.volunteer_id)
        .collect())
}

/// The volunteers of a programme whom none of these gates stops, whatever the day: from what is
/// remembered of them, for a reading operation.
pub fn suiting(
    cx: &mut Cx<'_>,
    programme: &Programme,
    need: &Need,
    gates: &[Gate],
) -> Result<HashSet<VolunteerId>> {
    let roster = volunteers::roster(cx, programme, Remember::Yes)?;
    Ok(rules::let_through(
        roster.supporters().iter().map(AsRef::as_ref),
        need,
        &Facts::default(),
        &programme.policy.matching,
        gates,
    ))
}

/// Who of the programme's volunteers fits, the best first, and who does not. Within a writing
/// operation, on what it has written so far; a reading one may remember what it has opened.
pub(super) fn rank(cx: &mut Cx<'_>, need: &Need, remember: Remember) -> Result<Ranking> {
    let programme =
        programmes::find(cx, need.programme_id).map_err(|error| error.referred("/programmeId"))?;
    let facts = facts(cx, need, &programme)?;
    let roster = volunteers::roster(cx, &programme, remember)?;
    Ok(rules::rank(
        roster.supporters().iter().map(AsRef::as_ref),
        need,
        &facts,
        &programme.policy.matching,
    ))
}

fn facts(cx: &mut Cx<'_>, need: &Need, programme: &Programme) -> Result<Facts> {
    let at = need.from.unwrap_or(cx.now);
    let day: NaiveDate = local_date(at.utc(), programme.policy.time_zone()?);
    let (patient, earlier) = match need.patient_id {
        Some(id) => {
            let patient = patients::find(cx, id).map_err(|error| error.referred("/patientId"))?;
            let earlier = bookings::earlier_supporters(cx, patient.id)?;
            let mut ids = patient.previous_ids;
            ids.push(patient.id);
            (ids, earlier.into_iter().collect())
        }
        None => (Vec::new(), HashSet::new()),
    };
    let free = match (need.from, need.to) {
        (Some(from), Some(to)) => Some(timetable::free_volunteers(cx, programme.id, from, to)?),
        _ => None,
    };
    let load: HashMap<VolunteerId, u32> = bookings::load_in_week(cx, programme, day)?;
    Ok(Facts {
        day,
        free,
        load,
        earlier,
        ward: match need.ward_id {
            Some(ward) => {
                organisations::line_of(cx, ward).map_err(|error| error.referred("/wardId"))?
            }
            None => Vec::new(),
        },
        patient,
    })
}

/// Asks of one volunteer after another which gate stops them from a talk, with what the need
/// says of person, phase, languages and kind of supporter. Opens each record once.
#[derive(Debug)]
pub struct Gatekeeper {
    need: Need,
    facts: Facts,
    policy: MatchingPolicy,
    zone: chrono_tz::Tz,
    known: HashMap<VolunteerId, Supporter>,
}

impl Gatekeeper {
    /// For this need; its times do not count.
    pub fn of(cx: &mut Cx<'_>, programme: &Programme, need: Need) -> Result<Self> {
        let patient = match need.patient_id {
            Some(id) => {
                let patient = patients::find(cx, id)?;
                let mut ids = patient.previous_ids;
                ids.push(patient.id);
                ids
            }
            None => Vec::new(),
        };
        Ok(Self {
            facts: Facts {
                patient,
                ..Facts::default()
            },
            need,
            policy: programme.policy.matching.clone(),
            zone: programme.policy.time_zone()?,
            known: HashMap::new(),
        })
    }

    /// The first of these gates that stops a volunteer from a talk at this time.
    pub fn stopped_by(
        &mut self,
        cx: &mut Cx<'_>,
        volunteer: VolunteerId,
        at: Instant,
        gates: &[Gate],
    ) -> Result<Option<Gate>> {
        self.facts.day = local_date(at.utc(), self.zone);
        let supporter = match self.known.entry(volunteer) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(volunteers::supporter(cx, volunteer)?),
        };
        let (need, facts) = (&self.need, &self.facts);
        Ok(rules::stopped_by(
            supporter,
            need,
            facts,
            &self.policy,
            gates,
        ))
    }
}
