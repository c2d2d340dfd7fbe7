//! Enquiries (henvendelse): questions, leaflet orders and visit requests from outside, answered
//! within the programme's working days (APS-10), by a safe way where they carry health data
//! (APS-11).
//!
//! Life cycle: `open` → `answered`, once. Nothing else happens to an enquiry.
//!
//! Invariants: the due day is decided when the enquiry is registered, by the calendar and policy of
//! that moment, and does not move afterwards; `overdue` is a matter of time, not a state. Who asks,
//! the question and the answer are sealed. An enquiry about a patient belongs to that patient's
//! record: reading it leaves an audit row, and a merge takes it along ([`repoint`]).

pub mod api;
mod deadlines;
mod model;
mod rules;
mod store;

pub use api::routes;
pub use deadlines::{overdue, tell_overdue};
pub use model::{Enquiry, EnquiryId, EnquiryKind, EnquiryState, NewEnquiry};
pub use store::{create, find, repoint};
