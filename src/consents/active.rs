//! Which consent covers a purpose.

use std::collections::{BTreeSet, HashMap};

use chrono_tz::Tz;
use diesel::prelude::*;

use super::model::Consent;
use super::rules;
use super::store::{Row, open_all, zone_of};
use crate::patients::{self, PatientId};
use crate::platform::app::Cx;
use crate::platform::db::schema::consents;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::programmes::{ProgrammeId, Purpose};

/// The consent that covers `purpose` in `programme` at `at`: given by then, neither withdrawn nor
/// expired, and not followed by a refusal. One for no particular programme covers every one.
pub fn active(
    cx: &mut Cx<'_>,
    patient: PatientId,
    purpose: Purpose,
    programme: Option<ProgrammeId>,
    at: Instant,
) -> Result<Option<Consent>> {
    let zone = zone_of(cx, programme)?;
    let decisions = decisions(cx, patient, purpose)?;
    Ok(rules::covering(decisions, purpose, programme, zone, at))
}

/// A consent that comes inside another message may be on its second way here: what the patient has
/// taken back since does not come again with it. By hand it is recorded as it was said, withdrawn or
/// not: somebody has looked at what is there.
pub fn check_not_taken_back(
    cx: &mut Cx<'_>,
    patient: PatientId,
    programme: ProgrammeId,
    purpose: Purpose,
    given_at: Instant,
) -> Result<()> {
    let decisions = decisions(cx, patient, purpose)?;
    if rules::was_taken_back(&decisions, purpose, Some(programme), given_at) {
        return Err(Error::problem(
            ProblemCode::ConsentRequired,
            "The patient has withdrawn a consent after this one was given. Ask again, and send the new one.",
        ));
    }
    Ok(())
}

/// All that a patient has decided on a purpose.
fn decisions(cx: &mut Cx<'_>, patient: PatientId, purpose: Purpose) -> Result<Vec<Consent>> {
    let patient = patients::find(cx, patient)?;
    let rows: Vec<Row> = consents::table
        .filter(consents::patient_id.eq(patient.id))
        .filter(consents::purpose.eq(purpose))
        .select(Row::as_select())
        .load(cx.conn())?;
    open_all(cx, rows)
}

/// The same for several at once, by what was asked for; what nothing covers is not in it.
pub fn active_each(
    cx: &mut Cx<'_>,
    wanted: &[(PatientId, ProgrammeId)],
    purpose: Purpose,
    at: Instant,
) -> Result<HashMap<(PatientId, ProgrammeId), Consent>> {
    let ids: BTreeSet<PatientId> = wanted.iter().map(|(patient, _)| *patient).collect();
    let ids: Vec<PatientId> = ids.into_iter().collect();
    let people = patients::find_all(cx, &ids)?;
    // A record that was merged is found by its former ids too.
    let known: Vec<PatientId> = people.values().map(|patient| patient.id).collect();
    let rows: Vec<Row> = consents::table
        .filter(one_of(consents::patient_id, &known))
        .filter(consents::purpose.eq(purpose))
        .select(Row::as_select())
        .load(cx.conn())?;
    let decisions = open_all(cx, rows)?;
    let mut zones: HashMap<ProgrammeId, Tz> = HashMap::new();
    let mut active = HashMap::new();
    for (patient, programme) in wanted {
        let id = people.get(patient).ok_or_else(Error::not_found)?.id;
        let zone = match zones.get(programme) {
            Some(zone) => *zone,
            None => *zones
                .entry(*programme)
                .or_insert(zone_of(cx, Some(*programme))?),
        };
        let own = decisions.iter().filter(|consent| consent.patient_id == id);
        let covering = rules::covering(own.cloned(), purpose, Some(*programme), zone, at);
        active.extend(covering.map(|consent| ((*patient, *programme), consent)));
    }
    Ok(active)
}
