//! Relatives: persons near the patient (pårørende / närstående), who may be supported themselves
//! or take part in talks. A protected patient's relatives are masked like the patient (ID-5).

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{NewTelephone, PatientId, PersonName, Telephone};
use super::view::TelephoneView;
use crate::closed_enum;
use crate::platform::db::Instant;
use crate::platform::http::input::present;
use crate::platform::id::Id;
use crate::platform::text::Line;
use crate::silent_debug;

/// The id of a relative.
pub type RelativeId = Id<Relative>;

closed_enum! {
    /// What the relative is to the patient: spouseOrPartner (ægtefælle, samlever / make, sambo),
    /// parent (forælder / förälder), child (barn), sibling (søskende / syskon), otherFamily
    /// (anden familie / annan släkt), friend (ven / vän), guardian (værge / god man, förvaltare),
    /// other (anden / annan).
    pub enum Relation {
        /// Spouse or partner.
        SpouseOrPartner = "spouseOrPartner",
        /// Parent.
        Parent = "parent",
        /// Child.
        Child = "child",
        /// Sibling.
        Sibling = "sibling",
        /// Other family.
        OtherFamily = "otherFamily",
        /// Friend.
        Friend = "friend",
        /// Guardian.
        Guardian = "guardian",
        /// Any other.
        Other = "other",
    }
}

/// A relative.
#[derive(Clone)]
pub struct Relative {
    /// Its id.
    pub id: RelativeId,
    /// Whose relative.
    pub patient_id: PatientId,
    /// What they are to the patient.
    pub relation: Relation,
    /// Given and family name.
    pub name: PersonName,
    /// Telephones, the preferred one first.
    pub telephones: Vec<Telephone>,
    /// Whether the relative takes part in talks.
    pub takes_part: bool,
    /// Whether the relative is supported too.
    pub supported: bool,
    /// A remark.
    pub note: Option<Line>,
    /// Grows by one with each change.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A relative to be registered.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"relation": "spouseOrPartner", "name": {"given": "Bo", "family": "Prøvesen"}, "telephones": [{"label": "mobile", "number": "+4532105433"}], "takesPart": true}))]
pub struct NewRelative {
    /// What they are to the patient.
    pub relation: Relation,
    /// Given and family name.
    pub name: PersonName,
    /// Telephones, the preferred one first.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub telephones: Vec<NewTelephone>,
    /// Whether the relative takes part in talks.
    #[serde(default)]
    pub takes_part: bool,
    /// Whether the relative is supported too.
    #[serde(default)]
    pub supported: bool,
    /// A remark.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Line>,
}

/// A change (merge patch, RFC 7396): what is absent stays, `null` clears.
#[derive(Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"takesPart": false}))]
pub struct RelativeChange {
    /// What they are to the patient.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub relation: Option<Relation>,
    /// Another name.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<PersonName>,
    /// All telephones anew.
    #[schema(nullable = false, max_items = 5)]
    #[serde(default, deserialize_with = "present")]
    pub telephones: Option<Vec<NewTelephone>>,
    /// Whether the relative takes part in talks.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub takes_part: Option<bool>,
    /// Whether the relative is supported too.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub supported: Option<bool>,
    /// A remark.
    #[schema(value_type = Option<Line>)]
    #[serde(default, deserialize_with = "present")]
    pub note: Option<Option<Line>>,
}

impl fmt::Debug for Relative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relative({})", self.id)
    }
}

silent_debug!(NewRelative, RelativeChange);

/// A relative (pårørende / närstående).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Relative, example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "patientId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "relation": "spouseOrPartner",
    "name": {"given": "Bo", "family": "Prøvesen"},
    "telephones": [{"label": "mobile", "number": "+4532105433"}],
    "takesPart": true,
    "supported": false,
    "masked": false,
    "version": 1,
    "createdAt": "2026-03-27T09:15:00Z",
    "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct RelativeView {
    /// Its id.
    pub(super) id: RelativeId,
    /// Whose relative.
    patient_id: PatientId,
    /// What they are to the patient.
    relation: Relation,
    /// Given and family name; absent where masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<PersonName>,
    /// Telephones, the preferred one first; where masked, their numbers have stars.
    telephones: Vec<TelephoneView>,
    /// Whether the relative takes part in talks.
    takes_part: bool,
    /// Whether the relative is supported too.
    supported: bool,
    /// A remark; absent where masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<Line>,
    /// Whether name, telephones and remark are masked for you, because the patient is protected.
    masked: bool,
    /// Grows by one with each change; the `ETag` begins with it.
    pub(super) version: i32,
    /// When it was made.
    created_at: Instant,
    /// When it was last changed.
    updated_at: Instant,
}

impl RelativeView {
    /// As it is seen by one for whom the patient is masked or not.
    #[must_use]
    pub fn of(relative: Relative, masked: bool) -> Self {
        Self {
            id: relative.id,
            patient_id: relative.patient_id,
            relation: relative.relation,
            name: (!masked).then_some(relative.name),
            telephones: relative
                .telephones
                .iter()
                .map(|telephone| TelephoneView::of(telephone, masked))
                .collect(),
            takes_part: relative.takes_part,
            supported: relative.supported,
            note: relative.note.filter(|_| !masked),
            masked,
            version: relative.version,
            created_at: relative.created_at,
            updated_at: relative.updated_at,
        }
    }
}
