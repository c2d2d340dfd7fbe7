//! What a row says besides the body of the API: which record it is, and whose.

use std::fmt;

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::external_key;
use crate::patients::{self, ExternalId, NewPatient, Patient, PatientId, PersonIdentifier};
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};
use crate::platform::http::input::rule;

/// Which record, by our own id only.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OwnId {
    /// The record's id in this service: the row speaks of that record.
    #[serde(default)]
    #[schema(nullable = false)]
    pub id: Option<Uuid>,
}

/// Which record.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OwnIds {
    /// The record's id in this service: the row speaks of that record.
    #[serde(default)]
    #[schema(nullable = false)]
    pub id: Option<Uuid>,
    /// The record's id in the system it comes from. Of one record each.
    #[serde(default)]
    #[schema(nullable = false)]
    pub external_id: Option<ExternalId>,
}

/// Which record, and which patient's: one of `patientId`, `patient.identifier` and
/// `patient.externalId`.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = one_patient))]
pub(crate) struct OfPatient {
    /// The record's id in this service: the row speaks of that record.
    #[serde(default)]
    #[schema(nullable = false)]
    pub id: Option<Uuid>,
    /// The record's id in the system it comes from. Of one record each.
    #[serde(default)]
    #[schema(nullable = false)]
    pub external_id: Option<ExternalId>,
    /// The patient's id in this service.
    #[serde(default)]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
    /// The patient, in other words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub patient: Option<KnownPatient>,
}

/// A patient who is known.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KnownPatient {
    /// One of the patient's identity numbers.
    #[serde(default)]
    #[schema(nullable = false)]
    pub identifier: Option<PersonIdentifier>,
    /// The patient's id in another system.
    #[serde(default)]
    #[schema(nullable = false)]
    pub external_id: Option<ExternalId>,
}

fn one_patient(row: &OfPatient) -> Result<(), ValidationError> {
    let patient = row.patient.as_ref();
    let ways = [
        row.patient_id.is_some(),
        patient.is_some_and(|patient| patient.identifier.is_some()),
        patient.is_some_and(|patient| patient.external_id.is_some()),
    ];
    if ways.into_iter().filter(|way| *way).count() == 1 {
        Ok(())
    } else {
        Err(rule(
            "/patientId",
            "exactlyOne",
            "send exactly one of patientId, patient.identifier (patient.cpr) and patient.externalId",
        ))
    }
}

impl OfPatient {
    /// Which record.
    pub(super) fn ids(&self) -> OwnIds {
        OwnIds {
            id: self.id,
            external_id: self.external_id.clone(),
        }
    }

    /// Whose record.
    pub(super) fn patient(&self, cx: &mut Cx<'_>) -> Result<Patient> {
        let unknown =
            |pointer: &str| Error::field(pointer, "notFound", "is of no patient that you may see");
        if let Some(id) = self.patient_id {
            return patients::find(cx, id).map_err(|error| error.referred("/patientId"));
        }
        let Some(patient) = &self.patient else {
            return Err(unknown("/patientId"));
        };
        if let Some(identifier) = &patient.identifier {
            return patients::find_by_number(cx, identifier)
                .map_err(|error| error.below("/patient/identifier"))?
                .ok_or_else(|| unknown("/patient/identifier/value"));
        }
        if let Some(external) = &patient.external_id {
            return patients::find_by_other_id(cx, &external.system, &external.value)?
                .ok_or_else(|| unknown("/patient/externalId/value"));
        }
        Err(unknown("/patientId"))
    }

    /// What it says of the patient, as keys.
    pub(super) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        keys.extend(self.patient_id.map(|id| format!("patient id {id}")));
        if let Some(patient) = &self.patient {
            keys.extend(patient.identifier.as_ref().map(number_key));
            let external = patient.external_id.as_ref();
            keys.extend(external.map(|external| external_key("patient", external)));
        }
        keys
    }
}

fn number_key(identifier: &PersonIdentifier) -> String {
    let digits = super::plain(&identifier.value);
    // A personnummer has 10 or 12 digits.
    let last = digits.chars().count().saturating_sub(10);
    digits.chars().skip(last).collect()
}

/// What a patient is known by, as keys.
pub(super) fn patient_keys(new: &NewPatient) -> Vec<String> {
    let mut keys: Vec<String> = new.identifiers.iter().map(number_key).collect();
    let external = new.external_id.as_ref();
    keys.extend(external.map(|external| external_key("patient", external)));
    let name = super::plain(&format!(
        "{}{}",
        new.name.given.as_str(),
        new.name.family.as_str()
    ));
    keys.extend(new.telephones.iter().map(|telephone| {
        let digits = super::plain(&telephone.number);
        let last = digits.chars().count().saturating_sub(8);
        let digits: String = digits.chars().skip(last).collect();
        format!("{name} {digits}")
    }));
    keys
}

macro_rules! silent_debug {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}
silent_debug!(OwnIds, OfPatient, KnownPatient);
