//! What matching must know: the roster from memory, and a few queries whatever its size.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::model::{Gate, Need, Ranking};
use super::rules::{self, Facts};
use crate::calendar::local_date;
use crate::organisations;
use crate::platform::app::Cx;
use crate::platform::error::Result;
use crate::programmes::{self, Programme};
use crate::volunteers::{self, Remember, VolunteerId};
use crate::{bookings, patients, timetable};

/// Who of the programme's volunteers fits, the best first, and who does not. Within a writing
/// operation, on what it has written so far.
pub fn rank(cx: &mut Cx<'_>, need: &Need) -> Result<Ranking> {
    rank_with(cx, need, Remember::No)
}

/// All who fit, the best first: for a writing operation that gives a talk to one of them.
pub fn fitting(cx: &mut Cx<'_>, need: &Need) -> Result<Vec<VolunteerId>> {
    let everybody = Need {
        limit: u32::MAX,
        excluded_limit: 0,
        ..need.clone()
    };
    let ranking = rank_with(cx, &everybody, Remember::No)?;
    Ok(ranking
        .candidates
        .into_iter()
        .map(|candidate| candidate.volunteer_id)
        .collect())
}

/// See [`rank`]; a reading operation may remember what it has opened.
pub(super) fn rank_with(cx: &mut Cx<'_>, need: &Need, remember: Remember) -> Result<Ranking> {
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
    let load: HashMap<VolunteerId, u32> = bookings::load_in_week(cx, programme.id, day)?;
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

/// Whether one of these gates stops a volunteer from a talk: asked of the one record, with what the
/// need says of person, phase, languages and kind of supporter.
pub fn is_stopped(
    cx: &mut Cx<'_>,
    need: &Need,
    volunteer: VolunteerId,
    gates: &[Gate],
) -> Result<bool> {
    let policy = programmes::find_of_controller(cx, need.programme_id)?.policy;
    let at = need.from.unwrap_or(cx.now);
    let patient = match need.patient_id {
        Some(id) => {
            let patient = patients::find(cx, id)?;
            let mut ids = patient.previous_ids;
            ids.push(patient.id);
            ids
        }
        None => Vec::new(),
    };
    let facts = Facts {
        day: local_date(at.utc(), policy.time_zone()?),
        patient,
        ..Facts::default()
    };
    let supporter = volunteers::supporter(cx, volunteer)?;
    let matching = &policy.matching;
    Ok(rules::is_stopped(&supporter, need, &facts, matching, gates))
}
