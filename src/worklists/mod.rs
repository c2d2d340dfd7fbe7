//! Worklists: what is due (arbejdsliste). Read-only views over referrals and call sessions.
//!
//! `/worklists/first-calls`: open referrals whose patient was not reached yet, by the last day for
//! the first call (APS-4). `/worklists/coming-calls`: planned talks by time. Both show persons, so
//! every row on a page leaves an audit row, and protected names are masked (ID-5).
//! `/worklists/governance`: evaluations, delegations, governing documents, measurements and working
//! groups by the day on which they are due.

mod api;
mod governance;

pub use api::routes;
pub use governance::routes as governance_routes;
