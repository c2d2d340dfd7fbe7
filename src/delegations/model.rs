//! What a delegation is (HA-6).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::agreements::HealthAgreementId;
use crate::closed_enum;
use crate::platform::db::Instant;
use crate::platform::http::input::{present, rule};
use crate::platform::id::Id;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::ProgrammeId;

/// The id of a delegation.
pub type DelegationId = Id<Delegation>;

closed_enum! {
    /// A part of the health services: hospital (sygehus), psychiatry (psykiatri), generalPractice
    /// (almen praksis), municipality (kommune / kommun), specialisedSector (specialiseret sektor),
    /// region (region), voluntary (frivillige, foreninger).
    pub enum CareSector {
        /// Hospitals.
        Hospital = "hospital",
        /// Psychiatry.
        Psychiatry = "psychiatry",
        /// General practice.
        GeneralPractice = "generalPractice",
        /// Municipalities.
        Municipality = "municipality",
        /// The specialised sector.
        SpecialisedSector = "specialisedSector",
        /// The region itself.
        Region = "region",
        /// Associations and volunteers.
        Voluntary = "voluntary",
    }
}

closed_enum! {
    /// How far it is: proposed (foreslået), approved (godkendt), ended (afsluttet før tid).
    pub enum DelegationState {
        /// Is being prepared.
        Proposed = "proposed",
        /// Has been approved for its period.
        Approved = "approved",
        /// Was ended before its last day.
        Ended = "ended",
    }
}

closed_enum! {
    /// What it means today: proposed (foreslået), upcoming (godkendt, ikke begyndt), inForce
    /// (gældende), over (udløbet eller afsluttet).
    pub enum DelegationStage {
        /// Not approved: nothing is delegated.
        Proposed = "proposed",
        /// Approved; its first day is to come.
        Upcoming = "upcoming",
        /// Today lies in its period.
        InForce = "inForce",
        /// Its period is over, or it was ended.
        Over = "over",
    }
}

/// One of the two parties to a delegation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"sector": "hospital", "name": "Kardiologisk afdeling, Prøve Sygehus"}))]
pub struct DelegationParty {
    /// Which part of the health services.
    pub sector: CareSector,
    /// What it is called.
    pub name: Name,
}

/// The answer to one principle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"met": true, "explanation": "Sygeplejerskerne er oplært og prøvet; lægen kan altid ringes op."}))]
pub struct PrincipleAnswer {
    /// Whether the principle is met.
    pub met: bool,
    /// Why.
    pub explanation: Line,
}

/// The three principles (HA-6). What is absent is not answered yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DelegationPrinciples {
    /// Whether patient safety and quality are assured (patientsikkerhed og kvalitet).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patient_safety_and_quality: Option<PrincipleAnswer>,
    /// Whether the task lies at the lowest effective cost level (lavest effektive omkostningsniveau).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lowest_effective_cost_level: Option<PrincipleAnswer>,
    /// Whether it is clear who is responsible (ansvarsplacering).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub responsibility_placed: Option<PrincipleAnswer>,
}

/// A change of the answers: what is absent stays as it is, null takes an answer back.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DelegationPrinciplesChange {
    /// Whether patient safety and quality are assured; null for not answered.
    #[schema(value_type = Option<PrincipleAnswer>)]
    #[serde(deserialize_with = "present")]
    pub patient_safety_and_quality: Option<Option<PrincipleAnswer>>,
    /// Whether the task lies at the lowest effective cost level; null for not answered.
    #[schema(value_type = Option<PrincipleAnswer>)]
    #[serde(deserialize_with = "present")]
    pub lowest_effective_cost_level: Option<Option<PrincipleAnswer>>,
    /// Whether it is clear who is responsible; null for not answered.
    #[schema(value_type = Option<PrincipleAnswer>)]
    #[serde(deserialize_with = "present")]
    pub responsibility_placed: Option<Option<PrincipleAnswer>>,
}

impl DelegationPrinciplesChange {
    /// The answers with what has changed.
    #[must_use]
    pub fn applied(&self, before: &DelegationPrinciples) -> DelegationPrinciples {
        let answer = |new: &Option<Option<PrincipleAnswer>>, old: &Option<PrincipleAnswer>| {
            new.clone().unwrap_or_else(|| old.clone())
        };
        DelegationPrinciples {
            patient_safety_and_quality: answer(
                &self.patient_safety_and_quality,
                &before.patient_safety_and_quality,
            ),
            lowest_effective_cost_level: answer(
                &self.lowest_effective_cost_level,
                &before.lowest_effective_cost_level,
            ),
            responsibility_placed: answer(
                &self.responsibility_placed,
                &before.responsibility_placed,
            ),
        }
    }
}

