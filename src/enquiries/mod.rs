//! enquiries.

mod store;
pub use store::repoint;

/// A question, a leaflet order or a visit request.
#[derive(Debug)]
pub struct Enquiry;

/// The id of one.
pub type EnquiryId = crate::platform::id::Id<Enquiry>;

/// Routes.
#[must_use]
pub fn routes() -> crate::platform::http::routes::Routes {
    crate::platform::http::routes::Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}
