//! Bookings: skeleton.

mod talks;

pub use talks::{HeldTalk, held_talks};

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::volunteers::VolunteerId;

/// A booking.
#[derive(Debug, Clone)]
pub struct Booking;
/// The id of a booking.
pub type BookingId = Id<Booking>;
/// The id of an entry on the waiting list.
pub type WaitingListEntryId = Id<crate::waiting_list::WaitingListEntry>;

/// What became of a booking whose supporter is away.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
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

/// Frees a volunteer's times that begin in `from..until` (without an end: all from `from` on, and
/// the time books are closed). Each booking in them gets another supporter at the same time where
/// one fits, else it goes to the waiting list. Says what became of each.
pub fn release_volunteer(
    cx: &mut Cx<'_>,
    volunteer: VolunteerId,
    from: Instant,
    until: Option<Instant>,
) -> Result<Vec<Released>> {
    let _unused = (cx, volunteer, from, until);
    Err(Error::internal("not there yet"))
}

/// How many talks each volunteer of a programme has in the ISO week (Monday to Sunday, the
/// programme's time zone) that `day` is in. Who has none is not in it.
pub fn load_in_week(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    day: NaiveDate,
) -> Result<HashMap<VolunteerId, u32>> {
    let _unused = (cx, programme, day);
    Err(Error::internal("not there yet"))
}

/// The volunteers whom a patient has talked with or will, the latest first.
pub fn earlier_supporters(cx: &mut Cx<'_>, patient: PatientId) -> Result<Vec<VolunteerId>> {
    let _unused = (cx, patient);
    Err(Error::internal("not there yet"))
}
