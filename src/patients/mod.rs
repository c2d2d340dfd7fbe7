//! Patients.

mod model;
mod store;

pub use model::{
    Address, ExternalId, NewPatient, NewTelephone, Patient, PatientId, PersonIdentifier,
    PersonName, Relative, RelativeId, Telephone, TelephoneLabel,
};
pub use store::{find, find_or_create};

/// Routes.
#[must_use]
pub fn routes() -> crate::platform::http::routes::Routes {
    crate::platform::http::routes::Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}
