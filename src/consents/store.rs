//! Consents in storage.

use super::model::{Consent, ConsentId, NewConsent};
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::programmes::{ProgrammeId, Purpose};

/// Records a consent or a refusal of a patient. Field errors point below the consent object.
pub fn record(_cx: &mut Cx<'_>, _patient: PatientId, _new: &NewConsent) -> Result<Consent> {
    Err(Error::internal("not there yet"))
}

/// One consent of the actor's controller.
pub fn find(_cx: &mut Cx<'_>, _id: ConsentId) -> Result<Consent> {
    Err(Error::internal("not there yet"))
}

/// The consent that covers `purpose` in `programme` at `at`: given by then, neither withdrawn nor
/// expired, and not followed by a refusal. One for no particular programme covers every one.
pub fn active(
    _cx: &mut Cx<'_>,
    _patient: PatientId,
    _purpose: Purpose,
    _programme: Option<ProgrammeId>,
    _at: Instant,
) -> Result<Option<Consent>> {
    Err(Error::internal("not there yet"))
}

/// Moves the consents of a merged record to its survivor.
pub fn repoint(_cx: &mut Cx<'_>, _from: PatientId, _to: PatientId) -> Result<()> {
    Err(Error::internal("not there yet"))
}
