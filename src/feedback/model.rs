//! What feedback is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::closed_enum;
use crate::consents::ConsentId;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::db::Instant;
use crate::platform::http::input::rule;
use crate::platform::id::Id;
use crate::platform::text::Prose;
use crate::programmes::{ConsentForm, ProgrammeId};

/// The id of feedback.
pub type FeedbackId = Id<Feedback>;

closed_enum! {
    /// Who gives it: patient (patient), relative (pårørende / närstående), staff (personale på
    /// afsnittet / personal på avdelningen).
    pub enum FeedbackSource {
        /// The one who was supported.
        Patient = "patient",
        /// Somebody near the patient.
        Relative = "relative",
        /// Staff, of a ward or elsewhere.
        Staff = "staff",
    }
}

closed_enum! {
    /// Whether the words may be quoted: allowed (må citeres / får citeras), noText (ingen ord),
    /// noConsent (intet samtykke / inget samtycke), withdrawn (samtykke trukket tilbage /
    /// samtycke återkallat), expired (samtykke udløbet / samtycke utgånget).
    pub enum QuotationStatus {
        /// Now, word for word, without a name.
        Allowed = "allowed",
        /// There are no words to quote.
        NoText = "noText",
        /// Nobody has agreed to it with these words, or the patient has refused since.
        NoConsent = "noConsent",
        /// The one who gave it has taken the agreement back.
        Withdrawn = "withdrawn",
        /// The agreement has ended by itself.
        Expired = "expired",
    }
}

/// Whether and when the words may be quoted (HF-7). Ask again before each use: a withdrawal counts
/// at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"status": "allowed", "from": "2026-03-27T09:15:00Z", "before": "2027-03-27", "consentId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e73"}))]
pub struct Quotation {
    /// Whether they may be quoted now.
    pub status: QuotationStatus,
    /// Since when they may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<Instant>,
    /// The day from which on they may not be any more, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub before: Option<NaiveDate>,
    /// The patient's consent that allows it; absent where whoever gave the feedback agreed to it
    /// with the feedback itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consent_id: Option<ConsentId>,
}

impl Quotation {
    /// Not now, and why.
    #[must_use]
    pub fn not(status: QuotationStatus) -> Self {
        Self {
            status,
            from: None,
            before: None,
            consent_id: None,
        }
    }
}

/// What somebody says afterwards (tilbagemelding / återkoppling).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e77", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "wardId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "source": "relative", "rating": 5,
    "text": "Det var godt at tale med en, der selv har stået der.", "receivedAt": "2026-03-27T09:15:00Z",
    "quotation": {"status": "allowed", "from": "2026-03-27T09:15:00Z"},
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Feedback {
    /// Its id.
    pub id: FeedbackId,
    /// The programme it is about.
    pub programme_id: ProgrammeId,
    /// The ward it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ward_id: Option<OrganisationId>,
    /// The patient whose record it is on; absent where it is on nobody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
    /// Who gives it.
    pub source: FeedbackSource,
    /// From 1 (poor) to 5 (very good).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 5)]
    pub rating: Option<i32>,
    /// What was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<Prose>,
    /// When it was received.
    pub received_at: Instant,
    /// Whether and when the words may be quoted (HF-7).
    pub quotation: Quotation,
    /// Grows by one with each change; the first part of the `ETag`.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The agreement to be quoted, given with the feedback.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"form": "digital"}))]
pub struct QuotationAgreement {
    /// How it was given; the programme's policy says which forms quotation accepts.
    pub form: ConsentForm,
    /// When it was given, not in the future. Where nothing is said: when the feedback was received;
    /// of an agreement that came afterwards, now.
    #[serde(default)]
    #[schema(nullable = false)]
    pub given_at: Option<Instant>,
}

/// Feedback to be registered: a rating, words, or both.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = check_new))]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "source": "relative", "rating": 5,
    "text": "Det var godt at tale med en, der selv har stået der.", "quotation": {"form": "digital"}
}))]
pub struct NewFeedback {
    /// The programme it is about.
    pub programme_id: ProgrammeId,
    /// The ward it is about.
    #[serde(default)]
    #[schema(nullable = false)]
    pub ward_id: Option<OrganisationId>,
    /// The patient whose record it belongs on; a patient's own token names that patient where
    /// nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
    /// Who gives it.
    pub source: FeedbackSource,
    /// From 1 (poor) to 5 (very good).
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 5)]
    pub rating: Option<i32>,
    /// What was said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub text: Option<Prose>,
    /// When it was received; now where it is left out. Not in the future.
    #[serde(default)]
    #[schema(nullable = false)]
    pub received_at: Option<Instant>,
    /// The agreement to be quoted, where there is one: it is for these words. On a patient's record
    /// it becomes a consent of purpose quotation too; elsewhere it stays with the feedback.
    #[serde(default)]
    #[schema(nullable = false)]
    pub quotation: Option<QuotationAgreement>,
}

fn check_new(new: &NewFeedback) -> Result<(), ValidationError> {
    if new.rating.is_none() && new.text.is_none() {
        return Err(rule("/text", "ratingOrText", "or rating is needed"));
    }
    if new.text.is_none() && new.quotation.is_some() {
        return Err(rule("/quotation", "nothingToQuote", "needs words to quote"));
    }
    if new.patient_id.is_some() && new.source != FeedbackSource::Patient {
        return Err(rule(
            "/patientId",
            "notThePatient",
            "only what the patient says belongs on the patient's record",
        ));
    }
    Ok(())
}
