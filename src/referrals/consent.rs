//! The consent that a referral stands on (APS-3).

use super::clock::Clock;
use super::intake::at;
use super::requirements::check_cover;
use crate::consents::{self, Consent, ConsentId, NewConsent};
use crate::patients::{Patient, PatientId};
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::programmes::{Programme, ProgrammeId, Purpose};

/// APS-3: the consent that the referral stands on, recorded now or before. `is_new`: the patient was
/// not known a moment ago, and has decided nothing before.
pub(super) fn consent_of(
    cx: &mut Cx<'_>,
    patient: &Patient,
    programme: &Programme,
    sent_at: Instant,
    inline: Option<&NewConsent>,
    known: Option<ConsentId>,
    is_new: bool,
) -> Result<Consent> {
    let missing = || {
        Error::problem(
            ProblemCode::ConsentRequired,
            "No active consent of the patient to being referred to this programme was given by then.",
        )
    };
    let consent = match (inline, known) {
        (Some(inline), _) => {
            // The consent is for this programme or for no particular one: `check_consent`.
            let policy = inline.programme_id.map(|_| &programme.policy);
            if !is_new {
                let (purpose, given_at) = (Purpose::Referral, inline.given_at);
                consents::check_not_taken_back(cx, patient.id, programme.id, purpose, given_at)?;
            }
            let consent = consents::record_known(cx, patient, policy, inline)
                .map_err(|error| error.below("/consent"))?;
            if !is_new {
                still_stands(cx, patient.id, programme.id)?.ok_or_else(|| {
                    Error::problem(
                        ProblemCode::ConsentRequired,
                        "The consent that was sent has expired, or a later refusal stands against it. Ask the patient again.",
                    )
                })?;
            }
            consent
        }
        (None, Some(id)) => {
            let consent =
                consents::find(cx, id).map_err(|error| at("/consentId", "consent", error))?;
            if consent.patient_id != patient.id {
                return Err(Error::field(
                    "/consentId",
                    "otherPatient",
                    "is a consent of another patient",
                ));
            }
            // Neither withdrawn nor followed by a refusal since.
            still_stands(cx, patient.id, programme.id)?.ok_or_else(missing)?;
            consent
        }
        (None, None) => consents::active(
            cx,
            patient.id,
            Purpose::Referral,
            Some(programme.id),
            sent_at,
        )?
        .ok_or_else(missing)?,
    };
    let today = Clock::from(&programme.policy).date_of(cx.now)?;
    check_cover(&consent, programme.id, sent_at, today)?;
    Ok(consent)
}

/// The consent to being referred to a programme that counts now, if one does.
fn still_stands(
    cx: &mut Cx<'_>,
    patient: PatientId,
    programme: ProgrammeId,
) -> Result<Option<Consent>> {
    let now = cx.now;
    consents::active(cx, patient, Purpose::Referral, Some(programme), now)
}
