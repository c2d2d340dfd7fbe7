//! What may happen to a referral, and whom the programme is for. Pure.

use chrono::NaiveDate;

use super::model::{
    CriterionAnswer, Eligibility, EligibilityReason, EligibilityReasonCode, ReferralState,
    Referrer, YesNoUnknown,
};
use crate::closed_enum;
use crate::platform::error::{Error, Result};
use crate::platform::text::Code;
use crate::programmes::{Channel, CriteriaPolicy, Criterion, CriterionWeight};

closed_enum! {
    /// A step that takes a referral from one state to another, in the words of its path below
    /// `/referrals/{referralId}`. The last two come with the first conversation.
    pub enum Step {
        /// Take the patient on.
        Accept = "acceptance",
        /// Do not.
        Reject = "rejection",
        /// Ask the referrer for more.
        RequestSupplement = "supplement-requests",
        /// More has come, asked for or not.
        Supplement = "supplements",
        /// Pass on to another programme.
        Forward = "forwarding",
        /// Take back.
        Withdraw = "withdrawal",
        /// The first conversation opened a course.
        Enrol = "enrolment",
        /// The first conversation showed that the programme is not right.
        FindNotSuitable = "finding-not-suitable",
    }
}

/// Where `step` leads from `state`: the one table of the state machine.
#[must_use]
pub const fn next(state: ReferralState, step: Step) -> Option<ReferralState> {
    use ReferralState::{
        Accepted, AwaitingSupplement, Enrolled, Forwarded, NotSuitable, Received, Rejected,
        Withdrawn,
    };
    match (state, step) {
        (Received | AwaitingSupplement, Step::Accept) => Some(Accepted),
        (Received, Step::RequestSupplement) => Some(AwaitingSupplement),
        (Received | AwaitingSupplement, Step::Supplement) => Some(Received),
        (Accepted, Step::Supplement) => Some(Accepted),
        (Received | AwaitingSupplement | Accepted, Step::Reject) => Some(Rejected),
        (Received | AwaitingSupplement | Accepted, Step::Forward) => Some(Forwarded),
        (Received | AwaitingSupplement | Accepted, Step::Withdraw) => Some(Withdrawn),
        // The nurse may reach the patient whatever the paper says: the conversation decides
        // (APS-5).
        (Received | AwaitingSupplement | Accepted, Step::Enrol) => Some(Enrolled),
        (Received | AwaitingSupplement | Accepted, Step::FindNotSuitable) => Some(NotSuitable),
        _ => None,
    }
}

/// Whether something is still to be done about it.
#[must_use]
pub const fn is_open(state: ReferralState) -> bool {
    matches!(
        state,
        ReferralState::Received | ReferralState::AwaitingSupplement | ReferralState::Accepted
    )
}

/// The steps possible in `state`.
pub fn allowed(state: ReferralState) -> impl Iterator<Item = Step> {
    Step::ALL
        .iter()
        .copied()
        .filter(move |step| next(state, *step).is_some())
}

/// Where `step` leads, or the refusal with what is possible instead.
pub fn take(state: ReferralState, step: Step) -> Result<ReferralState> {
    next(state, step).ok_or_else(|| {
        Error::state(
            "The referral is in a state that does not allow this step.",
            state,
            allowed(state).filter(|step| !matches!(step, Step::Enrol | Step::FindNotSuitable)),
        )
    })
}

/// Whether the one who referred may be the patient, or live with the patient (ID-5): where people
/// refer themselves and each other, where somebody forwarded what may have come that way, and where
/// no organisation is named.
#[must_use]
pub fn may_live_with_patient(channel: Channel, referrer: &Referrer) -> bool {
    match channel {
        Channel::SelfReferral | Channel::Internal => true,
        Channel::Hospital | Channel::GeneralPractice | Channel::Municipality => {
            referrer.organisation_id.is_none() && referrer.organisation_name.is_none()
        }
    }
}

/// What the criteria say, and why (APS-1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The result.
    pub eligibility: Eligibility,
    /// Why: age first, then the criteria in the order of the policy.
    pub reasons: Vec<EligibilityReason>,
}

