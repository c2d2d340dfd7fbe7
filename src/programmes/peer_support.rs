//! What a programme with volunteers has decided: the steps on the way to being active (HF-2), and
//! what counts when somebody is matched with a volunteer (HF-5).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::closed_enum;
use crate::platform::error::FieldError;
use crate::platform::http::input::present;
use crate::platform::text::{Code, Name};

closed_enum! {
    /// What kind of step it is: interview (samtale), course (kursus / kurs), trialShift
    /// (prøvevagt / provpass), other (andet).
    pub enum OnboardingKind {
        /// A talk with the candidate.
        Interview = "interview",
        /// A course.
        Course = "course",
        /// A shift on a ward beside an experienced volunteer.
        TrialShift = "trialShift",
        /// Something else.
        Other = "other",
    }
}

/// One step of the onboarding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"code": "trialShift", "name": "Prøvevagt", "kind": "trialShift", "times": 2}))]
pub struct OnboardingStep {
    /// Its code in the volunteer's record.
    pub code: Code,
    /// Its name in the programme's language.
    pub name: Name,
    /// What kind it is. A trial shift names its ward and the volunteer it is beside.
    pub kind: OnboardingKind,
    /// How many times it must have been passed.
    #[schema(minimum = 1, maximum = 20)]
    pub times: u32,
    /// Months until a passed step must be repeated, where it must.
    #[schema(minimum = 1, maximum = 120, nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after_months: Option<u32>,
}

/// The steps on the way to being an active volunteer, in order (HF-2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"steps": [{"code": "interview", "name": "Samtale", "kind": "interview", "times": 1}]}))]
pub struct OnboardingPolicy {
    /// The steps; none: a candidate may be made active at once.
    #[schema(max_items = 20)]
    pub steps: Vec<OnboardingStep>,
}

/// What counts when somebody is matched with a volunteer (HF-5): weights, 0 for what does not
/// count, and what near enough means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"diagnosis": 30, "procedure": 20, "timeSinceIllness": 10, "age": 10, "lifeSituation": 10, "continuity": 40, "load": 10, "settledAfterMonths": 12, "fadesAfterMonths": 120, "ageSpanYears": 20}))]
pub struct MatchingPolicy {
    /// The weight of diagnoses in common.
    #[schema(minimum = 0, maximum = 100)]
    pub diagnosis: u32,
    /// The weight of procedures in common.
    #[schema(minimum = 0, maximum = 100)]
    pub procedure: u32,
    /// The weight of the time since the volunteer's own illness.
    #[schema(minimum = 0, maximum = 100)]
    pub time_since_illness: u32,
    /// The weight of a like age.
    #[schema(minimum = 0, maximum = 100)]
    pub age: u32,
    /// The weight of a like life situation.
    #[schema(minimum = 0, maximum = 100)]
    pub life_situation: u32,
    /// The weight of having talked with each other before.
    #[schema(minimum = 0, maximum = 100)]
    pub continuity: u32,
    /// The weight of an even load: the fewer talks in the week, the more.
    #[schema(minimum = 0, maximum = 100)]
    pub load: u32,
    /// Months after the own illness from which it counts in full: before, it is too near.
    #[schema(minimum = 0, maximum = 600)]
    pub settled_after_months: u32,
    /// Months after the own illness from which it counts half: it is long ago.
    #[schema(minimum = 1, maximum = 1200)]
    pub fades_after_months: u32,
    /// Years of difference from which an age is not like another any more.
    #[schema(minimum = 1, maximum = 100)]
    pub age_span_years: u32,
}

impl Default for MatchingPolicy {
    fn default() -> Self {
        Self {
            diagnosis: 30,
            procedure: 20,
            time_since_illness: 10,
            age: 10,
            life_situation: 10,
            continuity: 40,
            load: 10,
            settled_after_months: 12,
            fades_after_months: 120,
            age_span_years: 20,
        }
    }
}

/// A change of what counts in matching.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MatchingChange {
    /// The weight of diagnoses in common.
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    diagnosis: Option<u32>,
    /// The weight of procedures in common.
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    procedure: Option<u32>,
    /// The weight of the time since the volunteer's own illness.
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    time_since_illness: Option<u32>,
    /// The weight of a like age.
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    age: Option<u32>,
    /// The weight of a like life situation.
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    life_situation: Option<u32>,
    /// The weight of having talked with each other before.
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    continuity: Option<u32>,
    /// The weight of an even load.
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    load: Option<u32>,
    /// Months after the own illness from which it counts in full.
    #[schema(nullable = false, minimum = 0, maximum = 600)]
    #[serde(default, deserialize_with = "present")]
    settled_after_months: Option<u32>,
    /// Months after the own illness from which it counts half.
    #[schema(nullable = false, minimum = 1, maximum = 1200)]
    #[serde(default, deserialize_with = "present")]
    fades_after_months: Option<u32>,
    /// Years of difference from which an age is not like another any more.
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    age_span_years: Option<u32>,
}

impl MatchingChange {
    /// Puts what is present in the place of what was.
    pub fn apply(&self, policy: &mut MatchingPolicy) {
        let put = |field: &mut u32, change: Option<u32>| *field = change.unwrap_or(*field);
        put(&mut policy.diagnosis, self.diagnosis);
        put(&mut policy.procedure, self.procedure);
        put(&mut policy.time_since_illness, self.time_since_illness);
        put(&mut policy.age, self.age);
        put(&mut policy.life_situation, self.life_situation);
        put(&mut policy.continuity, self.continuity);
        put(&mut policy.load, self.load);
        put(&mut policy.settled_after_months, self.settled_after_months);
        put(&mut policy.fades_after_months, self.fades_after_months);
        put(&mut policy.age_span_years, self.age_span_years);
    }
}

/// Everything that is wrong with the two; `at` is where the policy stands in the body.
#[must_use]
pub fn check(
    onboarding: &OnboardingPolicy,
    matching: &MatchingPolicy,
    at: &str,
) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let mut seen = HashSet::new();
    for (index, step) in onboarding.steps.iter().enumerate() {
        if !seen.insert(&step.code) {
            wrong.push(FieldError::new(
                format!("{at}/onboarding/steps/{index}/code"),
                "duplicateCode",
                "is the code of an earlier step",
            ));
        }
    }
    if matching.settled_after_months >= matching.fades_after_months {
        wrong.push(FieldError::new(
            format!("{at}/matching/fadesAfterMonths"),
            "order",
            "must be greater than settledAfterMonths",
        ));
    }
    wrong
}
