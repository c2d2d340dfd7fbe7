//! courses.

/// A courses.
#[derive(Debug)]
pub struct Course;

/// The id of one.
pub type CourseId = crate::platform::id::Id<Course>;

/// Routes.
#[must_use]
pub fn routes() -> crate::platform::http::routes::Routes {
    crate::platform::http::routes::Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}
