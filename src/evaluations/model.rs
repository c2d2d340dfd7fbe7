//! What an evaluation is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::agreements::{HealthAgreementId, IndicatorAssessment, IndicatorId};
use crate::closed_enum;
use crate::platform::db::Instant;
use crate::platform::http::input::{present, rule};
use crate::platform::id::Id;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::ProgrammeId;
use crate::steering::SteeringGroupId;
use crate::working_groups::WorkingGroupId;

/// The id of an evaluation.
pub type EvaluationId = Id<Evaluation>;

closed_enum! {
    /// What is evaluated: cooperation (samarbejdsformen), midway (midtvejs), final (afsluttende).
    pub enum EvaluationKind {
        /// The form of cooperation: continuously, within a year at the latest (CPS-7).
        Cooperation = "cooperation",
        /// An agreement in the middle of its period (HA-2).
        Midway = "midway",
        /// What came of it in the end.
        Final = "final",
    }
}

closed_enum! {
    /// How far it is: planned (planlagt), completed (gennemført), cancelled (aflyst).
    pub enum EvaluationState {
        /// Is to be made.
        Planned = "planned",
        /// Has been made.
        Completed = "completed",
        /// Will not be made.
        Cancelled = "cancelled",
    }
}

/// An evaluation to be planned.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = check_new))]
#[schema(example = json!({
    "healthAgreementId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "kind": "final", "title": "Afsluttende evaluering",
    "dueOn": "2027-12-31"
}))]
pub struct NewEvaluation {
    /// The agreement that is evaluated. One of the three is named.
    #[serde(default)]
    #[schema(nullable = false)]
    pub health_agreement_id: Option<HealthAgreementId>,
    /// The steering group that is evaluated.
    #[serde(default)]
    #[schema(nullable = false)]
    pub steering_group_id: Option<SteeringGroupId>,
    /// The working group that is evaluated.
    #[serde(default)]
    #[schema(nullable = false)]
    pub working_group_id: Option<WorkingGroupId>,
    /// What is evaluated.
    pub kind: EvaluationKind,
    /// What it is called.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Name>,
    /// The last day that is in time; the latest day that the rule allows where it is left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub due_on: Option<NaiveDate>,
}

fn check_new(new: &NewEvaluation) -> Result<(), ValidationError> {
    let named = [
        new.health_agreement_id.is_some(),
        new.steering_group_id.is_some(),
        new.working_group_id.is_some(),
    ];
    if named.iter().filter(|named| **named).count() != 1 {
        return Err(rule(
            "/healthAgreementId",
            "oneSubject",
            "one of healthAgreementId, steeringGroupId and workingGroupId is needed",
        ));
    }
    if new.kind == EvaluationKind::Midway && new.health_agreement_id.is_none() {
        return Err(rule(
            "/kind",
            "agreementsOnly",
            "midway is of health agreements",
        ));
    }
    Ok(())
}

/// A change (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"title": "Evaluering af samarbejdet, første år"}))]
pub struct EvaluationChange {
    /// Another title.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub title: Option<Name>,
    /// Another day, no later than `latestOn`.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub due_on: Option<NaiveDate>,
}

/// What came of an evaluation.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "conclusion": "Samarbejdet fungerer; referaterne kommer for sent.", "followUp": "Sekretariatet sender referater inden syv dage."
}))]
pub struct EvaluationCompletion {
    /// The day it was made; today where it is left out. Not in the future.
    #[serde(default)]
    #[schema(nullable = false)]
    pub held_on: Option<NaiveDate>,
    /// What it came to.
    pub conclusion: Prose,
    /// What is done about it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub follow_up: Option<Prose>,
    /// When the next evaluation of the cooperation is due, behind `heldOn`; one year later where it is
    /// left out, which is the latest day too.
    #[serde(default)]
    #[schema(nullable = false)]
    pub next_due_on: Option<NaiveDate>,
}

/// Why an evaluation will not be made.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "Aftalen er erstattet af en ny."}))]
pub struct EvaluationCancellation {
    /// The reason.
    pub reason: Line,
}

/// How an indicator stood when its agreement was evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvaluatedIndicator {
    /// The indicator.
    pub indicator_id: IndicatorId,
    /// Its number.
    pub number: i32,
    /// What it was called.
    pub name: Name,
    /// How it did.
    pub assessment: IndicatorAssessment,
}

/// An evaluation (evaluering).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "healthAgreementId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "kind": "cooperation", "state": "planned",
    "title": "Evaluering af samarbejdet", "dueOn": "2025-01-01", "latestOn": "2025-01-01", "overdue": false,
    "indicators": [], "version": 1, "createdAt": "2024-01-02T09:15:00Z", "updatedAt": "2024-01-02T09:15:00Z"
}))]
pub struct Evaluation {
    /// Its id.
    pub id: EvaluationId,
    /// The programme of what is evaluated, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub programme_id: Option<ProgrammeId>,
    /// The agreement that is evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub health_agreement_id: Option<HealthAgreementId>,
    /// The steering group that is evaluated, or that has set up the working group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub steering_group_id: Option<SteeringGroupId>,
    /// The working group that is evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub working_group_id: Option<WorkingGroupId>,
    /// What is evaluated.
    pub kind: EvaluationKind,
    /// How far it is.
    pub state: EvaluationState,
    /// What it is called.
    pub title: Name,
    /// The last day that is in time.
    pub due_on: NaiveDate,
    /// The latest day that the rule allows, where a rule demands this evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub latest_on: Option<NaiveDate>,
    /// Whether it is still planned although that day is over.
    pub overdue: bool,
    /// The day it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub held_on: Option<NaiveDate>,
    /// Whether it was made in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub in_time: Option<bool>,
    /// What it came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub conclusion: Option<Prose>,
    /// What is done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub follow_up: Option<Prose>,
    /// Why it will not be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancellation_reason: Option<Line>,
    /// How the agreement's indicators stood when it was recorded; they stay as they are here.
    pub indicators: Vec<EvaluatedIndicator>,
    /// Grows by one with each change; the first part of the `ETag`.
    pub version: i32,
    /// When it was planned.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}
