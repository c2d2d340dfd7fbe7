//! Courses: the support itself, from the first conversation to the closing note (forløb).
//!
//! A course is opened by the decision in a first conversation and by nothing else (APS-5). One
//! supporter carries it; a change has a reason and stays on record (APS-6). Treatment
//! responsibility stays with a hospital department or the patient's own doctor, who is named on
//! every course and in every closing note (APS-8).
//!
//! ```text
//! active ◀──▶ paused
//!    └───┬──────┘
//!        ▼
//!      closed
//! ```

mod api;
mod closing_note;
mod model;
mod requests;
mod rules;
mod steps;
mod store;

pub use api::routes;
pub use model::{
    ClosingReason, Course, CourseId, CourseState, NewCourse, TreatmentResponsible,
    TreatmentResponsibleKind,
};
pub use rules::allowed;
pub use steps::{close_for_consent, open};
pub use store::{find, repoint, running};
