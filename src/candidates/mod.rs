//! Candidate checks (APS-9): lists of persons that a record system points out, held against a
//! programme's criteria and against who is already referred.
//!
//! A candidate is not a referral, and without consent nothing of it is kept: there is no table
//! behind this resource, and no answer is stored under an idempotency key. What remains is the
//! access log of those patients whose records were looked up and found.
//!
//! Invariant: an answer holds the caller's own keys and results, no identity and no id.

mod api;
mod check;
mod model;

pub use api::routes;
