//! Working groups (arbejdsgruppe) that a steering group sets up, with a mandate and an end (CPS-5).
//!
//! A working group is working → reported, when it has reported back, or → closed without a report.
//! Its evaluation is planned when it is set up ([`crate::evaluations`]); when it is to report back is
//! on the worklist of what is due.
//!
//! Invariants: it begins and ends within its steering group's own time; mandate, members and end
//! change only while it works; a report is given once. Who sees the steering group sees its working
//! groups. Who takes part is sealed.

pub mod api;
mod model;
mod rules;
mod store;

pub use api::routes;
pub use model::{
    NewWorkingGroup, WorkingGroup, WorkingGroupId, WorkingGroupReport, WorkingGroupState,
};
pub use store::{after, create, ending, find, report};
