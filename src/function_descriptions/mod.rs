//! Documents for approval by a steering group: descriptions of functions and tasks (CPS-7).
//!
//! ```text
//! draft ── submission: an item on a meeting's agenda ──▶ submitted ── decision ──▶ approved
//!   ▲                                                        └────────────────────▶ rejected
//!   └────────────────────── a new version ─────────────────────────────┘ (of either)
//! ```
//!
//! Invariants: a document has one version in the making at a time; a version is approved by a
//! decision that the group took on the very item it was submitted to; on each day at most one
//! version is valid: the newest of those approved whose first day has come. What is approved stays
//! as it is, and the database refuses to change or remove it.

pub mod api;
mod model;
mod rules;
mod store;
mod submitted;

pub use api::routes;
pub use model::{FunctionDescription, FunctionDescriptionId};
pub use store::{create, decide, submit};
pub use submitted::{awaits_decision, is_submitted};
