//! Patients in storage.

use super::model::{NewPatient, Patient, PatientId};
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};

/// One patient of the actor's controller. The id of a merged record finds the survivor. The
/// patient is touched: an audit row.
pub fn find(_cx: &mut Cx<'_>, _id: PatientId) -> Result<Patient> {
    Err(Error::internal("not there yet"))
}

/// The patient with one of these identity numbers or, where none is sent, with this full name,
/// telephone and municipality (ID-4); else a new one. Says whether it was made.
///
/// Field errors point below the patient object: see [`Error::below`].
pub fn find_or_create(_cx: &mut Cx<'_>, _new: &NewPatient) -> Result<(Patient, bool)> {
    Err(Error::internal("not there yet"))
}
