//! What is sent about courses.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::model::{ClosingReason, PauseReason, TreatmentResponsible};
use crate::platform::http::input::{present, rule};
use crate::platform::text::{Line, Prose};
use crate::staff::StaffId;

/// A change (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"treatmentResponsible": {"kind": "generalPractitioner", "name": "Lægehuset Torvet"}}))]
pub struct CourseChange {
    /// Somebody else holds treatment responsibility now (APS-8).
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub treatment_responsible: Option<TreatmentResponsible>,
}

/// Somebody else carries the course from now on (APS-6).
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"supporterId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "reason": "Sygeplejersken har fået nyt arbejde."}))]
pub struct SupporterChange {
    /// Who.
    pub supporter_id: StaffId,
    /// Why.
    pub reason: Line,
}

/// The course is to rest.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "hospitalAdmission", "until": "2035-06-01"}))]
pub struct NewPause {
    /// Why.
    pub reason: PauseReason,
    /// The first day on which it is meant to go on; in the future. It goes on by
    /// `resumption`, never by itself.
    #[serde(default)]
    #[schema(nullable = false)]
    pub until: Option<NaiveDate>,
    /// In words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Line>,
}

/// The course ends.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = not_by_consent))]
#[schema(example = json!({"reason": "goalsReached", "closingNote": "Klarer selv kontakten til ambulatoriet."}))]
pub struct NewClosure {
    /// Why. `consentWithdrawn` is not sent: withdrawing the consent closes the course.
    pub reason: ClosingReason,
    /// What the next who supports the patient should know. Who holds treatment responsibility is
    /// added from the course (APS-8).
    pub closing_note: Prose,
    /// Whom the note goes to: who holds treatment responsibility, where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub recipient: Option<TreatmentResponsible>,
}

fn not_by_consent(closure: &NewClosure) -> Result<(), ValidationError> {
    if closure.reason == ClosingReason::ConsentWithdrawn {
        return Err(rule(
            "/reason",
            "notAllowed",
            "follows from the consent: withdraw it, and the course is closed with it",
        ));
    }
    Ok(())
}
