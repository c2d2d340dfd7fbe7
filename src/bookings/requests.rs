//! What is sent to hold, confirm, move and cancel a booking, and to say what came of it.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::model::{AttendanceOutcome, Booker, BookingCancellationReason, BookingRelative};
use crate::consents::{ConsentId, GivenBy};
use crate::patients::{NewPatient, PatientId};
use crate::platform::db::Instant;
use crate::platform::http::input::rule;
use crate::platform::text::{Language, Line, Name, Prose};
use crate::programmes::ConsentForm;
use crate::silent_debug;
use crate::timetable::SlotId;
use crate::volunteers::IllnessPhase;

/// Holds a time for the few minutes that it takes to book it.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"slotId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"}))]
pub struct NewBooking {
    /// The free time.
    pub slot_id: SlotId,
}

/// A consent that comes with a booking, to be recorded. What it is for follows from the
/// programme's policy.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"form": "digital", "givenAt": "2026-03-27T09:16:00Z"}))]
pub struct BookingConsent {
    /// How it was given.
    pub form: ConsentForm,
    /// When it was given. Not in the future.
    pub given_at: Instant,
    /// Who gave it: the patient where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub given_by: Option<GivenBy>,
    /// The name of the person who took it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub taken_by: Option<Name>,
}

/// Who is booked, what for, and on which consent (HF-4). `patient` is the minimum that the
/// programme asks for; `patientId` names a record that you may see. Neither is needed from a
/// patient, who books for himself or herself.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = details_agree))]
#[schema(example = json!({
    "patient": {"name": {"given": "Anna", "family": "Prøvesen"}, "telephones": [{"label": "mobile", "number": "+4532105432"}], "municipalityCode": "0370"},
    "booker": "patient", "phase": "after",
    "consent": {"form": "digital", "givenAt": "2026-03-27T09:16:00Z"},
    "note": "Vil gerne tale om tiden efter udskrivelsen."
}))]
pub struct BookingDetails {
    /// The person: found by identity number or by name, telephone and municipality, or registered.
    #[serde(default)]
    #[schema(nullable = false)]
    pub patient: Option<NewPatient>,
    /// The person's record.
    #[serde(default)]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
    /// Who books; the patient where nothing is said.
    #[serde(default = "by_patient")]
    #[schema(default = "patient", value_type = Booker)]
    pub booker: Booker,
    /// The relative, where a relative books.
    #[serde(default)]
    #[schema(nullable = false)]
    pub relative: Option<BookingRelative>,
    /// Before, during or after illness; required where the programme's policy says so.
    #[serde(default)]
    #[schema(nullable = false)]
    pub phase: Option<IllnessPhase>,
    /// The language of the talk; the one the person prefers where nothing is said. A volunteer's
    /// time is booked in a language that the volunteer talks (HF-5).
    #[serde(default)]
    #[schema(nullable = false)]
    pub language: Option<Language>,
    /// The consent, to be recorded. Not needed where an active one covers the booking.
    #[serde(default)]
    #[schema(nullable = false)]
    pub consent: Option<BookingConsent>,
    /// A recorded consent; the service looks for one where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub consent_id: Option<ConsentId>,
    /// What the talk is about.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
}

fn by_patient() -> Booker {
    Booker::Patient
}

fn details_agree(details: &BookingDetails) -> Result<(), ValidationError> {
    if details.patient.is_some() && details.patient_id.is_some() {
        return Err(rule(
            "/patientId",
            "atMostOne",
            "send patient or patientId, and not both",
        ));
    }
    if details.consent.is_some() && details.consent_id.is_some() {
        return Err(rule(
            "/consentId",
            "atMostOne",
            "send consent or consentId, and not both",
        ));
    }
    match (details.booker, &details.relative) {
        (Booker::Relative, None) => Err(rule(
            "/relative",
            "required",
            "is required where a relative books",
        )),
        (Booker::Patient, Some(_)) => Err(rule(
            "/relative",
            "notHere",
            "is sent only where a relative books",
        )),
        _ => Ok(()),
    }
}

/// Moves a booking to another free time of the same type.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"slotId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"}))]
pub struct BookingMove {
    /// The free time it is moved to.
    pub slot_id: SlotId,
}

/// Cancels a booking; its time is free again.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "personUnavailable"}))]
pub struct BookingCancellation {
    /// Why. `supporterUnavailable`, `consentWithdrawn` and `offerPassed` are for staff.
    pub reason: BookingCancellationReason,
    /// Why, in words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Line>,
}

/// Says what came of a booked time.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"outcome": "attended"}))]
pub struct Attendance {
    /// What came of it.
    pub outcome: AttendanceOutcome,
}

silent_debug!(BookingConsent, BookingDetails);
