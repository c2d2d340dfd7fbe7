//! Whether a talk is one for a supporter (HF-5): what matching is asked for it, the same wherever
//! it is asked: when a time is booked, moved, offered, or given to somebody else.

use super::model::{Booker, Content};
use super::person::knows_records;
use super::rules::slot_taken;
use super::store::Row;
use crate::matches::{Gate, Gatekeeper, Need};
use crate::patients::{self, PatientId};
use crate::platform::app::Cx;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::text::Language;
use crate::programmes::{Programme, ProgrammeId};
use crate::timetable::{SlotRow, Suits};
use crate::volunteers::{IllnessPhase, VolunteerSubtype, plain_language};

/// What matching is asked for a talk of this person: a supporter of the kind that the booker is
/// helped by, in the language of the talk.
pub(super) fn need_of(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    patient: PatientId,
    booker: Booker,
    phase: Option<IllnessPhase>,
    content: &Content,
) -> Result<Need> {
    let mut need = Need::of(programme);
    need.subtypes = match booker {
        Booker::Patient => vec![VolunteerSubtype::PatientSupporter],
        Booker::Relative => vec![
            VolunteerSubtype::RelativeSupporter,
            VolunteerSubtype::ParentSupporter,
        ],
    };
    need.languages = language(cx, patient, booker, content)?
        .into_iter()
        .collect();
    need.phase = phase;
    need.patient_id = Some(patient);
    Ok(need)
}

/// The language of the talk: the one that was said, else the one that the patient prefers, where it is
/// the patient who talks. By what the record says nobody is judged who may not see it: the answer would
/// tell.
fn language(
    cx: &mut Cx<'_>,
    patient: PatientId,
    booker: Booker,
    content: &Content,
) -> Result<Option<Language>> {
    if content.language.is_some() {
        return Ok(content.language.clone());
    }
    if booker == Booker::Relative || !knows_records(cx) {
        return Ok(None);
    }
    let preferred = patients::find(cx, patient)?.language;
    Ok(preferred.map(Into::into))
}

/// The same for a booking. None where it has no person yet.
pub(super) fn need_for(cx: &mut Cx<'_>, row: &Row) -> Result<Option<Need>> {
    let (Some(patient), Some(booker)) = (row.patient_id, row.booker) else {
        return Ok(None);
    };
    let content = row.open(cx)?;
    need_of(cx, row.programme_id, patient, booker, row.phase, &content).map(Some)
}

/// Whose times a booking can be moved to: those of volunteers who fit, and those that are no
/// volunteer's.
pub(super) fn suits_for(cx: &mut Cx<'_>, row: &Row) -> Result<Suits> {
    let Some(need) = need_for(cx, row)? else {
        return Ok(Suits::default());
    };
    Ok(Suits {
        subtypes: need.subtypes,
        languages: need
            .languages
            .iter()
            .map(|language| plain_language(language.as_str()))
            .collect(),
        phase: need.phase,
        or_no_volunteer: true,
    })
}

/// Nobody is booked with a volunteer whom the gates of matching keep from the talk (HF-5), whoever
/// books.
pub(super) fn check_fit(
    cx: &mut Cx<'_>,
    programme: &Programme,
    slot: &SlotRow,
    row: &Row,
) -> Result<()> {
    let Some(volunteer) = slot.volunteer_id else {
        return Ok(());
    };
    let Some(need) = need_for(cx, row)? else {
        return Ok(());
    };
    let mut keeper = Gatekeeper::of(cx, programme, need)?;
    match keeper.stopped_by(cx, volunteer, slot.starts_at, Gate::FIT)? {
        None => Ok(()),
        Some(gate) => Err(does_not_fit(gate)),
    }
}

/// What a time shows of its volunteer is said. That there is a conflict of interest, and which, is
/// not for everybody who books.
fn does_not_fit(gate: Gate) -> Error {
    let detail = match gate {
        Gate::Subtype => {
            "The volunteer of this time supports others. A patient talks with a patientSupporter, \
             a relative with a relativeSupporter or parentSupporter: see `subtypes` of the free times."
        }
        Gate::Language => {
            "The volunteer of this time does not talk the language of the talk: see `languages` of \
             the free times, or say `language` where the talk is in another one than the patient prefers."
        }
        Gate::Phase => {
            "The volunteer of this time does not talk about this phase of an illness: see `phases` \
             of the free times."
        }
        _ => return slot_taken(),
    };
    Error::problem(ProblemCode::SupporterDoesNotFit, detail)
}
