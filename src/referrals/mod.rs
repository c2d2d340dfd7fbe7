//! Referrals: requests that a programme takes a patient (henvisning), and their clock.
//!
//! ```text
//! received ◀──▶ awaitingSupplement
//!    │  └────────────┬─────▶ accepted
//!    └───────────────┴──────────┤
//!       rejected, forwarded, withdrawn, enrolled, notSuitable
//! ```
//!
//! Consent comes first (APS-3): a referral stands on a consent that was given before it was sent,
//! and ends with it. Each way of referring has its own requirements (APS-2). The patient is
//! called within so many working days (APS-4); the criteria inform the decision and never make
//! it (APS-1); the first conversation decides (APS-5).
//!
//! Invariants: `rules::next` is the only table of state changes; a patient has at most one open
//! referral to a programme; how the deadline is counted is kept as it was on receipt, so that a
//! later change of policy moves no promise; criteria, reasons and notes are sealed; a known
//! patient's record is not overwritten by what a referral says; who referred is shown as `view` says
//! (ID-5).

pub mod api;
mod api_steps;
mod clock;
mod consent;
mod deadlines;
mod intake;
mod list;
mod marks;
mod model;
mod requests;
mod requirements;
mod rules;
mod same;
mod steps;
mod store;
mod view;

pub use api::routes;
pub use deadlines::{due_soon, overdue, tell_due_soon, tell_overdue};
pub use intake::{NewReferral, register};
pub use marks::{
    FirstCalls, first_call_position, first_calls_due, mark_called, mark_enrolled,
    mark_not_suitable, repoint, standing_on, withdraw_for_consent,
};
pub use model::{
    CriterionAnswer, Eligibility, EligibilityReason, EligibilityReasonCode, Referral,
    ReferralDecision, ReferralId, ReferralState, ReferralSupplement, Referrer, YesNoUnknown,
};
pub use requirements::check_answers;
pub use rules::{Assessment, assess};
pub use same::says_all;
pub use steps::{accept, request_supplement};
pub use store::{find, find_sent, open_one, page};
