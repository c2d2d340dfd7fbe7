//! The onboarding (HF-2): steps in the programme's order, each with outcome, repeat and expiry.
//! Pure: what has been recorded and the programme's steps in, progress out.
//!
//! A step is fulfilled when it has been passed as often as the programme asks, since it was last
//! not passed, and those passes have not expired. Absence counts for nothing.

use std::fmt;

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::VolunteerId;
use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::platform::text::{Code, Name, Prose};
use crate::programmes::{OnboardingKind, OnboardingPolicy, OnboardingStep};

closed_enum! {
    /// How a step went: passed (gennemført / genomfört), notPassed (ikke bestået / inte godkänd),
    /// absent (udeblevet / uteblev).
    pub enum StepOutcome {
        /// It was held and went well.
        Passed = "passed",
        /// It was held and must be repeated. What was passed of the step before counts no more.
        NotPassed = "notPassed",
        /// The volunteer did not come.
        Absent = "absent",
    }
}

/// One time that a step was held.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldStep {
    /// Its id.
    #[schema(value_type = VolunteerId)]
    pub id: Id<HeldStep>,
    /// Which step.
    pub step: Code,
    /// How it went.
    pub outcome: StepOutcome,
    /// The day.
    pub held_on: NaiveDate,
    /// The last day on which a passed step counts, where it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_on: Option<NaiveDate>,
    /// The ward of a trial shift.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ward_id: Option<OrganisationId>,
    /// The experienced volunteer of a trial shift.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub beside_id: Option<VolunteerId>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl fmt::Debug for HeldStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldStep({:?} {})", self.outcome, self.held_on)
    }
}

/// One step of the programme, as far as the volunteer has come with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepProgress {
    /// Its code.
    pub code: Code,
    /// Its name in the programme's language.
    pub name: Name,
    /// What kind it is.
    pub kind: OnboardingKind,
    /// How often it must be passed.
    pub times: u32,
    /// How often it has been passed and counts today.
    pub passed: u32,
    /// Whether that is enough.
    pub fulfilled: bool,
    /// The last day on which it is, where it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_on: Option<NaiveDate>,
}

/// How far the onboarding is today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OnboardingProgress {
    /// Whether every step is fulfilled.
    pub fulfilled: bool,
    /// The code of the step that comes next; absent where none is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_step: Option<Code>,
    /// Every step of the programme, in its order.
    pub steps: Vec<StepProgress>,
}

/// What counts of a record: for rules and for the rules' tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted<'a> {
    /// Which step.
    pub step: &'a str,
    /// How it went.
    pub outcome: StepOutcome,
    /// The day.
    pub held_on: NaiveDate,
    /// The last day on which it counts.
    pub expires_on: Option<NaiveDate>,
}

impl<'a> From<&'a HeldStep> for Counted<'a> {
    fn from(held: &'a HeldStep) -> Self {
        Self {
            step: held.step.as_str(),
            outcome: held.outcome,
            held_on: held.held_on,
            expires_on: held.expires_on,
        }
    }
}

/// The passes of a step that were not undone since: their last days, the longest first.
fn passes(step: &OnboardingStep, held: &[Counted<'_>]) -> Vec<NaiveDate> {
    let mut lasts = Vec::new();
    for record in held.iter().filter(|one| one.step == step.code.as_str()) {
        match record.outcome {
            StepOutcome::Passed => lasts.push(record.expires_on.unwrap_or(NaiveDate::MAX)),
            StepOutcome::NotPassed => lasts.clear(),
            StepOutcome::Absent => {}
        }
    }
    lasts.sort_unstable_by(|a, b| b.cmp(a));
    lasts
}

/// The last day on which a step is fulfilled, if it ever is: that of the pass which completes it.
fn fulfilled_until(step: &OnboardingStep, held: &[Counted<'_>]) -> Option<NaiveDate> {
    let needed = usize::try_from(step.times.max(1)).unwrap_or(usize::MAX);
    passes(step, held).get(needed - 1).copied()
}

/// How far a volunteer is on `today`, with `held` in the order in which it was held.
#[must_use]
pub fn progress(
    policy: &OnboardingPolicy,
    held: &[Counted<'_>],
    today: NaiveDate,
) -> OnboardingProgress {
    let steps: Vec<StepProgress> = policy
        .steps
        .iter()
        .map(|step| {
            let passed = passes(step, held)
                .iter()
                .filter(|last| **last >= today)
                .count();
            let until = fulfilled_until(step, held).filter(|last| *last >= today);
            StepProgress {
                code: step.code.clone(),
                name: step.name.clone(),
                kind: step.kind,
                times: step.times,
                passed: u32::try_from(passed).unwrap_or(u32::MAX),
                fulfilled: until.is_some(),
                expires_on: until.filter(|last| *last != NaiveDate::MAX),
            }
        })
        .collect();
    let next = steps.iter().find(|step| !step.fulfilled);
    OnboardingProgress {
        fulfilled: next.is_none(),
        next_step: next.map(|step| step.code.clone()),
        steps,
    }
}

/// The last day on which everything that has been asked of an active volunteer still holds. None:
/// nothing expires. A step that nobody has asked for yet (the policy is younger than the
/// volunteer) takes nothing away.
#[must_use]
pub fn qualified_until(policy: &OnboardingPolicy, held: &[Counted<'_>]) -> Option<NaiveDate> {
    policy
        .steps
        .iter()
        .filter_map(|step| {
            let last = held
                .iter()
                .rev()
                .find(|one| one.step == step.code.as_str())?;
            // Never completed, or undone on the day of the latest record: over since the day before.
            Some(fulfilled_until(step, held).unwrap_or(last.held_on.pred_opt()?))
        })
        .min()
        .filter(|last| *last != NaiveDate::MAX)
}

/// Decides whether a step may be recorded as held on `held_on`: every step before it is fulfilled
/// on that day, and nothing later has been recorded. Answers the step, and the last day on which
/// a pass of it counts.
pub fn check_order<'p>(
    policy: &'p OnboardingPolicy,
    held: &[Counted<'_>],
    step: &Code,
    held_on: NaiveDate,
) -> Result<(&'p OnboardingStep, Option<NaiveDate>)> {
    let index = policy
        .steps
        .iter()
        .position(|known| known.code == *step)
        .ok_or_else(|| Error::field("/step", "unknownStep", "is no step of the programme"))?;
    if held.last().is_some_and(|last| held_on < last.held_on) {
        return Err(Error::field(
            "/heldOn",
            "order",
            "lies before what has been recorded already",
        ));
    }
    let then = progress(policy, held, held_on);
    let before = then.steps.iter().take(index).find(|step| !step.fulfilled);
    if before.is_some() {
        return Err(Error::state(
            "The steps of the onboarding come in order; an earlier one is not fulfilled (HF-2).",
            then.next_step
                .as_ref()
                .map_or("fulfilled", |code| code.as_str()),
            then.next_step.iter().map(Code::as_str),
        ));
    }
    let found = policy
        .steps
        .get(index)
        .ok_or_else(|| Error::internal("a step that was just found"))?;
    let expires_on = found
        .expires_after_months
        .and_then(|months| held_on.checked_add_months(Months::new(months)));
    Ok((found, expires_on))
}
