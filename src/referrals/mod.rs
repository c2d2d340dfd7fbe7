//! Referrals: requests that a programme takes a patient (henvisning).
pub mod api;
mod marks;
mod model;

pub use api::routes;
pub use marks::{
    FirstCalls, find, first_call_position, first_calls_due, mark_called, mark_enrolled,
    mark_not_suitable, mark_reached, repoint, standing_on, withdraw_for_consent,
};
pub use model::{
    Answer, CriterionAnswer, Decision, Eligibility, EligibilityReason, ReasonCode, Referral,
    ReferralId, ReferralState, Referrer, Supplement,
};
