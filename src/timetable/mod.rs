//! Time books: which times there are, and which are free (tidbog / tidbok, HF-4, HF-6, HAL-2).
//!
//! A [`TimeType`] says what a time is called, how long it is, and how long before it may be
//! booked, moved and cancelled. A [`Schedule`] is the time book of a volunteer, a member of staff
//! or an organisation, with the availability of its owner. A [`Slot`] is one time in it, made from
//! the availability up to the programme's horizon or entered by hand.
//!
//! ```text
//! slot: open ◀──▶ closed (by hand)
//!         └─────▶ dropped (no longer in the availability, kept for its bookings' sake; entered by
//!                 hand in what became a leave, and open again if the leave ends early)
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
//! `by_hand`, `generate`, `free`, `calendar`, and the `*api` files.

mod api;
mod availability;
mod by_hand;
mod calendar;
mod free;
mod generate;
mod model;
mod requests;
mod rules;
mod schedules;
mod schedules_api;
mod slots;
mod slots_api;
mod time_types;

pub use availability::Availability;
pub use by_hand::create as create_slot;
pub use free::{
    Search, Suits, as_staff, describe, free_volunteers, is_bookable, same_time, search,
};
pub use generate::{close_for_good, extend, reopen_volunteer, send_away, set_availability};
pub use model::{
    Away, FreeSlot, Schedule, ScheduleId, Slot, SlotId, SlotOrigin, SlotState, TalkChannel,
    TimeType, TimeTypeId,
};
pub use requests::{NewSchedule, NewSlot, NewTimeType};
pub use schedules::{create as create_schedule, ending, has_volunteers, zones};
pub use slots::{
    Filter as SlotFilter, Row as SlotRow, find_row as slot, list as list_rows, refresh,
    shown as shown_slots,
};
pub use time_types::{create as create_time_type, find as time_type};

use crate::all_routes;
use crate::platform::http::routes::Routes;

/// The routes of time types, time books and times.
#[must_use]
pub fn routes() -> Routes {
    all_routes![api::routes, schedules_api::routes, slots_api::routes]
}
