//! Units of a centre (enhed) and who belongs to them, when, with which share of full time (CPS-1).
//!
//! A unit exists for good or on trial, from a first day on and perhaps to a last one. A staff share
//! lets a person belong to a unit for a period; another share of full time is another record, so that
//! the past stays as it was. The staffing of a unit over time is computed from its shares.
//!
//! Invariants: a share lies within its unit's own period; nobody has more than full time on any day,
//! over all units of the data controller; in one unit a person has one share on a day.

pub mod api;
mod model;
mod share_api;
mod shares;
mod staffing_rules;
mod store;

pub use api::routes;
pub use model::{NewStaffShare, NewUnit, StaffShare, StaffShareId, Unit, UnitId};
pub use share_api::routes as share_routes;
pub use shares::create as assign;
pub use store::{create, find};
