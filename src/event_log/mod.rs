//! The event log, as integrated systems read it: what has happened, in commit order, with no event
//! ever skipped.
//!
//! Life cycle: an event is appended in the transaction that makes the change it tells of, and stays
//! as it is. A reader keeps the `cursor` of the last event it has worked on and goes on behind it,
//! today, after a restart, or at another instance. [`crate::platform::events::log`] says why nothing
//! is added behind a reader's back.
//!
//! Invariants: an actor reads the events of its data controller, and where it is limited to
//! programmes only those that belong to one of them. Patients and volunteers do not read the log.
//! Events hold ids and nothing personal (ID-6); where one concerns a patient, reading it leaves a
//! row in that patient's access log.
//!
//! Who waits for more (long polling, Server-Sent Events) holds neither a connection to the database
//! nor a thread ([`crate::platform::events::tail`]), and is let go when the service stops.

pub mod api;
mod model;
mod read;
mod stream;

pub use api::routes;
pub use model::{EventId, LoggedEvent};
