//! Matching (match / matchning): who of the volunteers fits a need, why, and why not the others
//! (HF-5).
//!
//! Hard gates first, then a score of named reasons with weights from the programme's policy. All
//! of it is pure (`rules`, `score`) and in whole numbers, so that the same data give the same answer and a
//! score can be added up by hand. What it needs of the volunteers' sealed records is remembered in
//! memory (`volunteers::roster`); what changes by the hour (free times, the load of the week) is
//! asked of the database, with as many queries for five thousand volunteers as for five.
//!
//! Nothing is stored, and only the patient who is named leaves an audit row.

mod api;
mod find;
mod model;
#[cfg(test)]
mod ranking_tests;
mod rules;
#[cfg(test)]
mod rules_tests;
mod score;

pub use api::routes;
pub use find::{Gatekeeper, fitting, suiting};
pub use model::{Candidate, Excluded, Gate, Need, Ranking};
