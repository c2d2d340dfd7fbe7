//! What is needed, and who fits.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::db::Instant;
use crate::platform::http::input::rule;
use crate::platform::text::{Code, Language, Line, Name};
use crate::programmes::ProgrammeId;
use crate::volunteers::{CodedValue, IllnessPhase, VolunteerId, VolunteerSubtype};

/// What somebody needs of a volunteer. Only the programme is required; what is not said neither
/// stops nor favours anybody.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = "a_time_has_both_ends"))]
#[schema(as = MatchNeed, example = json!({
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
    /// The volunteer must have a free time that begins from here on; together with `to`. The
    /// gates hold for its day, the capacity for its week.
    #[serde(default)]
    #[schema(nullable = false)]
    pub from: Option<Instant>,
    /// … and begins before this; together with `from`.
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
    /// How many candidates the answer names; 20 where nothing is said.
    #[serde(default = "twenty")]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: u32,
    /// How many of the excluded the answer names; 100 where nothing is said. They are counted by
    /// gate in any case.
    #[serde(default = "hundred")]
    #[schema(minimum = 0, maximum = 10_000)]
    pub excluded_limit: u32,
}

fn twenty() -> u32 {
    20
}

fn hundred() -> u32 {
    100
}

fn a_time_has_both_ends(need: &Need) -> Result<(), validator::ValidationError> {
    match (need.from, need.to) {
        (Some(_), None) => Err(rule("/to", "required", "is required together with from")),
        (None, Some(_)) => Err(rule("/from", "required", "is required together with to")),
        (Some(from), Some(to)) if to <= from => Err(rule("/to", "order", "must be after from")),
        _ => Ok(()),
    }
}

impl Need {
    /// Anybody of the programme.
    #[must_use]
    pub fn of(programme_id: ProgrammeId) -> Self {
        Self {
            programme_id,
            subtypes: Vec::new(),
            languages: Vec::new(),
            from: None,
            to: None,
            ward_id: None,
            patient_id: None,
            phase: None,
            diagnoses: Vec::new(),
            procedures: Vec::new(),
            birth_year: None,
            life_situation: Vec::new(),
            limit: twenty(),
            excluded_limit: hundred(),
        }
    }
}

impl Gate {
    /// The gates that stop a talk between two people whoever asks for it, whether it is booked or
    /// offered. Whether the volunteer is there and free is asked of the time.
    pub const FIT: &'static [Self] = &[
        Self::Subtype,
        Self::Language,
        Self::Phase,
        Self::ConflictOfInterest,
        Self::OwnWorkplace,
    ];
}

closed_enum! {
    /// What stops a volunteer, in this order; the first one is named. notActive (ikke aktiv),
    /// onLeave (på orlov), onboardingExpired (oplæring udløbet), subtype (støtter andre),
    /// language (sprog), phase (fase), conflictOfInterest (inhabil / jäv), ownWorkplace (egen
    /// arbejdsplads), notFree (ikke ledig), capacity (ugen er fuld).
    pub enum Gate {
        /// Not active: candidate or in onboarding.
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

closed_enum! {
    /// What counts in favour of a volunteer (HF-5): diagnosis (diagnose), procedure (indgreb),
    /// timeSinceIllness (tid siden egen sygdom), age (alder), lifeSituation (livssituation),
    /// continuity (har talt sammen før), load (belastning i ugen).
    pub enum MatchReasonCode {
        /// Diagnoses in common.
        Diagnosis = "diagnosis",
        /// Procedures in common.
        Procedure = "procedure",
        /// The time since the volunteer's own illness.
        TimeSinceIllness = "timeSinceIllness",
        /// A like age.
        Age = "age",
        /// A like life situation.
        LifeSituation = "lifeSituation",
        /// They have talked with each other before.
        Continuity = "continuity",
        /// Talks left in the week.
        Load = "load",
    }
}

/// One part of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MatchReason {
    /// What counts.
    pub code: MatchReasonCode,
    /// How much it weighs: the programme's policy.
    pub weight: u32,
    /// How well it fits, 0 to 100.
    pub points: u32,
    /// Weight times points.
    pub contribution: u32,
    /// Why, in words.
    pub explanation: Line,
}

/// A volunteer who fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MatchCandidate)]
pub struct Candidate {
    /// Who.
    pub volunteer_id: VolunteerId,
    /// What the volunteer is called in public, where there is a public profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub display_name: Option<Name>,
    /// The sum of all contributions.
    pub score: u32,
    /// The score, part by part: one for each reason that the need asks for and the programme
    /// weighs, the same ones for every candidate.
    pub reasons: Vec<MatchReason>,
}

/// A volunteer who does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MatchExclusion)]
pub struct Excluded {
    /// Who.
    pub volunteer_id: VolunteerId,
    /// The first gate that stopped the volunteer.
    pub gate: Gate,
}

/// How many a gate stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateCount {
    /// The gate.
    pub gate: Gate,
    /// How many it was the first to stop.
    pub volunteers: u32,
}

/// Who fits, the best first, and who does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MatchRanking, example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "maximum": 4000,
    "candidates": [{"volunteerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "displayName": "Birgit", "score": 4000,
        "reasons": [
            {"code": "diagnosis", "weight": 30, "points": 100, "contribution": 3000, "explanation": "1 of 1 codes in common."},
            {"code": "load", "weight": 10, "points": 100, "contribution": 1000, "explanation": "0 of 3 talks of the week are taken."}]}],
    "candidatesTotal": 1,
    "excluded": [{"volunteerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "gate": "language"}],
    "excludedByGate": [{"gate": "language", "volunteers": 1}]
}))]
pub struct Ranking {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The highest score that there could be.
    pub maximum: u32,
    /// Those who fit, the highest score first, ties by id: as many as were asked for.
    pub candidates: Vec<Candidate>,
    /// How many fit.
    pub candidates_total: u32,
    /// Those who do not, by gate and id: as many as were asked for. Departed volunteers are not
    /// among them.
    pub excluded: Vec<Excluded>,
    /// How many each gate stopped: all of them.
    pub excluded_by_gate: Vec<GateCount>,
}
