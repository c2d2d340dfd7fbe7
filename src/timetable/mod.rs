//! Time books: which times there are, and which are free (tidbog / tidbok, HF-4, HF-6, HAL-2).
//!
//! A [`TimeType`] says what a time is called, how long it is, and how long before it may be
//! booked, moved and cancelled. A [`Schedule`] is the time book of a volunteer, a member of staff
//! or an organisation, with the availability of its owner. A [`Slot`] is one time in it, made from
//! the availability up to the programme's horizon or entered by hand.
//!
//! ```text
//! slot: open ◀──▶ closed (by hand)
//!         └─────▶ dropped (no longer in the availability, kept for its bookings' sake)
//! ```
//!
//! Invariants:
//! - Two times of one time book never overlap, and a time begins once in it (a unique index).
//! - A time made from the availability lies inside a window of it, also when the clock changes:
//!   local times in the gap make none, of those that come twice the first counts.
//! - The times follow from the availability as it is now and from what is booked, entered or
//!   closed, not from the order of edits. Booked times survive an edit, marked as outside it.
//! - `slots.free_from` says since when a seat is free; it is written with every booking, so that
//!   the search for free times reads one index. What keeps a seat from being given twice is not
//!   this column but the unique index of [`crate::bookings`].
//!
//! Reading order: `model`, `availability`, `rules` (pure), `time_types`, `schedules`, `slots`,
//! `generate`, `free`, and the `*api` files.

mod availability;
mod model;
mod rules;

pub use availability::Availability;
pub use model::{
    Away, FreeSlot, Schedule, ScheduleId, Slot, SlotId, SlotOrigin, SlotState, TalkChannel,
    TimeType, TimeTypeId,
};

use std::collections::HashSet;

use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::programmes::ProgrammeId;
use crate::volunteers::VolunteerId;

/// The volunteers of a programme who have a free time that begins in `from..to`.
pub fn free_volunteers(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    from: Instant,
    to: Instant,
) -> Result<HashSet<VolunteerId>> {
    let _unused = (cx, programme, from, to);
    Err(Error::internal("not there yet"))
}

/// Makes a volunteer's times again from `from` on: back from leave earlier than planned, or back
/// after a leave without an end.
pub fn reopen_volunteer(cx: &mut Cx<'_>, volunteer: VolunteerId, from: Instant) -> Result<()> {
    let _unused = (cx, volunteer, from);
    Err(Error::internal("not there yet"))
}
