//! What a staff member is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use validator::Validate;

use crate::organisations::OrganisationId;
use crate::platform::access::Role;
use crate::platform::db::Instant;
use crate::platform::http::input::present;
use crate::platform::id::Id;
use crate::platform::text::Name;

/// The id of a staff member.
pub type StaffId = Id<Staff>;

/// A person who works in the programmes (personale).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "controllerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "organisationId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "name": "Karen Prøve", "title": "Sygeplejerske",
    "roles": ["nurse"], "active": true, "version": 1,
    "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Staff {
    /// Its id.
    pub id: StaffId,
    /// The data controller.
    pub controller_id: OrganisationId,
    /// The organisation the person works in.
    pub organisation_id: OrganisationId,
    /// What the person is called.
    pub name: Name,
    /// The title, for people: "Sygeplejerske".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub title: Option<Name>,
    /// What the person does.
    #[schema(value_type = Vec<StaffRole>)]
    pub roles: Vec<Role>,
    /// Whether the person works here now. Tokens of one who does not are not believed.
    pub active: bool,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When the record was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A staff member to be made.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"organisationId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "name": "Karen Prøve", "title": "Sygeplejerske", "roles": ["nurse"]}))]
pub struct NewStaff {
    /// The organisation the person works in.
    pub organisation_id: OrganisationId,
    /// What the person is called.
    pub name: Name,
    /// The title, for people.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Name>,
    /// What the person does, each role once.
    #[schema(value_type = Vec<StaffRole>, max_items = 7)]
    pub roles: Vec<Role>,
}

/// A change (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"title": "Koordinator", "roles": ["nurse", "coordinator"]}))]
pub struct StaffChange {
    /// Another name.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<Name>,
    /// Another title; null for none.
    #[schema(value_type = Option<Name>)]
    #[serde(default, deserialize_with = "present")]
    pub title: Option<Option<Name>>,
    /// Another organisation of the data controller.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub organisation_id: Option<OrganisationId>,
    /// All roles anew, each once.
    #[schema(value_type = Option<Vec<StaffRole>>, nullable = false, max_items = 7)]
    #[serde(default, deserialize_with = "present")]
    pub roles: Option<Vec<Role>>,
    /// Whether the person works here now.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub active: Option<bool>,
}

/// How a role of the staff stands in the contract: every [`Role`] but those of patients
/// and volunteers, who are no staff.
#[derive(Debug)]
pub struct StaffRole;

impl StaffRole {
    /// Whether a member of the staff may have it.
    #[must_use]
    pub fn allows(role: Role) -> bool {
        !matches!(role, Role::Patient | Role::Volunteer)
    }
}
impl utoipa::PartialSchema for StaffRole {
    fn schema() -> RefOr<Schema> {
        let words = Role::ALL.iter().filter(|role| Self::allows(**role));
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(words.map(|role| role.as_str())))
            .description(Some(
                "What a member of the staff does: nurse (sygeplejerske, brobygger), coordinator \
                 (koordinator), volunteerCoordinator (frivilligkoordinator), \
                 secretariat (sekretariat), steeringMember (medlem af styregruppe), auditor (revisor, \
                 databeskyttelsesrådgiver), administrator (administrator).",
            ))
            .into()
    }
}
impl ToSchema for StaffRole {}
