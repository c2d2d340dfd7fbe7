//! What is sent about call sessions.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::model::{AttemptOutcome, CancellationReason, NotSuitable};
use crate::courses::{CourseId, TreatmentResponsible};
use crate::patients::TelephoneLabel;
use crate::platform::db::Instant;
use crate::platform::http::input::{present, rule};
use crate::platform::text::{Code, Line, Prose};
use crate::referrals::{CriterionAnswer, ReferralId};
use crate::staff::StaffId;

/// A talk to be planned: the first conversation of an accepted referral, or a follow-up in an
/// active course. Exactly one of `referralId` and `courseId` is sent.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = one_origin))]
#[schema(example = json!({"referralId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "plannedAt": "2027-03-15T08:00:00Z", "plannedMinutes": 30}))]
pub struct NewCallSession {
    /// The accepted referral whose first conversation it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub referral_id: Option<ReferralId>,
    /// The active course in which it is a follow-up.
    #[serde(default)]
    #[schema(nullable = false)]
    pub course_id: Option<CourseId>,
    /// When it is to be held: at most one day ago (a talk that is written down afterwards) and at
    /// most 366 days ahead.
    pub planned_at: Instant,
    /// How long it is planned to be, in minutes.
    #[schema(minimum = 5, maximum = 480)]
    pub planned_minutes: i32,
    /// Who calls. Where nothing is said: the nurse the referral is assigned to, or else the member
    /// of staff who plans it; the supporter of the course (APS-6).
    #[serde(default)]
    #[schema(nullable = false)]
    pub supporter_id: Option<StaffId>,
}

fn one_origin(new: &NewCallSession) -> Result<(), ValidationError> {
    match (new.referral_id, new.course_id) {
        (None, None) => Err(rule(
            "/referralId",
            "required",
            "send referralId for a first conversation or courseId for a follow-up",
        )),
        (Some(_), Some(_)) => Err(rule(
            "/courseId",
            "notAllowed",
            "send referralId or courseId, not both",
        )),
        _ => Ok(()),
    }
}

/// A planned talk is moved or changed (merge patch, RFC 7396): what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"plannedAt": "2027-03-16T11:30:00Z"}))]
pub struct CallSessionChange {
    /// Another time.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub planned_at: Option<Instant>,
    /// Another length, in minutes.
    #[schema(nullable = false, minimum = 5, maximum = 480)]
    #[serde(deserialize_with = "present")]
    pub planned_minutes: Option<i32>,
    /// Somebody else calls. The course keeps its supporter (APS-6).
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub supporter_id: Option<StaffId>,
}

/// A call attempt to be registered.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"numberLabel": "mobile", "outcome": "notReached"}))]
pub struct NewCallAttempt {
    /// When the call was made; now, where nothing is said. Not in the future, at most one day before
    /// the session was planned, and in a first conversation not before the referral was received.
    #[serde(default)]
    #[schema(nullable = false)]
    pub at: Option<Instant>,
    /// Which of the patient's telephones was called, by its label.
    pub number_label: TelephoneLabel,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// What is to be remembered of it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
}

/// A talk that was held.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = one_decision))]
#[schema(example = json!({
    "actualMinutes": 40, "agenda": ["Hvordan læser jeg min indkaldelse?"], "topics": ["navigatingHealthServices"],
    "note": "Vil gerne ringes op igen om en uge.",
    "nextContact": {"plannedAt": "2027-03-22T08:00:00Z", "plannedMinutes": 30},
    "suitability": {"enrol": {"treatmentResponsible": {"kind": "generalPractitioner", "name": "Lægerne Havnegade"}}}
}))]
pub struct CallCompletion {
    /// When the talk ended; now, where nothing is said. Not in the future, at most one day before the
    /// session was planned, and not before the patient was reached.
    #[serde(default)]
    #[schema(nullable = false)]
    pub completed_at: Option<Instant>,
    /// How long it was, in minutes.
    #[schema(minimum = 1, maximum = 480)]
    pub actual_minutes: i32,
    /// What the patient wanted to talk about (dagsorden, APS-6).
    #[serde(default)]
    #[schema(max_items = 20)]
    pub agenda: Vec<Line>,
    /// What was talked about: codes of the programme's topics (APS-7).
    #[serde(default)]
    #[schema(max_items = 50)]
    pub topics: Vec<Code>,
    /// What is to be remembered of the talk.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
    /// The next talk, where one was agreed on. No rhythm is prescribed (APS-6).
    #[serde(default)]
    #[schema(nullable = false)]
    pub next_contact: Option<NextContact>,
    /// Whether the programme is right: in every first conversation, and in no other (APS-5).
    #[serde(default)]
    #[schema(nullable = false)]
    pub suitability: Option<Suitability>,
}

/// The next talk.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"plannedAt": "2027-03-22T08:00:00Z", "plannedMinutes": 30}))]
pub struct NextContact {
    /// When it is to be held.
    pub planned_at: Instant,
    /// How long it is planned to be, in minutes.
    #[schema(minimum = 5, maximum = 480)]
    pub planned_minutes: i32,
}

/// The decision of the first conversation (APS-5): exactly one of `enrol` and `notSuitable`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"notSuitable": {"reason": "needMetElsewhere"}}))]
pub struct Suitability {
    /// The programme is right: a course is opened.
    #[serde(default)]
    #[schema(nullable = false)]
    pub enrol: Option<Enrolment>,
    /// The programme is not right.
    #[serde(default)]
    #[schema(nullable = false)]
    pub not_suitable: Option<NotSuitable>,
    /// What the conversation settled of the programme's criteria: what was unknown is asked here
    /// (APS-1). The referral's `eligibility` follows from it.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub criteria: Vec<CriterionAnswer>,
}

/// The course that the decision opens.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"treatmentResponsible": {"kind": "hospitalDepartment", "name": "Kardiologisk afdeling, Roskilde"}}))]
pub struct Enrolment {
    /// Who holds treatment responsibility (APS-8).
    pub treatment_responsible: TreatmentResponsible,
    /// The fixed supporter (APS-6): whoever held the first conversation, where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub supporter_id: Option<StaffId>,
}

fn one_decision(completion: &CallCompletion) -> Result<(), ValidationError> {
    match &completion.suitability {
        Some(Suitability {
            enrol: None,
            not_suitable: None,
            ..
        }) => Err(rule(
            "/suitability",
            "required",
            "holds enrol or notSuitable",
        )),
        Some(Suitability {
            enrol: Some(_),
            not_suitable: Some(_),
            ..
        }) => Err(rule(
            "/suitability/notSuitable",
            "notAllowed",
            "send enrol or notSuitable, not both",
        )),
        _ => Ok(()),
    }
}

/// A talk that will not be held.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "patientUnavailable", "note": "Skal til kontrol på sygehuset."}))]
pub struct CallCancellation {
    /// Why.
    pub reason: CancellationReason,
    /// In words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Line>,
}
