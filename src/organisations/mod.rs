//! Organisations: data controllers and their parts (organisation): regions, hospitals, wards,
//! municipalities, general practices, associations.
//!
//! A tree. Its root is the data controller: every patient, referral and course belongs to one
//! controller, and an actor sees the data of one controller only. The same person in two
//! controllers is two records.
//!
//! Invariants: a root is its own controller; a part has the controller of its parent; the
//! controller never changes. Roots are made on the command line, parts through the API.

pub mod api;
mod model;
mod store;

pub use api::routes;
pub use model::{
    NewOrganisation, Organisation, OrganisationChange, OrganisationId, OrganisationKind,
    SentIdentifier, parse_identifiers,
};
pub use store::{
    change, controller_of, create, create_root, find, find_by_identifier, find_named, find_ward,
    line_of, list_roots, page,
};
