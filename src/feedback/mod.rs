//! Feedback (tilbagemelding / återkoppling) from patients, relatives and ward staff (HF-7): a
//! rating, words, or both.
//!
//! Feedback is received and stays as it is. The words are sealed, and may be quoted only with
//! consent, which is asked for anew with each answer and never stored as a yes. Somebody agrees with
//! the feedback or afterwards ([`quoting`]):
//! - on a patient's record, the patient's active consent of purpose quotation decides, whether it
//!   came with the feedback or another time. Its withdrawal, refusal or expiry ends the quoting;
//! - on nobody's record (a relative, staff, somebody unknown), the agreement that came with the
//!   feedback decides, in a form and for a time that the programme's policy accepts for quotation,
//!   until it is withdrawn.
//!
//! Invariants: feedback on a patient's record carries no agreement of its own; reading it leaves an
//! audit row for that patient; a merge takes it along ([`repoint`]).

pub mod api;
mod model;
mod quoting;
mod rules;
mod store;

pub use api::routes;
pub use model::{Feedback, FeedbackId, FeedbackSource, NewFeedback};
pub use quoting::{repoint, stop_quoting};
pub use store::receive;
