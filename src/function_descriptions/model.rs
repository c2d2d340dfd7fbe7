//! What a document for approval is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::closed_enum;
use crate::meetings::{AgendaItemId, Attachment, DecisionId, MeetingId};
use crate::platform::db::Instant;
use crate::platform::http::input::present;
use crate::platform::id::Id;
use crate::platform::text::{Name, Prose};
use crate::steering::SteeringGroupId;

/// The id of a document.
pub type FunctionDescriptionId = Id<FunctionDescription>;

closed_enum! {
    /// What the document is: functionDescription (funktionsbeskrivelse), taskDescription
    /// (opgavebeskrivelse), rulesOfProcedure (forretningsorden), other (andet).
    pub enum DocumentKind {
        /// What a function is for and who has it.
        FunctionDescription = "functionDescription",
        /// A task and who does it across sectors.
        TaskDescription = "taskDescription",
        /// How the group works.
        RulesOfProcedure = "rulesOfProcedure",
        /// Any other.
        Other = "other",
    }
}

closed_enum! {
    /// Where a version is: draft (udkast), submitted (forelagt), approved (godkendt), rejected
    /// (ikke godkendt).
    pub enum VersionState {
        /// In the making.
        Draft = "draft",
        /// On an agenda.
        Submitted = "submitted",
        /// Approved by the group.
        Approved = "approved",
        /// Not approved by the group.
        Rejected = "rejected",
    }
}

/// A document for approval by a steering group.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e90", "steeringGroupId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "kind": "functionDescription", "title": "Brobygger på akutmodtagelsen",
    "newest": {"number": 1, "state": "draft", "text": "Brobyggeren følger op efter udskrivelsen.", "attachments": []},
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct FunctionDescription {
    /// Its id.
    pub id: FunctionDescriptionId,
    /// The group that approves it.
    pub steering_group_id: SteeringGroupId,
    /// What it is.
    pub kind: DocumentKind,
    /// What it is called.
    pub title: Name,
    /// Its newest version.
    pub newest: DocumentVersion,
    /// The number of the version that is valid today, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_number: Option<i32>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A version of a document.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentVersion {
    /// 1 and on.
    pub number: i32,
    /// Where it is.
    pub state: VersionState,
    /// What it says.
    pub text: Prose,
    /// What belongs to it, kept elsewhere.
    pub attachments: Vec<Attachment>,
    /// The item of the agenda that it was submitted to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub agenda_item_id: Option<AgendaItemId>,
    /// The decision on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decision_id: Option<DecisionId>,
    /// Its first day, where it is approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_from: Option<NaiveDate>,
    /// When the decision was registered here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decided_at: Option<Instant>,
}

/// A document to be made, with its first version as a draft.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "steeringGroupId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "kind": "functionDescription",
    "title": "Brobygger på akutmodtagelsen", "text": "Brobyggeren følger op efter udskrivelsen."
}))]
pub struct NewFunctionDescription {
    /// The group that approves it.
    pub steering_group_id: SteeringGroupId,
    /// What it is.
    pub kind: DocumentKind,
    /// What it is called.
    pub title: Name,
    /// What it says.
    pub text: Prose,
    /// What belongs to it, kept elsewhere.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub attachments: Vec<Attachment>,
}

/// A new version of a document, as a draft.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"text": "Brobyggeren følger op inden for to hverdage efter udskrivelsen."}))]
pub struct NewDocumentVersion {
    /// What it says.
    pub text: Prose,
    /// What belongs to it, kept elsewhere.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub attachments: Vec<Attachment>,
}

/// A change of the draft (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"text": "Brobyggeren følger op efter udskrivelsen og taler med egen læge."}))]
pub struct FunctionDescriptionChange {
    /// Another text.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub text: Option<Prose>,
    /// All attachments anew.
    #[schema(nullable = false, max_items = 50)]
    #[serde(deserialize_with = "present")]
    pub attachments: Option<Vec<Attachment>>,
}

/// Where a draft is submitted.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"meetingId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e80", "plannedMinutes": 20}))]
pub struct DocumentSubmission {
    /// The meeting of the group: an item for decision is added to its agenda.
    pub meeting_id: MeetingId,
    /// How many minutes are planned for it.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 480)]
    pub planned_minutes: Option<i32>,
}

closed_enum! {
    /// What the group decided: approved (godkendt), rejected (ikke godkendt).
    pub enum DocumentOutcome {
        /// Approved.
        Approved = "approved",
        /// Not approved.
        Rejected = "rejected",
    }
}

/// What the group decided.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"decisionId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e82", "outcome": "approved", "validFrom": "2026-05-01"}))]
pub struct DocumentDecision {
    /// The decision, recorded on the item that the document was submitted to.
    pub decision_id: DecisionId,
    /// What it says of the document.
    pub outcome: DocumentOutcome,
    /// Its first day, where it is approved; the day of the meeting where this is left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub valid_from: Option<NaiveDate>,
}
