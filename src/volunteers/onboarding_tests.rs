//! The onboarding comes in order, whatever is tried, and expires when it says so (HF-2).

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::onboarding::{Counted, StepOutcome, check_order, progress, qualified_until};
use crate::platform::error::{Error, ProblemCode};
use crate::programmes::{OnboardingKind, OnboardingPolicy, OnboardingStep};

const CODES: [&str; 4] = ["interview", "course", "trialShift", "oath"];

fn step(index: usize, times: u32, expires_after_months: Option<u32>) -> OnboardingStep {
    OnboardingStep {
        code: CODES[index].into(),
        name: "Trin".into(),
        kind: OnboardingKind::Other,
        times,
        expires_after_months,
    }
}

fn policy(steps: &[(u32, Option<u32>)]) -> OnboardingPolicy {
    OnboardingPolicy {
        steps: steps
            .iter()
            .enumerate()
            .map(|(index, (times, expires))| step(index, *times, *expires))
            .collect(),
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn held<'a>(code: &'a str, outcome: StepOutcome, on: &str, expires: Option<&str>) -> Counted<'a> {
    Counted {
        step: code,
        outcome,
        held_on: day(on),
        expires_on: expires.map(day),
    }
}

/// Tries a step, and records it where it may be.
fn attempt<'a>(
    policy: &OnboardingPolicy,
    records: &mut Vec<Counted<'a>>,
    code: &'a str,
    outcome: StepOutcome,
    held_on: NaiveDate,
) -> Result<(), Error> {
    let (_, expires_on) = check_order(policy, records, &code.into(), held_on)?;
    records.push(Counted {
        step: code,
        outcome,
        held_on,
        expires_on: expires_on.filter(|_| outcome == StepOutcome::Passed),
    });
    Ok(())
}

fn policies() -> impl Strategy<Value = OnboardingPolicy> {
    let step = (1_u32..=3, prop::option::of(1_u32..=12));
    prop::collection::vec(step, 1..=4).prop_map(|steps| policy(&steps))
}

fn outcomes() -> impl Strategy<Value = StepOutcome> {
    prop_oneof![
        4 => Just(StepOutcome::Passed),
        1 => Just(StepOutcome::NotPassed),
        1 => Just(StepOutcome::Absent),
    ]
}

proptest! {
    #[test]
    fn hf_2_steps_are_held_in_order_whatever_is_tried(
        policy in policies(),
        tries in prop::collection::vec((0_usize..5, outcomes(), 0_u64..90), 0..40),
        later in 0_u64..800,
    ) {
        let mut today = day("2026-01-01");
        let mut records: Vec<Counted<'_>> = Vec::new();
        for (index, outcome, days) in tries {
            today = today + Days::new(days);
            let code = CODES.get(index).copied().unwrap_or("unknown");
            let before = progress(&policy, &records, today);
            let known = policy.steps.iter().position(|step| step.code.as_str() == code);
            let ready = known.is_some_and(|at| before.steps[..at].iter().all(|step| step.fulfilled));
            match attempt(&policy, &mut records, code, outcome, today) {
                Ok(()) => prop_assert!(ready, "{code} came too soon"),
                Err(Error::Problem(problem)) if problem.code == ProblemCode::StateConflict => {
                    prop_assert!(known.is_some() && !ready);
                    // The refusal names the way on.
                    let next: Vec<String> = before.next_step.iter().map(|next| next.as_str().to_owned()).collect();
                    prop_assert_eq!(problem.allowed, Some(next));
                }
                Err(error) => prop_assert!(known.is_none(), "{:?}", error),
            }
            let after = progress(&policy, &records, today);
            prop_assert_eq!(after.fulfilled, after.steps.iter().all(|step| step.fulfilled));
            let first = after.steps.iter().find(|step| !step.fulfilled).map(|step| step.code.clone());
            prop_assert_eq!(after.next_step, first);
        }
        // Expiry: who has been asked for every step is qualified exactly as long as all hold.
        let all_held = policy.steps.iter()
            .all(|step| records.iter().any(|record| record.step == step.code.as_str()));
        if all_held {
            let then = today + Days::new(later);
            let qualified = qualified_until(&policy, &records).is_none_or(|last| then <= last);
            prop_assert_eq!(progress(&policy, &records, then).fulfilled, qualified);
        }
    }

    #[test]
    fn hf_2_nothing_is_recorded_before_what_is_there_already(days in 1_u64..400) {
        let policy = policy(&[(1, None)]);
        let mut records = Vec::new();
        let first = day("2026-03-27");
        attempt(&policy, &mut records, "interview", StepOutcome::Absent, first).unwrap();
        let earlier = first - Days::new(days);
        let error = check_order(&policy, &records, &"interview".into(), earlier).unwrap_err();
        prop_assert_eq!(error.code(), ProblemCode::InvalidRequest);
        prop_assert!(check_order(&policy, &records, &"interview".into(), first).is_ok());
    }
}

