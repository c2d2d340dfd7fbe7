//! What a health agreement is (HA-1).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::closed_enum;
use crate::places::MunicipalityCode;
use crate::platform::db::Instant;
use crate::platform::http::input::{present, rule};
use crate::platform::id::Id;
use crate::platform::text::{Code, Name, Prose};
use crate::programmes::ProgrammeId;

/// The id of a health agreement.
pub type HealthAgreementId = Id<HealthAgreement>;

closed_enum! {
    /// Who is party to an agreement: region (region), municipality (kommune), generalPractice
    /// (almen praksis, praksissektoren), association (forening), other (anden).
    pub enum PartyKind {
        /// A region.
        Region = "region",
        /// A municipality.
        Municipality = "municipality",
        /// The practice sector.
        GeneralPractice = "generalPractice",
        /// A patient association.
        Association = "association",
        /// Anybody else.
        Other = "other",
    }
}

closed_enum! {
    /// Where an agreement stands today: upcoming (kommende), running (gældende), ended (udløbet).
    pub enum AgreementStage {
        /// Its period has not begun.
        Upcoming = "upcoming",
        /// Today lies in its period.
        Running = "running",
        /// Its period is over.
        Ended = "ended",
    }
}

/// A party to an agreement (part).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"kind": "municipality", "name": "Næstved Kommune", "municipalityCode": "0370"}))]
pub struct AgreementParty {
    /// What it is.
    pub kind: PartyKind,
    /// What it is called.
    pub name: Name,
    /// The municipality, where it is one (kommunekode). It must lie in the agreement's region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub municipality_code: Option<MunicipalityCode>,
}

/// A political objective of an agreement (målsætning).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"title": "Mere lighed i sundhed", "description": "Forskellen i middellevetid bliver mindre."}))]
pub struct AgreementObjective {
    /// What is to be reached, in short.
    pub title: Name,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<Prose>,
}

/// A health agreement to be registered.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = check_new))]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "agreementType": "healthAgreement",
    "title": "Sundhedsaftale 2024-2027", "regionCode": "1085", "periodFrom": "2024-01-01", "periodTo": "2027-12-31",
    "parties": [{"kind": "region", "name": "Region Sjælland"},
        {"kind": "municipality", "name": "Næstved Kommune", "municipalityCode": "0370"},
        {"kind": "generalPractice", "name": "Praktiserende læger i Region Sjælland"}],
    "vision": "Sammen om det gode liv for borgeren.",
    "objectives": [{"title": "Mere lighed i sundhed"}, {"title": "Sammenhængende forløb"}, {"title": "Flere sunde leveår"}]
}))]
pub struct NewHealthAgreement {
    /// The programme that it belongs to: its time zone says what day it is.
    pub programme_id: ProgrammeId,
    /// What type of agreement: `healthAgreement` (sundhedsaftale), `localHealthPlan`
    /// (nærsundhedsplan, from 2027), or a type of your own.
    pub agreement_type: Code,
    /// What it is called.
    pub title: Name,
    /// The region that it is made in (regionskode): one that exists when the period begins.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[0-9A-Za-z-]+$",
        example = "1085"
    )]
    pub region_code: String,
    /// The first day.
    pub period_from: NaiveDate,
    /// The last day; four years where it is left out (HA-1).
    #[serde(default)]
    #[schema(nullable = false)]
    pub period_to: Option<NaiveDate>,
    /// Who has made it: at least two.
    #[schema(min_items = 2, max_items = 130)]
    pub parties: Vec<AgreementParty>,
    /// What the parties want together (vision).
    pub vision: Prose,
    /// The political objectives (HA-1: three).
    #[schema(min_items = 1, max_items = 20)]
    pub objectives: Vec<AgreementObjective>,
}

fn check_new(new: &NewHealthAgreement) -> Result<(), ValidationError> {
    match new.period_to {
        Some(to) if to <= new.period_from => Err(rule(
            "/periodTo",
            "beforeStart",
            "must lie after periodFrom",
        )),
        _ => Ok(()),
    }
}

/// A change (merge patch, RFC 7396): what is absent stays as it is. Type, programme, region and first
/// day stay for good.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"title": "Sundhedsaftale 2024-2027 (forlænget)", "periodTo": "2028-06-30"}))]
pub struct HealthAgreementChange {
    /// Another title.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub title: Option<Name>,
    /// Another last day.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub period_to: Option<NaiveDate>,
    /// All parties anew.
    #[schema(nullable = false, min_items = 2, max_items = 130)]
    #[serde(deserialize_with = "present")]
    pub parties: Option<Vec<AgreementParty>>,
    /// Another vision.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub vision: Option<Prose>,
    /// All objectives anew.
    #[schema(nullable = false, min_items = 1, max_items = 20)]
    #[serde(deserialize_with = "present")]
    pub objectives: Option<Vec<AgreementObjective>>,
}

/// A health agreement (sundhedsaftale) or a local health plan (nærsundhedsplan).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "agreementType": "healthAgreement", "title": "Sundhedsaftale 2024-2027", "regionCode": "1085",
    "periodFrom": "2024-01-01", "periodTo": "2027-12-31", "midwayOn": "2025-12-31", "stage": "running",
    "parties": [{"kind": "region", "name": "Region Sjælland"},
        {"kind": "municipality", "name": "Næstved Kommune", "municipalityCode": "0370"}],
    "vision": "Sammen om det gode liv for borgeren.", "objectives": [{"title": "Mere lighed i sundhed"}],
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct HealthAgreement {
    /// Its id.
    pub id: HealthAgreementId,
    /// The programme that it belongs to.
    pub programme_id: ProgrammeId,
    /// What type of agreement it is.
    pub agreement_type: Code,
    /// What it is called.
    pub title: Name,
    /// The region that it was made in.
    pub region_code: String,
    /// The first day.
    pub period_from: NaiveDate,
    /// The last day.
    pub period_to: NaiveDate,
    /// The day in the middle of the period, when the midway evaluation is due at the latest (HA-2).
    pub midway_on: NaiveDate,
    /// Where it stands today.
    pub stage: AgreementStage,
    /// Who has made it.
    pub parties: Vec<AgreementParty>,
    /// What the parties want together.
    pub vision: Prose,
    /// The political objectives.
    pub objectives: Vec<AgreementObjective>,
    /// Grows by one with each change; the first part of the `ETag`.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}
