//! What a support offer is (CPS-4).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::delegations::CareSector;
use crate::places::MunicipalityCode;
use crate::platform::db::Instant;
use crate::platform::http::input::present;
use crate::platform::id::Id;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::ProgrammeId;
use crate::units::UnitId;

/// The id of a support offer.
pub type SupportOfferId = Id<SupportOffer>;

/// A support offer to be registered.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "name": "Brobyggende sygeplejerske", "sector": "hospital",
    "provider": "Center for Patientstøtte", "description": "Støtte til borgere med komplekse forløb.",
    "audience": "Indlagte med flere sektorer om sig", "access": "Afdelingen ringer til Sund Info",
    "telephone": "+4532105432", "web": "https://example.org/brobygger"
}))]
pub struct NewSupportOffer {
    /// The programme whose overview it stands in.
    pub programme_id: ProgrammeId,
    /// What it is called.
    pub name: Name,
    /// Which part of the health services gives it.
    pub sector: CareSector,
    /// The unit of the centre that gives it, where one does.
    #[serde(default)]
    #[schema(nullable = false)]
    pub unit_id: Option<UnitId>,
    /// The municipality whose offer it is, where it is one's.
    #[serde(default)]
    #[schema(nullable = false)]
    pub municipality_code: Option<MunicipalityCode>,
    /// Who gives it.
    pub provider: Name,
    /// What it is.
    pub description: Prose,
    /// Whom it is for (målgruppe).
    #[serde(default)]
    #[schema(nullable = false)]
    pub audience: Option<Line>,
    /// How one gets it (adgang).
    #[serde(default)]
    #[schema(nullable = false)]
    pub access: Option<Line>,
    /// Its telephone number for everybody.
    #[serde(default)]
    #[schema(nullable = false)]
    pub telephone: Option<Name>,
    /// Its page.
    #[serde(default)]
    #[schema(nullable = false, pattern = "^https://[^\\s\"<>]{3,500}$")]
    pub web: Option<String>,
}

/// A change (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"active": false}))]
pub struct SupportOfferChange {
    /// Another name.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<Name>,
    /// Another sector.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub sector: Option<CareSector>,
    /// Another unit; null for none.
    #[schema(value_type = Option<UnitId>)]
    #[serde(default, deserialize_with = "present")]
    pub unit_id: Option<Option<UnitId>>,
    /// Another municipality; null for none.
    #[schema(value_type = Option<MunicipalityCode>)]
    #[serde(default, deserialize_with = "present")]
    pub municipality_code: Option<Option<MunicipalityCode>>,
    /// Somebody else who gives it.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub provider: Option<Name>,
    /// Another description.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub description: Option<Prose>,
    /// Whom it is for; null for not said.
    #[schema(value_type = Option<Line>)]
    #[serde(default, deserialize_with = "present")]
    pub audience: Option<Option<Line>>,
    /// How one gets it; null for not said.
    #[schema(value_type = Option<Line>)]
    #[serde(default, deserialize_with = "present")]
    pub access: Option<Option<Line>>,
    /// Another telephone number; null for none.
    #[schema(value_type = Option<Name>)]
    #[serde(default, deserialize_with = "present")]
    pub telephone: Option<Option<Name>>,
    /// Another page; null for none.
    #[schema(value_type = Option<String>, pattern = "^https://[^\\s\"<>]{3,500}$")]
    #[serde(default, deserialize_with = "present")]
    pub web: Option<Option<String>>,
    /// Whether it is given now.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub active: Option<bool>,
}

/// An offer that supports patients (støttetilbud).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "name": "Brobyggende sygeplejerske", "sector": "hospital", "provider": "Center for Patientstøtte",
    "description": "Støtte til borgere med komplekse forløb.", "active": true, "version": 1,
    "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct SupportOffer {
    /// Its id.
    pub id: SupportOfferId,
    /// The programme whose overview it stands in.
    pub programme_id: ProgrammeId,
    /// What it is called.
    pub name: Name,
    /// Which part of the health services gives it.
    pub sector: CareSector,
    /// The unit of the centre that gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unit_id: Option<UnitId>,
    /// The municipality whose offer it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub municipality_code: Option<MunicipalityCode>,
    /// Who gives it.
    pub provider: Name,
    /// What it is.
    pub description: Prose,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub audience: Option<Line>,
    /// How one gets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub access: Option<Line>,
    /// Its telephone number for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub telephone: Option<Name>,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub web: Option<String>,
    /// Whether it is given now.
    pub active: bool,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// How many offers a sector and a unit give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"sector": "hospital", "offers": 4}))]
pub struct OfferCount {
    /// The sector.
    pub sector: CareSector,
    /// The unit; absent for offers of no unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unit_id: Option<UnitId>,
    /// How many offers are given now.
    #[schema(minimum = 1)]
    pub offers: i64,
}