#[test]
fn hf_2_a_step_is_repeated_until_it_was_passed_often_enough() {
    let policy = policy(&[(1, None), (2, None)]);
    let mut records = vec![held("interview", StepOutcome::Passed, "2026-01-01", None)];
    for (outcome, fulfilled, passed) in [
        (StepOutcome::Passed, false, 1),
        (StepOutcome::Absent, false, 1),
        // What went before counts no more.
        (StepOutcome::NotPassed, false, 0),
        (StepOutcome::Passed, false, 1),
        (StepOutcome::Passed, true, 2),
        (StepOutcome::Passed, true, 3),
    ] {
        attempt(&policy, &mut records, "course", outcome, day("2026-01-02")).unwrap();
        let now = progress(&policy, &records, day("2026-01-02"));
        assert_eq!((now.fulfilled, now.steps[1].passed), (fulfilled, passed));
    }
}

#[test]
fn hf_2_a_passed_step_expires_and_is_renewed() {
    let policy = policy(&[(1, None), (1, Some(36))]);
    let mut records = vec![held("interview", StepOutcome::Passed, "2026-01-31", None)];
    attempt(
        &policy,
        &mut records,
        "course",
        StepOutcome::Passed,
        day("2026-02-28"),
    )
    .unwrap();
    assert_eq!(qualified_until(&policy, &records), Some(day("2029-02-28")));
    assert!(progress(&policy, &records, day("2029-02-28")).fulfilled);
    let lapsed = progress(&policy, &records, day("2029-03-01"));
    assert_eq!(lapsed.next_step.unwrap().as_str(), "course");
    attempt(
        &policy,
        &mut records,
        "course",
        StepOutcome::Passed,
        day("2029-06-01"),
    )
    .unwrap();
    assert_eq!(qualified_until(&policy, &records), Some(day("2032-06-01")));
    // A renewal that went wrong takes the qualification away from that day on.
    attempt(
        &policy,
        &mut records,
        "course",
        StepOutcome::NotPassed,
        day("2030-01-01"),
    )
    .unwrap();
    assert_eq!(qualified_until(&policy, &records), Some(day("2029-12-31")));
}

#[test]
fn hf_2_a_step_that_the_policy_got_later_takes_nothing_away() {
    let before = policy(&[(1, Some(12))]);
    let mut records = Vec::new();
    attempt(
        &before,
        &mut records,
        "interview",
        StepOutcome::Passed,
        day("2026-01-01"),
    )
    .unwrap();
    let after = policy(&[(1, Some(12)), (1, Some(12))]);
    assert_eq!(qualified_until(&after, &records), Some(day("2027-01-01")));
    assert!(!progress(&after, &records, day("2026-01-02")).fulfilled);
    assert!(progress(&policy(&[]), &[], day("2026-01-02")).fulfilled);
}
