//! Staff (personale): the people who work in the programmes: nurses, coordinators, administrators.
//!
//! Life cycle: created active → changed any number of times → `active: false`. There is no
//! deletion: courses, calls and audit rows speak of them. A token of somebody who is not active is
//! no longer believed ([`active_name`]); it may take the few seconds for which the service
//! remembers a verified token.
//!
//! Invariants: a member belongs to an organisation of the data controller; roles are unique and
//! never `patient`. Patients are no staff.

pub mod api;
mod model;
mod store;

pub use api::routes;
pub use model::{NewStaff, Staff, StaffChange, StaffId};
pub use store::{active_name, change, create, find, find_named, page};