/// Holds the answers against the criteria (APS-1): age on the day of receipt, everything
/// required, at least one indication. What is unknown leaves the result undetermined unless
/// something else settles it.
#[must_use]
pub fn assess(
    policy: &CriteriaPolicy,
    birth_date: Option<NaiveDate>,
    received_on: NaiveDate,
    answers: &[CriterionAnswer],
) -> Assessment {
    let mut reasons = Vec::new();
    let (mut refused, mut unknown) = (false, false);
    if let Some(minimum) = policy.minimum_age {
        // A birth date after receipt is no known age.
        let age = birth_date.and_then(|birth| received_on.years_since(birth));
        let (code, text) = match age {
            Some(age) if age >= minimum => (
                EligibilityReasonCode::OldEnough,
                format!("Has turned {minimum} on the day of receipt."),
            ),
            Some(_) => (
                EligibilityReasonCode::TooYoung,
                format!("Has not turned {minimum} on the day of receipt."),
            ),
            None => (
                EligibilityReasonCode::AgeUnknown,
                format!(
                    "The birth date is not known; the programme is for those who have turned {minimum}."
                ),
            ),
        };
        refused |= code == EligibilityReasonCode::TooYoung;
        unknown |= code == EligibilityReasonCode::AgeUnknown;
        reasons.push(EligibilityReason {
            code,
            criterion: None,
            text: text.into(),
        });
    }
    let (mut indications, mut present, mut open) = (0_u32, false, false);
    for criterion in &policy.questions {
        let answer = answer_to(&criterion.code, answers);
        match (criterion.weight, answer) {
            (CriterionWeight::Required, YesNoUnknown::No) => refused = true,
            (CriterionWeight::Required, YesNoUnknown::Unknown) => unknown = true,
            (CriterionWeight::Required, YesNoUnknown::Yes) => {}
            (CriterionWeight::Indication, answer) => {
                indications += 1;
                present |= answer == YesNoUnknown::Yes;
                open |= answer == YesNoUnknown::Unknown;
            }
        }
        reasons.push(reason(criterion, answer));
    }
    if indications > 0 && !present {
        unknown |= open;
        refused |= !open;
    }
    let eligibility = if refused {
        Eligibility::NotEligible
    } else if unknown {
        Eligibility::Undetermined
    } else {
        Eligibility::Eligible
    };
    Assessment {
        eligibility,
        reasons,
    }
}

fn answer_to(code: &Code, answers: &[CriterionAnswer]) -> YesNoUnknown {
    answers
        .iter()
        .find(|answer| answer.code == *code)
        .map_or(YesNoUnknown::Unknown, |answer| answer.answer)
}

fn reason(criterion: &Criterion, answer: YesNoUnknown) -> EligibilityReason {
    use EligibilityReasonCode as Reason;
    let code = match (criterion.weight, answer) {
        (CriterionWeight::Required, YesNoUnknown::Yes) => Reason::RequirementMet,
        (CriterionWeight::Required, YesNoUnknown::No) => Reason::RequirementNotMet,
        (CriterionWeight::Required, YesNoUnknown::Unknown) => Reason::RequirementUnknown,
        (CriterionWeight::Indication, YesNoUnknown::Yes) => Reason::IndicationPresent,
        (CriterionWeight::Indication, YesNoUnknown::No) => Reason::IndicationAbsent,
        (CriterionWeight::Indication, YesNoUnknown::Unknown) => Reason::IndicationUnknown,
    };
    EligibilityReason {
        code,
        criterion: Some(criterion.code.clone()),
        text: format!("{}: {answer}.", criterion.question.as_str()).into(),
    }
}

/// The answers after a supplement: what is answered anew replaces what was there.
#[must_use]
pub fn merge_answers(before: &[CriterionAnswer], anew: &[CriterionAnswer]) -> Vec<CriterionAnswer> {
    let mut answers: Vec<CriterionAnswer> = before
        .iter()
        .filter(|old| !anew.iter().any(|new| new.code == old.code))
        .cloned()
        .collect();
    answers.extend_from_slice(anew);
    answers
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
