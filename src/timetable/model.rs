//! What time types, time books and times are.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::availability::Availability;
use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::platform::text::{Language, Name};
use crate::programmes::ProgrammeId;
use crate::staff::StaffId;
use crate::volunteers::{IllnessPhase, VolunteerId, VolunteerSubtype};

/// The id of a time type.
pub type TimeTypeId = Id<TimeType>;
/// The id of a schedule.
pub type ScheduleId = Id<Schedule>;
/// The id of a slot.
pub type SlotId = Id<Slot>;

closed_enum! {
    /// How a talk is held: telephone (telefon), video (video), physical (fysisk møde / fysiskt
    /// besök).
    pub enum TalkChannel {
        /// By telephone.
        Telephone = "telephone",
        /// By video.
        Video = "video",
        /// Face to face.
        Physical = "physical",
    }
}

/// A kind of time that is booked (tidstype / tidstyp): what it is called inside and on the web,
/// how long it is, and how long before it may still be booked, moved and cancelled (HAL-2).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "name": "Telefonsamtale 45", "publicName": "Samtale med en frivillig", "minutes": 45, "channel": "telephone",
    "webVisible": true, "bookBeforeMinutes": 120, "moveBeforeMinutes": 1440, "cancelBeforeMinutes": 120,
    "active": true, "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct TimeType {
    /// Its id.
    pub id: TimeTypeId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The clinic whose type it is; absent where the whole programme uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// What it is called inside.
    pub name: Name,
    /// What the public reads (HAL-2).
    pub public_name: Name,
    /// How long it is, in minutes.
    #[schema(minimum = 5, maximum = 480)]
    pub minutes: i32,
    /// How the talk is held.
    pub channel: TalkChannel,
    /// Whether booking sites and patients see its times.
    pub web_visible: bool,
    /// How many minutes before a time it is booked at the latest; staff may book until it begins.
    #[schema(minimum = 0, maximum = 129_600)]
    pub book_before_minutes: i32,
    /// How many minutes before a time it is moved at the latest; staff may until it begins.
    #[schema(minimum = 0, maximum = 129_600)]
    pub move_before_minutes: i32,
    /// How many minutes before a time it is cancelled at the latest; staff may until it begins.
    #[schema(minimum = 0, maximum = 129_600)]
    pub cancel_before_minutes: i32,
    /// Whether new times of this type are made.
    pub active: bool,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A time book (tidbog / tidbok) with one owner: a volunteer, a member of staff, or an
/// organisation (a clinic, a room).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "staffId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "name": "Hjertelinjen, formiddag", "timeZone": "Europe/Copenhagen",
    "active": true, "availability": {"weekly": [], "daysOff": [], "extra": [], "publicHolidaysOff": true}, "away": [],
    "slotsUntil": "2026-06-25", "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The volunteer whose time book it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub volunteer_id: Option<VolunteerId>,
    /// The member of staff whose time book it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub staff_id: Option<StaffId>,
    /// The organisation whose time book it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// What it is called inside.
    pub name: Name,
    /// The IANA time zone that the availability is meant in.
    #[schema(example = "Europe/Copenhagen", max_length = 64)]
    pub time_zone: String,
    /// Whether times are made in it.
    pub active: bool,
    /// When the owner can.
    pub availability: Availability,
    /// When the owner is away although the availability says otherwise: a volunteer's leave.
    pub away: Vec<Away>,
    /// The first local day for which no times are made yet.
    pub slots_until: NaiveDate,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl Schedule {
    /// The zone its times are meant in.
    pub fn zone(&self) -> Result<Tz> {
        self.time_zone
            .parse()
            .map_err(|_| Error::internal("stored time zone is unknown"))
    }
}

/// A time in which the owner of a time book is away (orlov / ledighet).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"from": "2026-04-01T00:00:00Z", "until": "2026-05-01T00:00:00Z"}))]
pub struct Away {
    /// From when on.
    pub from: Instant,
    /// Until when; absent where no end is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<Instant>,
}

closed_enum! {
    /// Where a time comes from: availability (ledig efter plan), manual (indtastet).
    pub enum SlotOrigin {
        /// Made from the availability of its time book.
        Availability = "availability",
        /// Entered by hand.
        Manual = "manual",
    }
}

closed_enum! {
    /// What becomes of a time: open (åben / öppen), closed (lukket / stängd) by hand, dropped
    /// (bortfaldet / struken): no longer in the availability and kept for its bookings' sake.
    pub enum SlotState {
        /// It can be booked while a seat is free.
        Open = "open",
        /// Closed by hand; the availability does not open it again.
        Closed = "closed",
        /// No longer offered.
        Dropped = "dropped",
    }
}

/// One time in a time book (tid), as staff see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "scheduleId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "timeTypeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e73",
    "startsAt": "2026-04-07T07:00:00Z", "endsAt": "2026-04-07T07:45:00Z", "timeZone": "Europe/Copenhagen",
    "seats": 1, "taken": 0, "origin": "availability", "state": "open", "outsideAvailability": false,
    "webVisible": true, "publicName": "Samtale med en frivillig",
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Slot {
    /// Its id.
    pub id: SlotId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The time book it stands in.
    pub schedule_id: ScheduleId,
    /// What kind of time it is.
    pub time_type_id: TimeTypeId,
    /// The volunteer whose time it is.
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
    /// How many can book it.
    #[schema(minimum = 1, maximum = 100)]
    pub seats: i32,
    /// How many seats are booked or held now.
    #[schema(minimum = 0, maximum = 100)]
    pub taken: i32,
    /// Where it comes from.
    pub origin: SlotOrigin,
    /// What becomes of it.
    pub state: SlotState,
    /// Whether it is booked although the availability no longer has it.
    pub outside_availability: bool,
    /// Whether booking sites and patients see it (HAL-2).
    pub web_visible: bool,
    /// What the public reads (HAL-2).
    pub public_name: Name,
    /// Grows by one with each change; the first part of the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// What the representation depends on besides the version: what is booked, and the time type.
    #[serde(skip)]
    #[schema(ignore)]
    pub variant: String,
}

/// A free time as a booking site shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "scheduleId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "timeTypeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e73",
    "volunteerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e74", "subtypes": ["patientSupporter"], "languages": ["da"],
    "phases": ["before", "during", "after"], "name": "Samtale med en frivillig", "channel": "telephone",
    "startsAt": "2026-04-07T07:00:00Z", "endsAt": "2026-04-07T07:45:00Z", "timeZone": "Europe/Copenhagen"
}))]
pub struct FreeSlot {
    /// The id of the slot, to book it by.
    pub id: SlotId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The time book: times of the same one are with the same supporter.
    pub schedule_id: ScheduleId,
    /// What kind of time it is.
    pub time_type_id: TimeTypeId,
    /// The volunteer whose time it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub volunteer_id: Option<VolunteerId>,
    /// Whom the volunteer supports (HF-1): a patient books with a patientSupporter, a relative with
    /// a relativeSupporter or parentSupporter. Absent where it is no volunteer's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subtypes: Option<Vec<VolunteerSubtype>>,
    /// The languages that the volunteer talks, without region; absent where it is no volunteer's
    /// time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub languages: Option<Vec<Language>>,
    /// The phases of an illness that the volunteer talks about; absent where it is no volunteer's
    /// time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub phases: Option<Vec<IllnessPhase>>,
    /// What it is called in public.
    pub name: Name,
    /// How the talk is held.
    pub channel: TalkChannel,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// The IANA time zone of the time book.
    #[schema(example = "Europe/Copenhagen", max_length = 64)]
    pub time_zone: String,
}
