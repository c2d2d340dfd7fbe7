//! Governing documents (styrande dokument / styrende dokument): routines, forms and guidelines with
//! their versions (HAL-6).
//!
//! A document is made with its first version as a draft → valid, once that is approved → withdrawn. A
//! version is draft → valid → superseded, when the next one is approved, or withdrawn with its
//! document; so is its draft. A correction is a new version.
//!
//! Invariants, held by the database too: from its first approval until it is withdrawn a document has
//! exactly one valid version, and one draft beside it at most (unique indexes); the versions' times of
//! validity follow each other without a gap; what was approved is neither changed nor deleted
//! (triggers). The digest of a version tells whether what one holds is what was approved.

pub mod api;
mod model;
mod rules;
mod store;
mod version_api;
mod versions;

pub use api::routes;
pub use model::{
    GoverningDocument, GoverningDocumentId, GoverningDocumentKind, GoverningDocumentVersionId,
    NewGoverningDocument,
};
pub use store::{create, find, to_review};
pub use version_api::routes as version_routes;
pub use versions::{approve, draft};
