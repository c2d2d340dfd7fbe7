//! An event as it is sent: in the log, in a stream and to webhooks.

use serde::Serialize;
use utoipa::ToSchema;

use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::crypto::KeyRing;
use crate::platform::db::Instant;
use crate::platform::events::Event;
use crate::platform::events::catalogue::EventType;
use crate::platform::events::log::Logged;
use crate::platform::http::cursor::Cursor;
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;

/// The id of an event.
pub type EventId = Id<Event>;
/// The id of what an event happened to.
pub type SubjectId = Id<()>;

/// Something that has happened (hændelse / händelse). It holds ids and nothing personal (ID-6): read
/// the resource for the rest.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "type": "referral.accepted",
    "timestamp": "2026-03-27T09:15:00Z",
    "data": {
        "subjectType": "referral", "subjectId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
        "organisationId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72",
        "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e73",
        "patientId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e74"
    },
    "cursor": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAqm0Z0b4k1X2c3d4e5"
}))]
pub struct LoggedEvent {
    /// Its id, always the same: whoever gets an event twice knows it by this.
    pub id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// When it happened.
    pub timestamp: Instant,
    /// To what.
    pub data: EventData,
    /// Its place in the log: send it as `after` to go on behind it.
    pub cursor: Cursor,
}

/// What an event happened to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventData {
    /// The kind of thing: the part of the type before the dot.
    pub subject_type: String,
    /// Which one.
    pub subject_id: SubjectId,
    /// The data controller it belongs to (dataansvarlig / personuppgiftsansvarig).
    pub organisation_id: OrganisationId,
    /// The programme it belongs to, where it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub programme_id: Option<ProgrammeId>,
    /// The patient it concerns, where it concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
}

impl LoggedEvent {
    /// An event of the log.
    #[must_use]
    pub fn new(keys: &KeyRing, event: Logged) -> Self {
        Self {
            cursor: event.place().cursor(keys, event.controller_id),
            id: event.id,
            kind: event.kind.into(),
            timestamp: event.at,
            data: EventData {
                subject_type: event.subject_type,
                subject_id: event.subject_id,
                organisation_id: event.controller_id,
                programme_id: event.programme_id,
                patient_id: event.patient_id,
            },
        }
    }
}
