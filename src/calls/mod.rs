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

mod model;
mod store;

pub use model::{CallSession, CallSessionId, CallSessionKind, CallSessionState};
pub use store::{CancelScope, cancel_planned, repoint};

/// Routes.
#[must_use]
pub fn routes() -> crate::platform::http::routes::Routes {
    crate::platform::http::routes::Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}
