//! Volunteers (frivillig patientstøtte): peer supporters with lived experience (HF-1), from
//! candidate to departure (HF-2).

mod experience;
mod model;
mod onboarding;
mod onboarding_store;
mod rules;
mod store;

pub use experience::{CodeSystem, CodedValue};
pub use model::{
    IllnessPhase, PublicProfile, Volunteer, VolunteerId, VolunteerState, VolunteerSubtype,
};
pub use store::{find, require_active, require_active_at};
