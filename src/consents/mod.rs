//! consents.

/// A consents.
#[derive(Debug)]
pub struct Consent;

/// The id of one.
pub type ConsentId = crate::platform::id::Id<Consent>;

/// Routes.
#[must_use]
pub fn routes() -> crate::platform::http::routes::Routes {
    crate::platform::http::routes::Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}
