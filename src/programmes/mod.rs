//! Programmes (indsats): support offers that an organisation runs, each with the policy that makes
//! it what it is.
//!
//! Everything a programme may decide for itself is policy data: working days and time zone, whom
//! it is for (APS-1), how referrals reach it (APS-2), which forms a consent may have, how soon a
//! patient is called (APS-4), how long a course typically is (APS-6), what talks are about (APS-7),
//! how soon enquiries are answered (APS-10), how times are booked (HF-6, HAL-2). The five programmes of the domain are shipped as
//! [`presets`].
//!
//! Life cycle: created (from a preset or a policy of its own) → changed any number of times →
//! `active: false`, when it takes no new referrals and enquiries and carries on with those it has.
//! There is no deletion: what it did stands on it.
//!
//! Invariants: a code is unique within a data controller and never changes; a stored policy has
//! passed [`rules::check_policy`], so its time zone exists, its closed days can be read, and codes,
//! channels and purposes are unique. A changed policy holds for what comes after; deadlines that
//! have been set stay.

pub mod api;
mod booking;
mod change;
mod deadlines;
mod figures;
mod model;
mod peer_support;
pub mod presets;
mod rules;
mod store;

pub use api::routes;
pub use booking::BookingPolicy;
pub use figures::{FiguresPolicy, SETTLED_AFTER_DAYS, unsettled_from};
pub use model::*;
pub use peer_support::{MatchingPolicy, OnboardingKind, OnboardingPolicy, OnboardingStep};
pub use store::{create, find, find_by_code, find_of_controller, today};
