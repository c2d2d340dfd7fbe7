//! patients.

/// A patients.
#[derive(Debug)]
pub struct Patient;

/// The id of one.
pub type PatientId = crate::platform::id::Id<Patient>;

/// Routes.
#[must_use]
pub fn routes() -> crate::platform::http::routes::Routes {
    crate::platform::http::routes::Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}
