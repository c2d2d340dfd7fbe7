//! Who waits for a time, and what was offered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::bookings::{Booker, BookingDetails, BookingId};
use crate::closed_enum;
use crate::patients::PatientId;
use crate::platform::db::Instant;
use crate::platform::http::input::rule;
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::timetable::{SlotId, TimeTypeId};
use crate::volunteers::{IllnessPhase, VolunteerId};

/// The id of an entry on the waiting list.
pub type WaitingListEntryId = Id<WaitingListEntry>;

closed_enum! {
    /// How it goes with an entry: waiting (venter / väntar), offered (tilbudt / erbjuden), booked
    /// (booket / bokad), left (udgået / lämnat listan).
    pub enum WaitingListState {
        /// No time has been found yet.
        Waiting = "waiting",
        /// A time is kept for the person.
        Offered = "offered",
        /// The person has a time.
        Booked = "booked",
        /// The person no longer waits.
        Left = "left",
    }
}

closed_enum! {
    /// What came of an offer: open (åbent / öppet), accepted (accepteret), passed (takket nej /
    /// tackat nej), expired (udløbet / förfallet).
    pub enum OfferOutcome {
        /// It waits for an answer.
        Open = "open",
        /// The person took it.
        Accepted = "accepted",
        /// The person did not want it.
        Passed = "passed",
        /// No answer came in time.
        Expired = "expired",
    }
}

/// A time that is kept for somebody who waits (tilbud / erbjudande).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "slotId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "bookingId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "startsAt": "2026-04-07T07:00:00Z", "endsAt": "2026-04-07T07:45:00Z", "expiresAt": "2026-03-27T21:15:00Z"
}))]
pub struct WaitingListOffer {
    /// The time.
    pub slot_id: SlotId,
    /// The hold that keeps it: the booking, once it is accepted.
    pub booking_id: BookingId,
    /// The volunteer whose time it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub volunteer_id: Option<VolunteerId>,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// Until when an answer is waited for.
    pub expires_at: Instant,
}

/// Somebody who waits for a time (venteliste / väntelista, HF-6).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "state": "waiting", "booker": "patient", "phase": "after", "notBefore": "2026-03-27T09:15:00Z",
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct WaitingListEntry {
    /// Its id.
    pub id: WaitingListEntryId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// What kind of time; any of the programme where none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub time_type_id: Option<TimeTypeId>,
    /// The patient's record; shown to staff and to the patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
    /// The booking that lost its supporter, or the one that came of an offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub booking_id: Option<BookingId>,
    /// Who asks.
    pub booker: Booker,
    /// Before, during or after illness (HF-4).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub phase: Option<IllnessPhase>,
    /// The earliest that a time may begin.
    pub not_before: Instant,
    /// The latest that a time may begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub not_after: Option<Instant>,
    /// How it goes.
    pub state: WaitingListState,
    /// The time that is kept for the person now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub offer: Option<WaitingListOffer>,
    /// Grows by one with each change; the first part of the `ETag`.
    pub version: i32,
    /// When it was made: who came first is offered first.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// Somebody who is to wait for a time.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = period_in_order))]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "details": {
        "patient": {"name": {"given": "Anna", "family": "Prøvesen"}, "telephones": [{"label": "mobile", "number": "+4532105432"}], "municipalityCode": "0370"},
        "phase": "after", "consent": {"form": "digital", "givenAt": "2026-03-27T09:16:00Z"}
    }
}))]
pub struct NewWaitingListEntry {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// What kind of time; any of the programme where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub time_type_id: Option<TimeTypeId>,
    /// The earliest that a time may begin; now where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub not_before: Option<Instant>,
    /// The latest that a time may begin.
    #[serde(default)]
    #[schema(nullable = false)]
    pub not_after: Option<Instant>,
    /// Who is to be booked, what for, and on which consent.
    #[validate(nested)]
    pub details: BookingDetails,
}

fn period_in_order(new: &NewWaitingListEntry) -> Result<(), ValidationError> {
    match (new.not_before, new.not_after) {
        (Some(from), Some(to)) if to < from => {
            Err(rule("/notAfter", "order", "must not be before notBefore"))
        }
        _ => Ok(()),
    }
}
