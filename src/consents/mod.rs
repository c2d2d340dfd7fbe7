//! Consents: what a patient agreed to or refused (samtykke / samtycke), in which form, when, to
//! whom, until when; and its withdrawal with everything that stood on it.
//!
//! Life cycle: given → active → withdrawn or expired; or refused. The status follows from the
//! record and the time, it is not stored.
//!
//! Invariants: append-only, a withdrawal is a row of its own and happens once; a refusal is
//! recorded too; of the decisions in play (neither withdrawn nor expired) the latest counts, so that
//! a refusal ends what was agreed before it; the form is one that the programme's policy accepts, and
//! no consent lasts longer than policy or law allow. What stood on a consent ends in the transaction
//! that withdraws it (`withdrawal`).

mod active;
mod api;
mod model;
mod rules;
mod same;
mod store;
mod withdrawal;

pub use active::{active, active_each, check_not_taken_back};
pub use api::routes;
pub use model::{
    Authority, Consent, ConsentId, ConsentStatus, Decision, Details, Ended, EndedKind, GivenBy,
    Giver, NewConsent, Withdrawal, WithdrawnBy,
};
pub use same::{find_same, page, says_all};
pub use store::{find, record, record_known, repoint};
