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

mod model;
mod store;

pub use model::{
    ClosingReason, Course, CourseId, CourseState, NewCourse, TreatmentResponsible,
    TreatmentResponsibleKind,
};
pub use store::{close_for_consent, find, open, repoint};

/// Routes.
#[must_use]
pub fn routes() -> crate::platform::http::routes::Routes {
    crate::platform::http::routes::Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}
