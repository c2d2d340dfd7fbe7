//! Wards (afsnit / avdelning) are organisations; here is what volunteers do on them (HF-3): they
//! walk a ward in shifts (vagt / pass), in pairs, and offer talks to patients and relatives.
//!
//! A shift is planned → cancelled, or it is walked and stays planned for good. Volunteers sign up,
//! sign off, offer their place to others and take places that are offered. Only an active volunteer
//! takes a regular place; a trial place (prøvevagt / provpass) is for somebody whose next step is a
//! trial shift (HF-2), beside an active volunteer. A shift with one person on it is flagged.
//!
//! Invariants: a place is taken once and a volunteer takes one place of a shift, whatever runs at
//! once (unique indexes over what is not released); nobody is on two shifts, or on a shift and in a
//! booked talk, at the same time; the
//! counts in a shift's row are the counts of its sign-ups and never exceed its places (checks); who
//! signed off stays on record as released.
//!
//! A ward talk (afsnitssamtale / avdelningssamtal) is counted and never named: who was met (patient
//! or relative), in which phase, by which kind of supporter, how long. There is no field and no
//! column for a person or for text, and a request that brings one is refused.

pub mod api;
mod model;
mod planning;
mod rules;
mod steps;
mod store;
mod talk_api;
mod talk_model;
mod talks;

pub use api::routes;
pub use model::{NewWardShift, PlaceKind, ShiftState, SignUpRequest, WardShift, WardShiftId};
pub use planning::plan;
pub use steps::{release_volunteer, sign_up};
pub use store::{Walk, find, walked, walks_in};
pub use talk_api::routes as talk_routes;
pub use talk_model::{Met, NewWardTalk, WardTalk, WardTalkId};
pub use talks::{count, counted};
