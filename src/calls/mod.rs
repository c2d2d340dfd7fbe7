//! Call sessions: the talks of a course and the attempts to reach the patient (samtale).
//!
//! The first conversation belongs to an accepted referral; when the patient is reached the nurse
//! decides whether the programme is right (APS-5). Follow-ups belong to an active course; the
//! patient's need sets their agenda and rhythm, nothing repeats by itself (APS-6).
//!
//! ```text
//! planned ──▶ completed
//!    └──────▶ cancelled
//! ```
//!
//! Invariants: at most one planned first conversation of a referral; a first conversation is
//! completed with a decision and after an attempt that reached the patient; only a planned
//! session is moved, called for, completed or cancelled.

mod api;
mod attempts;
mod cancel;
mod list;
mod model;
mod requests;
mod rules;
mod steps;
mod store;

pub use api::{position, routes};
pub use attempts::{FirstCallsSoFar, first_calls_so_far, record};
pub use cancel::{cancel_planned, cancel_planned_before, hand_over};
pub use list::{Filter, list};
pub use model::{
    CallSession, CallSessionId, CallSessionKind, CallSessionState, CancellationReason,
};
pub use steps::{active_supporter, complete, plan};
pub use store::{CancelScope, held, repoint, with_planned};
