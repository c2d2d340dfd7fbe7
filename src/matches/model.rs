//! What is needed, and who fits.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::db::Instant;
use crate::platform::text::{Code, Language};
use crate::programmes::ProgrammeId;
use crate::volunteers::{CodedValue, IllnessPhase, VolunteerId, VolunteerSubtype};

/// What somebody needs of a volunteer. Only the programme is required; what is not said neither
/// stops nor favours anybody.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "subtypes": ["patientSupporter"],
    "languages": ["da"], "from": "2026-03-30T10:00:00+02:00", "to": "2026-03-30T10:45:00+02:00",
    "phase": "after", "diagnoses": [{"system": "sks", "code": "DI21"}], "birthYear": 1961,
    "lifeSituation": ["retired"]
}))]
pub struct Need {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The volunteer must be one of these.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub subtypes: Vec<VolunteerSubtype>,
    /// The volunteer must talk in one of these.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub languages: Vec<Language>,
    /// The volunteer must be free from here on; together with `to`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub from: Option<Instant>,
    /// The volunteer must be free until here; together with `from`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub to: Option<Instant>,
    /// The ward the person is on. Nobody is matched with a ward of their own employment.
    #[serde(default)]
    #[schema(nullable = false)]
    pub ward_id: Option<OrganisationId>,
    /// The person, where on record: for conflicts of interest and for continuity.
    #[serde(default)]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
    /// Where the person is in the illness. The volunteer must be willing to talk about it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub phase: Option<IllnessPhase>,
    /// Illnesses the talk is about.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub diagnoses: Vec<CodedValue>,
    /// Operations and treatments the talk is about.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub procedures: Vec<CodedValue>,
    /// The person's year of birth.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1900, maximum = 2200)]
    pub birth_year: Option<i32>,
    /// The person's life situation, in the programme's own words.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub life_situation: Vec<Code>,
}

closed_enum! {
    /// What stops a volunteer, in this order; the first one is named. notActive (ikke aktiv),
    /// onLeave (på orlov), onboardingExpired (oplæring udløbet), subtype (støtter andre),
    /// language (sprog), phase (fase), conflictOfInterest (inhabil / jäv), ownWorkplace (egen
    /// arbejdsplads), notFree (ikke ledig), capacity (ugen er fuld).
    pub enum Gate {
        /// Not active: candidate, in onboarding, departed.
        NotActive = "notActive",
        /// On leave that day.
        OnLeave = "onLeave",
        /// A step of the onboarding has expired by that day.
        OnboardingExpired = "onboardingExpired",
        /// Supports others than these.
        Subtype = "subtype",
        /// None of the languages.
        Language = "language",
        /// Does not talk about this phase.
        Phase = "phase",
        /// A conflict of interest with the person or the ward.
        ConflictOfInterest = "conflictOfInterest",
        /// The ward is the volunteer's own place of work.
        OwnWorkplace = "ownWorkplace",
        /// Not free at that time.
        NotFree = "notFree",
        /// No talk is left in that week.
        Capacity = "capacity",
    }
}

/// A volunteer who fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub volunteer_id: VolunteerId,
    /// The sum of all contributions.
    pub score: u32,
}

/// A volunteer who does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Excluded {
    /// Who.
    pub volunteer_id: VolunteerId,
    /// The first gate that stopped the volunteer.
    pub gate: Gate,
}

/// Who fits, the best first, and who does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking {
    /// Those who fit, the highest score first, ties by id.
    pub candidates: Vec<Candidate>,
    /// Those who do not, by gate and id.
    pub excluded: Vec<Excluded>,
}
