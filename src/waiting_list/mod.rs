//! The waiting list: who waits for a time where none is free (venteliste / väntelista, HF-6).
//!
//! ```text
//! waiting ◀──▶ offered ──▶ booked
//!    └────────────┴──────▶ left
//! ```
//!
//! A time that becomes free is held for the first who waits for one like it, in the transaction
//! that frees it: of the type and within the days waited for, with a volunteer who fits by the gates
//! that stop a booking too ([`crate::matches::Gate::FIT`], HF-5). The clock job offers times
//! that were made since. Who takes it has the booking; who passes, or does not answer in time, waits
//! on, and the time is offered to the next.
//!
//! Invariants: an offer is a hold like any other, so that capacity is kept by the same index; the
//! same time is offered to the same person once; at most one offer of a programme is open to a person;
//! a person enters once for what is waited for; who entered on the web is offered what the web shows.

mod api;
mod model;
mod offers;
mod rules;
mod steps;
mod store;

pub use api::routes;
pub use model::{WaitingListEntry, WaitingListEntryId, WaitingListState};
pub use offers::offered_in;
pub use steps::{enter_released, lapse, leave_for_consent, offer_any, offer_expired, offer_freed};
pub use store::{lapsed, repoint, waiting};
