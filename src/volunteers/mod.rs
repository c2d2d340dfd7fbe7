//! Volunteers (frivillig patientstøtte): peer supporters with lived experience (HF-1), from
//! candidate to departure (HF-2).
//!
//! ```text
//! candidate ──▶ onboarding ──▶ active ◀──▶ on leave
//!     └─────────────┴────────────┴───────────┴────▶ departed
//! ```
//!
//! Invariants:
//! - The steps of the onboarding come in the programme's order; who is active has fulfilled all of
//!   them ([`onboarding`]). A step that expires takes an active volunteer out of matching, booking
//!   and shifts until it has been repeated, without anybody doing anything.
//! - Leave is days, not a state that somebody must end: who is away on a day follows from them.
//! - Only who is active and qualified on the day is matched, booked or put on a shift (HF-2):
//!   [`require_active_at`] says so, or refuses.
//! - Leave, departure and a step that was not passed give every booking away in the same transaction.
//! - Departure removes everything personal for good. What figures count stays: whom the volunteer
//!   supported, when the onboarding was held, since when and until when (HF-7).
//! - Who it is and what was lived through is sealed in one column; in clear stand the gates.
//!   `Debug` shows nothing of it (ID-6).
//! - A volunteer's own token sees and changes the own record only, and nothing of patients. What
//!   staff have noted as a conflict of interest stays until staff take it away.
//! - Every change counts the programme's roster up, so that what matching remembers of the sealed
//!   records is never older than the database ([`roster`]).
//!
//! Reading order: `model`, `experience`, `onboarding`, `rules`, `requests`, `checks`, `store`,
//! `onboarding_store`, `register`, `steps`, `profiles`, `roster`, `api`, `api_steps`.

mod api;
mod api_steps;
mod checks;
mod experience;
mod model;
mod onboarding;
mod onboarding_store;
#[cfg(test)]
mod onboarding_tests;
mod profiles;
mod register;
mod requests;
mod roster;
mod rules;
#[cfg(test)]
mod rules_tests;
mod steps;
mod store;
mod supporting;
mod upsert;

pub use experience::{CodeSystem, CodedValue, ExperienceKind, ExperienceOf};
pub use model::{
    IllnessPhase, PublicProfile, Volunteer, VolunteerId, VolunteerState, VolunteerSubtype,
};
pub use onboarding::StepOutcome;
pub use register::{change, create, make_active};
pub use requests::{NewHeldStep, NewVolunteer, VolunteerChange};
pub use roster::{
    Bar, Lived, Remember, Roster, Rosters, Supporter, plain_code, plain_language, roster, supporter,
};
pub use rules::Standing;
pub use steps::{activate, record};
pub use store::{find, find_to_decide, require_active_at};
pub use supporting::{Supporting, supporting};
pub use upsert::{difference, find_named, page};

use crate::platform::http::routes::Routes;

/// The routes of volunteers, their steps and their public profiles.
#[must_use]
pub fn routes() -> Routes {
    let parts = [api::routes(), api_steps::routes(), profiles::routes()];
    Routes {
        described: parts.into_iter().flat_map(|part| part.described).collect(),
        mount: |config| {
            for part in [api::routes(), api_steps::routes(), profiles::routes()] {
                (part.mount)(config);
            }
        },
    }
}
