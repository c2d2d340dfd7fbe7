//! What a booking is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::closed_enum;
use crate::consents::ConsentId;
use crate::patients::{PatientId, PersonName};
use crate::platform::db::Instant;
use crate::platform::id::Id;
use crate::platform::text::{Language, Line, Name, Prose};
use crate::programmes::ProgrammeId;
use crate::silent_debug;
use crate::timetable::{ScheduleId, SlotId, TimeTypeId};
use crate::volunteers::{IllnessPhase, VolunteerId};
use crate::waiting_list::WaitingListEntryId;

/// The id of a booking.
pub type BookingId = Id<Booking>;

closed_enum! {
    /// How far a booking is: held (reserveret / reserverad), confirmed (booket / bokad), cancelled
    /// (afbestilt / avbokad), expired (udløbet / förfallen), attended (gennemført / genomförd),
    /// noShow (udeblevet / uteblev).
    pub enum BookingState {
        /// The time is kept for a short while.
        Held = "held",
        /// Booked.
        Confirmed = "confirmed",
        /// Cancelled; the time is free again.
        Cancelled = "cancelled",
        /// Not confirmed in time; the time is free again.
        Expired = "expired",
        /// The talk was held.
        Attended = "attended",
        /// Nobody came or answered.
        NoShow = "noShow",
    }
}

closed_enum! {
    /// Who books (HF-4): patient (patient, borger) or relative (pårørende / närstående).
    pub enum Booker {
        /// The patient.
        Patient = "patient",
        /// A relative, for a talk of their own about the patient's illness.
        Relative = "relative",
    }
}

closed_enum! {
    /// Through whom it was booked: system (hjemmeside / webbplats), staff (personale for den der
    /// ringer / personal åt den som ringer), patient (patienten selv / patienten själv),
    /// waitingList (venteliste / väntelista).
    pub enum BookedBy {
        /// A booking site or another system.
        System = "system",
        /// Staff, for a caller.
        Staff = "staff",
        /// The patient, signed in.
        Patient = "patient",
        /// An offer from the waiting list.
        WaitingList = "waitingList",
    }
}

closed_enum! {
    /// Why a booking was cancelled: personWish (ønsker det ikke), personUnavailable (forhindret),
    /// supporterUnavailable (patientstøtten er forhindret), consentWithdrawn (samtykke trukket
    /// tilbage), offerPassed (tilbud takket nej til), other (andet).
    pub enum BookingCancellationReason {
        /// The person does not want it any more.
        PersonWish = "personWish",
        /// The person cannot then.
        PersonUnavailable = "personUnavailable",
        /// The supporter cannot then.
        SupporterUnavailable = "supporterUnavailable",
        /// The consent was withdrawn.
        ConsentWithdrawn = "consentWithdrawn",
        /// The offer from the waiting list was passed on.
        OfferPassed = "offerPassed",
        /// Something else.
        Other = "other",
    }
}

closed_enum! {
    /// What came of a booked time: attended (gennemført / genomförd), noShow (udeblevet / uteblev).
    pub enum AttendanceOutcome {
        /// The talk was held.
        Attended = "attended",
        /// Nobody came or answered.
        NoShow = "noShow",
    }
}

/// A relative who books (pårørende / närstående).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Bo Prøvesen", "telephone": "+4532105433"}))]
pub struct BookingRelative {
    /// The relative's name.
    pub name: Name,
    /// The number to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 40)]
    pub telephone: Option<String>,
}

/// What a supporter needs of the person, and nothing more (mindste nødvendige oplysninger).
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"name": {"given": "Anna", "family": "Prøvesen"}, "telephone": "+4532105432", "masked": false}))]
pub struct BookedPerson {
    /// Given and family name; absent where masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<PersonName>,
    /// The number that was given with the booking, else the preferred one of the record, E.164;
    /// where masked, with stars.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "+4532105432", max_length = 40)]
    pub telephone: Option<String>,
    /// The language of the talk, BCP 47: the one that was given with the booking, else the one the
    /// person prefers to speak.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "da", max_length = 35)]
    pub language: Option<String>,
    /// The relative, where a relative has booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub relative: Option<BookingRelative>,
    /// Whether name and telephone are masked for you (ID-5).
    pub masked: bool,
}

/// A booked time (booking / bokning).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "slotId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "scheduleId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e73",
    "timeTypeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e74",
    "startsAt": "2026-04-07T07:00:00Z", "endsAt": "2026-04-07T07:45:00Z", "timeZone": "Europe/Copenhagen",
    "state": "held", "holdExpiresAt": "2026-03-27T09:25:00Z", "bookedBy": "system", "moves": 0,
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The time that is booked.
    pub slot_id: SlotId,
    /// The time book: the supporter.
    pub schedule_id: ScheduleId,
    /// What kind of time it is.
    pub time_type_id: TimeTypeId,
    /// The volunteer, where it is one's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub volunteer_id: Option<VolunteerId>,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// The IANA time zone of the time book.
    #[schema(example = "Europe/Copenhagen", max_length = 64)]
    pub time_zone: String,
    /// How far it is.
    pub state: BookingState,
    /// Until when it is held: confirm it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hold_expires_at: Option<Instant>,
    /// Who books (HF-4), once confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub booker: Option<Booker>,
    /// Before, during or after illness (HF-4).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub phase: Option<IllnessPhase>,
    /// Through whom it was booked.
    pub booked_by: BookedBy,
    /// How often it was moved.
    #[schema(minimum = 0)]
    pub moves: i32,
    /// The patient's record; shown to staff and to the patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
    /// The consent it stands on; shown to staff and to the patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consent_id: Option<ConsentId>,
    /// The person; shown to staff, to the patient, and to the supporter while it is confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub person: Option<BookedPerson>,
    /// What the talk is about; shown to staff, to the patient, and to the supporter while it is
    /// confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
    /// When it was cancelled, or what came of it recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_at: Option<Instant>,
    /// Why it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancellation_reason: Option<BookingCancellationReason>,
    /// Why, in words; shown to staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancellation_note: Option<Line>,
    /// Grows by one with each change; the first part of the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// What the representation depends on besides the version: the time, the person's own record,
    /// who asks.
    #[serde(skip)]
    #[schema(ignore)]
    pub variant: String,
}

/// What became of a booking whose supporter is away (HF-2).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"bookingId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "volunteerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71"}))]
pub struct Released {
    /// The booking.
    pub booking_id: BookingId,
    /// The volunteer who has it now, at the same time; absent where nobody could.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub volunteer_id: Option<VolunteerId>,
    /// The entry on the waiting list that it became; absent where another volunteer has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub waiting_list_entry_id: Option<WaitingListEntryId>,
}

/// A seat that is booked or held now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// Its number, from one.
    pub number: i32,
    /// Until when, where it is held only.
    pub until: Option<Instant>,
}

/// What is sealed of a booking, and of an entry on the waiting list.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Content {
    /// The relative who books.
    pub relative: Option<BookingRelative>,
    /// What the talk is about.
    pub note: Option<Prose>,
    /// Why it was cancelled.
    pub cancellation_note: Option<Line>,
    /// The number to call that was given with it, E.164.
    pub telephone: Option<String>,
    /// The language of the talk that was given with it.
    pub language: Option<Language>,
    /// Whether staff asked for it: they know of times that the web does not show.
    pub by_staff: bool,
}

silent_debug!(BookingRelative, BookedPerson, Content);
