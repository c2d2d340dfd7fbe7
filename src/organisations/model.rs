//! What an organisation is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::closed_enum;
use crate::identity::{OrganisationIdentifier, OrganisationIdentifierSystem};
use crate::platform::db::Instant;
use crate::platform::error::{FieldError, Result};
use crate::platform::http::input::present;
use crate::platform::id::Id;
use crate::platform::text::Name;

closed_enum! {
    /// What kind of organisation it is: region (region), hospital (sygehus / sjukhus), ward
    /// (afsnit / avdelning), municipality (kommune / kommun), generalPractice (almen praksis /
    /// vårdcentral), association (forening), unit (enhed / enhet).
    pub enum OrganisationKind {
        /// Region.
        Region = "region",
        /// Hospital.
        Hospital = "hospital",
        /// Ward or department of a hospital.
        Ward = "ward",
        /// Municipality.
        Municipality = "municipality",
        /// General practice.
        GeneralPractice = "generalPractice",
        /// Patient association.
        Association = "association",
        /// Any other part: a centre, an office.
        Unit = "unit",
    }
}

/// The id of an organisation.
pub type OrganisationId = Id<Organisation>;

/// A data controller or part of one.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// The organisation it is part of; none for a data controller.
    pub part_of: Option<OrganisationId>,
    /// The data controller: the root of its tree.
    pub controller_id: OrganisationId,
    /// What kind it is.
    pub kind: OrganisationKind,
    /// What it is called.
    pub name: Name,
    /// SOR, CVR, GLN, HSA-id or ydernummer.
    pub identifiers: Vec<OrganisationIdentifier>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// An identifier as it is sent: the check digit is verified.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"system": "http://cvr.dk", "value": "29190658"}))]
pub struct SentIdentifier {
    /// Which register.
    pub system: OrganisationIdentifierSystem,
    /// The number there.
    #[schema(min_length = 1, max_length = 64)]
    pub value: String,
}

/// An organisation to be made below another one.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"partOf": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "kind": "hospital", "name": "Sjællands Universitetshospital", "identifiers": [{"system": "http://cvr.dk", "value": "29190658"}]}))]
pub struct NewOrganisation {
    /// The organisation it is part of.
    pub part_of: OrganisationId,
    /// What kind it is.
    pub kind: OrganisationKind,
    /// What it is called.
    pub name: Name,
    /// SOR, CVR, GLN, HSA-id or ydernummer.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub identifiers: Vec<SentIdentifier>,
}

/// A change (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"name": "Sjællands Universitetshospital, Køge"}))]
pub struct OrganisationChange {
    /// Another name.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub name: Option<Name>,
    /// Another kind.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub kind: Option<OrganisationKind>,
    /// All identifiers anew.
    #[schema(nullable = false, max_items = 10)]
    #[serde(deserialize_with = "present")]
    pub identifiers: Option<Vec<SentIdentifier>>,
}

impl From<&OrganisationIdentifier> for SentIdentifier {
    fn from(known: &OrganisationIdentifier) -> Self {
        Self {
            system: known.system(),
            value: known.value().to_owned(),
        }
    }
}

/// Checks identifiers. Every wrong one is named, below `/identifiers`.
pub fn parse_identifiers(sent: &[SentIdentifier]) -> Result<Vec<OrganisationIdentifier>> {
    let mut good = Vec::new();
    let mut wrong = Vec::new();
    for (index, sent) in sent.iter().enumerate() {
        match OrganisationIdentifier::parse(sent.system, &sent.value) {
            Ok(identifier) => good.push(identifier),
            Err(error) => wrong.push(FieldError::new(
                format!("/identifiers/{index}/value"),
                error.code(),
                error.detail(),
            )),
        }
    }
    if wrong.is_empty() {
        Ok(good)
    } else {
        Err(crate::platform::error::Error::invalid(wrong))
    }
}
