//! Consents.

mod model;
mod store;

pub use model::{
    Authority, Consent, ConsentId, Decision, Details, Ended, EndedKind, GivenBy, Giver, NewConsent,
    Withdrawal, WithdrawnBy,
};
pub use store::{active, find, record, repoint};

/// Routes.
#[must_use]
pub fn routes() -> crate::platform::http::routes::Routes {
    crate::platform::http::routes::Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}
