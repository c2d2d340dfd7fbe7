//! What a volunteer has lived through (HF-1), and whom the volunteer should not support (HF-5).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::text::{Code, Line, Prose};
use crate::silent_debug;

closed_enum! {
    /// Where a code comes from: sks (Sundhedsvæsenets Klassifikationssystem), icd10 (ICD-10,
    /// ICD-10-SE), kva (klassifikation av vårdåtgärder), programme (the programme's own words).
    pub enum CodeSystem {
        /// The Danish classification of health care, ICD-10 and procedures among it.
        Sks = "sks",
        /// ICD-10.
        Icd10 = "icd10",
        /// The Swedish classification of procedures.
        Kva = "kva",
        /// The programme's own words.
        Programme = "programme",
    }
}

/// A diagnosis or procedure as a code.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"system": "sks", "code": "DI21"}))]
pub struct CodedValue {
    /// Where the code comes from.
    pub system: CodeSystem,
    /// The code.
    pub code: Code,
}

closed_enum! {
    /// What was lived through: diagnosis (diagnose / diagnos), procedure (indgreb / åtgärd).
    pub enum ExperienceKind {
        /// An illness.
        Diagnosis = "diagnosis",
        /// An operation or treatment.
        Procedure = "procedure",
    }
}

closed_enum! {
    /// Who was ill: own (selv / själv), relative (pårørende / närstående), child (barn).
    pub enum ExperienceOf {
        /// The volunteer.
        Own = "own",
        /// Somebody near the volunteer.
        Relative = "relative",
        /// The volunteer's child.
        Child = "child",
    }
}

/// One thing that was lived through. Sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"kind": "procedure", "system": "sks", "code": "KFMD", "on": "2022-03-01", "whose": "own"}))]
pub struct Experience {
    /// What it was.
    pub kind: ExperienceKind,
    /// Where the code comes from.
    pub system: CodeSystem,
    /// The code.
    pub code: Code,
    /// When: the day of the diagnosis or the procedure, or the first day of its month or year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub on: Option<NaiveDate>,
    /// Who was ill.
    pub whose: ExperienceOf,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
}

closed_enum! {
    /// Why the volunteer should not support somebody: employment (ansættelse / anställning),
    /// family (familie), friendship (venskab), treatment (behandlingsrelation), other (andet).
    pub enum ConflictKind {
        /// Works there.
        Employment = "employment",
        /// Is family.
        Family = "family",
        /// Knows each other well.
        Friendship = "friendship",
        /// Is, or was, treated there or by each other.
        Treatment = "treatment",
        /// Something else.
        Other = "other",
    }
}

/// A conflict of interest (habilitet / jäv): with an organisation, with a patient, or with
/// neither, and then it is for people to judge. What staff have noted, staff take away; a volunteer
/// changes what she has noted herself. Sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"kind": "employment", "organisationId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"}))]
pub struct Conflict {
    /// Why.
    pub kind: ConflictKind,
    /// The ward or other organisation. It stands for its parts too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// The patient. Only staff may name one, and volunteers are not shown such a conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
    /// The last day it holds; absent where it holds on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<NaiveDate>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Line>,
}

silent_debug!(CodedValue, Experience, Conflict);
