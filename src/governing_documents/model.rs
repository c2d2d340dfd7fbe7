//! What a governing document and its versions are (HAL-6).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::closed_enum;
use crate::platform::db::Instant;
use crate::platform::http::input::present;
use crate::platform::id::Id;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::ProgrammeId;

/// The id of a governing document.
pub type GoverningDocumentId = Id<GoverningDocument>;

/// The id of a version of a governing document.
pub type GoverningDocumentVersionId = Id<GoverningDocumentVersion>;

closed_enum! {
    /// What kind of document: routine (rutin / instruks), form (blankett / blanket), guideline
    /// (riktlinje / retningslinje).
    pub enum GoverningDocumentKind {
        /// How something is done.
        Routine = "routine",
        /// Something to fill in.
        Form = "form",
        /// What is aimed at.
        Guideline = "guideline",
    }
}

closed_enum! {
    /// Where a document stands: draft (utkast), valid (giltig / gældende), withdrawn (upphävd /
    /// ophævet).
    pub enum GoverningDocumentState {
        /// No version of it was approved yet.
        Draft = "draft",
        /// One version of it is valid.
        Valid = "valid",
        /// It is valid no longer.
        Withdrawn = "withdrawn",
    }
}

closed_enum! {
    /// Where a version stands: draft (utkast), valid (giltig / gældende), superseded (ersatt /
    /// erstattet), withdrawn (upphävd / ophævet).
    pub enum GoverningVersionState {
        /// Is being written.
        Draft = "draft",
        /// Is the one to follow.
        Valid = "valid",
        /// Another one came after it.
        Superseded = "superseded",
        /// Its document was withdrawn.
        Withdrawn = "withdrawn",
    }
}

/// What a version says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "title": "Medverkan i utvecklingsarbete", "text": "Patienter och närstående deltar i utvecklingsteam.",
    "mainAuthor": "Eva Prov", "editor": "Nils Prov", "appliesTo": "Alla förvaltningar i Region Halland",
    "keywords": ["medverkan", "närstående"], "change": "Första utgåvan.", "reviewOn": "2027-03-27"
}))]
pub struct GoverningVersionContent {
    /// The title (titel).
    pub title: Name,
    /// The text.
    pub text: Prose,
    /// Who has written it (huvudförfattare).
    pub main_author: Name,
    /// Who edits it (redaktör).
    pub editor: Name,
    /// Whom it applies to (gäller för).
    pub applies_to: Line,
    /// Key words (nyckelord).
    #[serde(default)]
    #[schema(max_items = 20)]
    pub keywords: Vec<Name>,
    /// What is new in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub change: Option<Line>,
    /// When it is to be looked through again; then it is on the worklist of what is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub review_on: Option<NaiveDate>,
}

/// A governing document to be made.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "kind": "routine",
    "content": {"title": "Medverkan i utvecklingsarbete", "text": "Patienter och närstående deltar i utvecklingsteam.",
        "mainAuthor": "Eva Prov", "editor": "Nils Prov", "appliesTo": "Alla förvaltningar i Region Halland",
        "keywords": ["medverkan"], "reviewOn": "2027-03-27"}
}))]
pub struct NewGoverningDocument {
    /// The programme that it belongs to.
    pub programme_id: ProgrammeId,
    /// What kind of document.
    pub kind: GoverningDocumentKind,
    /// What its first version says.
    pub content: GoverningVersionContent,
}

/// A new version to be written.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewGoverningVersion {
    /// What it says.
    pub content: GoverningVersionContent,
}

/// A change of a draft (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"editor": "Ulla Prov"}))]
pub struct GoverningVersionChange {
    /// Another title.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub title: Option<Name>,
    /// Another text.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub text: Option<Prose>,
    /// Another main author.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub main_author: Option<Name>,
    /// Another editor.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub editor: Option<Name>,
    /// Somebody else whom it applies to.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub applies_to: Option<Line>,
    /// All key words anew.
    #[schema(nullable = false, max_items = 20)]
    #[serde(default, deserialize_with = "present")]
    pub keywords: Option<Vec<Name>>,
    /// Something else that is new in it; null for nothing.
    #[schema(value_type = Option<Line>)]
    #[serde(default, deserialize_with = "present")]
    pub change: Option<Option<Line>>,
    /// Another day of review; null for none.
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(default, deserialize_with = "present")]
    pub review_on: Option<Option<NaiveDate>>,
}

/// The approval of a version.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"approver": "Hälso- och sjukvårdsdirektören"}))]
pub struct GoverningVersionApproval {
    /// Who has approved it (godkänd av / godkender).
    pub approver: Name,
}

/// Why a document is valid no longer.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"decidedBy": "Hälso- och sjukvårdsdirektören"}))]
pub struct GoverningDocumentWithdrawal {
    /// Who has decided it: a function.
    pub decided_by: Name,
}

/// One version of a governing document (utgåva / version).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "governingDocumentId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "number": 1, "state": "valid",
    "content": {"title": "Medverkan i utvecklingsarbete", "text": "Patienter och närstående deltar i utvecklingsteam.",
        "mainAuthor": "Eva Prov", "editor": "Nils Prov", "appliesTo": "Alla förvaltningar i Region Halland", "keywords": ["medverkan"]},
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "approver": "Hälso- och sjukvårdsdirektören",
    "validFrom": "2026-03-27T09:15:00Z", "version": 2,
    "createdAt": "2026-03-26T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct GoverningDocumentVersion {
    /// Its id.
    pub id: GoverningDocumentVersionId,
    /// The document.
    pub governing_document_id: GoverningDocumentId,
    /// The first one is 1.
    pub number: i32,
    /// Where it stands.
    pub state: GoverningVersionState,
    /// What it says.
    pub content: GoverningVersionContent,
    /// SHA-256 of what it says, in hexadecimal: the same for ever once it is approved.
    pub digest: String,
    /// Who has approved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approver: Option<Name>,
    /// When it was published: valid from here on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_from: Option<Instant>,
    /// Valid before here; absent while it is valid, and where it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<Instant>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was begun.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A routine, form or guideline (styrande dokument).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GoverningDocument {
    /// Its id.
    pub id: GoverningDocumentId,
    /// The programme that it belongs to.
    pub programme_id: ProgrammeId,
    /// What kind of document.
    pub kind: GoverningDocumentKind,
    /// Where it stands.
    pub state: GoverningDocumentState,
    /// The title of the valid version, or of the last one that was; of the draft before there is one.
    pub title: Name,
    /// The valid version: exactly one from the first approval until the document is withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_version: Option<GoverningDocumentVersion>,
    /// The draft of the next version, if somebody writes on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub draft_version_id: Option<GoverningDocumentVersionId>,
    /// Who has decided that it is valid no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdrawn_by: Option<Name>,
    /// When it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdrawn_at: Option<Instant>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}
