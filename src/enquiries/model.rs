//! What an enquiry is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::closed_enum;
use crate::identity::Phone;
use crate::patients::PatientId;
use crate::platform::db::Instant;
use crate::platform::id::Id;
use crate::platform::text::{Name, Prose};
use crate::programmes::ProgrammeId;
use crate::silent_debug;

/// The id of an enquiry.
pub type EnquiryId = Id<Enquiry>;

closed_enum! {
    /// What is asked for: question (spørgsmål), leafletOrder (bestilling af foldere), visitRequest
    /// (ønske om besøg).
    pub enum EnquiryKind {
        /// A question.
        Question = "question",
        /// Leaflets are ordered.
        LeafletOrder = "leafletOrder",
        /// A visit is asked for.
        VisitRequest = "visitRequest",
    }
}

closed_enum! {
    /// How far it is: open (åben), answered (besvaret).
    pub enum EnquiryState {
        /// Waits for an answer.
        Open = "open",
        /// Has been answered.
        Answered = "answered",
    }
}

closed_enum! {
    /// How an answer was given: telephone (telefon), digitalPost (Digital Post), email (e-mail),
    /// sms (sms), letter (brev), inPerson (ved fremmøde).
    pub enum AnswerWay {
        /// By telephone.
        Telephone = "telephone",
        /// By Digital Post: the safe way for health data (APS-11).
        DigitalPost = "digitalPost",
        /// By e-mail.
        Email = "email",
        /// By text message.
        Sms = "sms",
        /// By letter.
        Letter = "letter",
        /// Face to face.
        InPerson = "inPerson",
    }
}

/// Who asks, and how to reach them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Bente Prøve", "telephone": "+4532105432", "email": "bente@example.org", "organisation": "Prøve Kommune"}))]
pub struct ContactPerson {
    /// What the person is called.
    pub name: Name,
    /// A telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub telephone: Option<Phone>,
    /// An e-mail address. Nothing with health data goes there (APS-11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "email", max_length = 254)]
    pub email: Option<String>,
    /// The organisation the person asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation: Option<Name>,
}

/// Who asks, as it is sent.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Bente Prøve", "telephone": "+4532105432", "email": "bente@example.org", "organisation": "Prøve Kommune"}))]
pub struct NewContactPerson {
    /// What the person is called.
    pub name: Name,
    /// A telephone number, best with its country code. Without one, a number that begins with 0 is
    /// Swedish and any other Danish.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 40)]
    pub telephone: Option<String>,
    /// An e-mail address. Nothing with health data goes there (APS-11).
    #[serde(default)]
    #[schema(nullable = false, format = "email", max_length = 254)]
    pub email: Option<String>,
    /// The organisation the person asks for.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation: Option<Name>,
}

silent_debug!(ContactPerson, NewContactPerson);

/// An enquiry to be registered.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "kind": "leafletOrder",
    "receivedAt": "2026-03-27T10:15:00+01:00",
    "contact": {"name": "Bente Prøve", "telephone": "+4532105432", "organisation": "Prøve Kommune"},
    "text": "Vi vil gerne have 20 foldere til venteværelset."
}))]
pub struct NewEnquiry {
    /// The programme that is asked. It must be active.
    pub programme_id: ProgrammeId,
    /// What is asked for.
    pub kind: EnquiryKind,
    /// When it was received; now where it is left out. Not in the future.
    #[serde(default)]
    #[schema(nullable = false)]
    pub received_at: Option<Instant>,
    /// Who asks.
    pub contact: NewContactPerson,
    /// What was asked, in words.
    pub text: Prose,
    /// The patient it concerns, where it concerns one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
    /// Whether it carries health data or an identity number: then the answer goes a safe way
    /// (APS-11).
    #[serde(default)]
    pub contains_health_data: bool,
}

/// An answer that was given.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"text": "20 foldere er sendt i dag.", "via": "telephone"}))]
pub struct NewAnswer {
    /// What was answered, in words.
    pub text: Prose,
    /// How it was given. Where the enquiry concerns a patient, or question or answer carry health
    /// data or an identity number, e-mail and SMS are refused (APS-11).
    pub via: AnswerWay,
    /// Whether the answer carries health data.
    #[serde(default)]
    pub contains_health_data: bool,
}

/// The answer to an enquiry.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnquiryAnswer {
    /// What was answered.
    pub text: Prose,
    /// How it was given.
    pub via: AnswerWay,
    /// When it was recorded.
    pub answered_at: Instant,
    /// That day in the programme's time zone.
    pub answered_on: NaiveDate,
    /// The staff member or client that recorded it.
    #[schema(value_type = crate::staff::StaffId)]
    pub answered_by: Id<()>,
    /// Whether it came no later than the due day (APS-10).
    pub in_time: bool,
}

/// A question, a leaflet order or a visit request (henvendelse).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "kind": "leafletOrder", "state": "open",
    "receivedAt": "2026-03-27T09:15:00Z", "receivedOn": "2026-03-27",
    "dueOn": "2026-04-01", "dueAt": "2026-04-01T22:00:00Z", "overdue": false,
    "contact": {"name": "Bente Prøve", "telephone": "+4532105432", "organisation": "Prøve Kommune"},
    "text": "Vi vil gerne have 20 foldere til venteværelset.", "containsHealthData": false,
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Enquiry {
    /// Its id.
    pub id: EnquiryId,
    /// The programme that is asked.
    pub programme_id: ProgrammeId,
    /// The patient it concerns, where it concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
    /// What is asked for.
    pub kind: EnquiryKind,
    /// How far it is.
    pub state: EnquiryState,
    /// When it was received.
    pub received_at: Instant,
    /// That day in the programme's time zone: day 0.
    pub received_on: NaiveDate,
    /// The last day on which the answer is in time (APS-10).
    pub due_on: NaiveDate,
    /// The end of that day in the programme's time zone: the first instant that is too late.
    pub due_at: Instant,
    /// Whether it is still open although that day is over.
    pub overdue: bool,
    /// Who asks. Left out where the patient's name and address are protected and you may not see
    /// them (ID-5).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contact: Option<ContactPerson>,
    /// What was asked.
    pub text: Prose,
    /// Whether it carries health data or an identity number (APS-11).
    pub contains_health_data: bool,
    /// The answer, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answer: Option<EnquiryAnswer>,
    /// Grows by one with each change; the first part of the `ETag`.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}