/// A delegation to be proposed.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = check_new))]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "task": "Intravenøs antibiotika i eget hjem",
    "from": {"sector": "hospital", "name": "Infektionsmedicinsk afdeling, Prøve Sygehus"},
    "to": {"sector": "municipality", "name": "Sygeplejen, Prøve Kommune"},
    "reservedPractice": true, "responsible": "Ledende overlæge, Infektionsmedicinsk afdeling",
    "validFrom": "2026-04-01", "validTo": "2027-03-31",
    "principles": {"patientSafetyAndQuality": {"met": true, "explanation": "Oplæring og telefonisk bagvagt er aftalt."}}
}))]
pub struct NewDelegation {
    /// The programme that it belongs to: its time zone says what day it is.
    pub programme_id: ProgrammeId,
    /// The health agreement that it stands on, where it stands on one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub health_agreement_id: Option<HealthAgreementId>,
    /// The approved delegation that it continues: with the same parties, and no earlier than that one
    /// began.
    #[serde(default)]
    #[schema(nullable = false)]
    pub continues_id: Option<DelegationId>,
    /// The task.
    pub task: Name,
    /// What the task is in detail.
    #[serde(default)]
    #[schema(nullable = false)]
    pub description: Option<Prose>,
    /// Who gives the task.
    pub from: DelegationParty,
    /// Who takes it.
    pub to: DelegationParty,
    /// Whether the task is practice that the law reserves for a profession (forbeholdt virksomhed).
    pub reserved_practice: bool,
    /// The principles that are answered so far.
    #[serde(default)]
    pub principles: DelegationPrinciples,
    /// Who answers for it: a function and its place. Needed before it is approved.
    #[serde(default)]
    #[schema(nullable = false)]
    pub responsible: Option<Name>,
    /// The first day.
    pub valid_from: NaiveDate,
    /// The last day.
    pub valid_to: NaiveDate,
}

fn check_new(new: &NewDelegation) -> Result<(), ValidationError> {
    if new.valid_to < new.valid_from {
        return Err(rule(
            "/validTo",
            "beforeStart",
            "must not lie before validFrom",
        ));
    }
    if new.from == new.to {
        return Err(rule("/to", "sameParty", "must be another party than from"));
    }
    Ok(())
}

/// A change of a proposal (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"principles": {
    "lowestEffectiveCostLevel": {"met": true, "explanation": "Borgeren undgår indlæggelse."},
    "responsibilityPlaced": {"met": true, "explanation": "Behandlingsansvaret bliver på afdelingen."}}}))]
pub struct DelegationChange {
    /// Another task.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub task: Option<Name>,
    /// Another description; null for none.
    #[schema(value_type = Option<Prose>)]
    #[serde(default, deserialize_with = "present")]
    pub description: Option<Option<Prose>>,
    /// Whether the task is reserved practice.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub reserved_practice: Option<bool>,
    /// The answers that change; the others stay.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub principles: Option<DelegationPrinciplesChange>,
    /// Somebody else who answers for it; null for nobody yet.
    #[schema(value_type = Option<Name>)]
    #[serde(default, deserialize_with = "present")]
    pub responsible: Option<Option<Name>>,
    /// Another first day.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub valid_from: Option<NaiveDate>,
    /// Another last day.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub valid_to: Option<NaiveDate>,
}

/// The approval of a delegation.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"approvedBy": "Sundhedsdirektør, Prøve Kommune"}))]
pub struct DelegationApproval {
    /// Who has approved it: a function and its place.
    pub approved_by: Name,
}

/// The end of a delegation before its last day.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "Kommunen har ikke længere oplærte sygeplejersker."}))]
pub struct DelegationEnd {
    /// The last day on which it is in force; today where it is left out. Neither in the past nor behind
    /// its last day. One that has not begun may be ended before it does, and is never in force.
    #[serde(default)]
    #[schema(nullable = false)]
    pub ended_on: Option<NaiveDate>,
    /// Why.
    pub reason: Line,
}

/// A task that one part of the health services has given to another (delegering, opgaveflytning).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "state": "proposed", "stage": "proposed", "task": "Intravenøs antibiotika i eget hjem",
    "from": {"sector": "hospital", "name": "Infektionsmedicinsk afdeling, Prøve Sygehus"},
    "to": {"sector": "municipality", "name": "Sygeplejen, Prøve Kommune"}, "reservedPractice": true,
    "principles": {"patientSafetyAndQuality": {"met": true, "explanation": "Oplæring og telefonisk bagvagt er aftalt."}},
    "responsible": "Ledende overlæge, Infektionsmedicinsk afdeling", "validFrom": "2026-04-01", "validTo": "2027-03-31",
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Delegation {
    /// Its id.
    pub id: DelegationId,
    /// The programme that it belongs to.
    pub programme_id: ProgrammeId,
    /// The health agreement that it stands on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub health_agreement_id: Option<HealthAgreementId>,
    /// The delegation that it continues.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub continues_id: Option<DelegationId>,
    /// The approved delegation that continues it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub continued_by_id: Option<DelegationId>,
    /// How far it is.
    pub state: DelegationState,
    /// What it means today.
    pub stage: DelegationStage,
    /// The task.
    pub task: Name,
    /// What the task is in detail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<Prose>,
    /// Who gives the task.
    pub from: DelegationParty,
    /// Who takes it.
    pub to: DelegationParty,
    /// Whether the task is practice that the law reserves for a profession.
    pub reserved_practice: bool,
    /// The principles that are answered.
    pub principles: DelegationPrinciples,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub responsible: Option<Name>,
    /// The first day.
    pub valid_from: NaiveDate,
    /// The last day.
    pub valid_to: NaiveDate,
    /// Who has approved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approved_by: Option<Name>,
    /// When the approval was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approved_at: Option<Instant>,
    /// The last day on which it was in force, where it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_on: Option<NaiveDate>,
    /// Why it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub end_reason: Option<Line>,
    /// Grows by one with each change; the first part of the `ETag`.
    pub version: i32,
    /// When it was proposed.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}
