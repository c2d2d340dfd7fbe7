//! The state machine of a referral and its clock, tried with every history and every day.

use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn policy(questions: &[(&str, CriterionWeight)]) -> CriteriaPolicy {
    CriteriaPolicy {
        minimum_age: Some(18),
        questions: questions
            .iter()
            .map(|(code, weight)| Criterion {
                code: (*code).into(),
                question: "Spørgsmål?".into(),
                weight: *weight,
            })
            .collect(),
    }
}

fn answers(list: &[(&str, YesNoUnknown)]) -> Vec<CriterionAnswer> {
    list.iter()
        .map(|(code, answer)| CriterionAnswer {
            code: (*code).into(),
            answer: *answer,
        })
        .collect()
}

fn any_state() -> impl Strategy<Value = ReferralState> {
    prop::sample::select(ReferralState::ALL)
}

fn any_step() -> impl Strategy<Value = Step> {
    prop::sample::select(Step::ALL)
}

/// Written down a second time, by step instead of by state, from what the steps are for.
fn is_meant_to_be_possible(state: ReferralState, step: Step) -> bool {
    use ReferralState::{Accepted, AwaitingSupplement, Received};
    let from: &[ReferralState] = match step {
        Step::Accept => &[Received, AwaitingSupplement],
        Step::RequestSupplement => &[Received],
        Step::Supplement
        | Step::Reject
        | Step::Forward
        | Step::Withdraw
        | Step::Enrol
        | Step::FindNotSuitable => &[Received, AwaitingSupplement, Accepted],
    };
    from.contains(&state)
}

proptest! {
    #[test]
    fn aps_5_no_other_step_is_possible(state in any_state(), step in any_step()) {
        prop_assert_eq!(next(state, step).is_some(), is_meant_to_be_possible(state, step));
        prop_assert_eq!(allowed(state).any(|known| known == step), next(state, step).is_some());
        match take(state, step) {
            Ok(to) => prop_assert_eq!(Some(to), next(state, step)),
            Err(Error::Problem(problem)) => {
                prop_assert_eq!(problem.state.as_deref(), Some(state.as_str()));
                let steps: Vec<String> = allowed(state)
                    .map(|step| step.to_string())
                    .filter(|word| word != "enrolment" && word != "finding-not-suitable")
                    .collect();
                prop_assert_eq!(problem.allowed, Some(steps));
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_closed_stays_closed(steps in prop::collection::vec(any_step(), 0..12)) {
        let mut state = ReferralState::Received;
        for step in steps {
            match next(state, step) {
                Some(to) => {
                    prop_assert!(is_open(state));
                    state = to;
                }
                None if is_open(state) => {}
                None => prop_assert_eq!(allowed(state).count(), 0),
            }
        }
    }

    /// APS-1: an unknown answer never makes anybody not eligible, and settling it towards yes
    /// never makes it worse.
    #[test]
    fn aps_1_unknown_never_blocks(
        weights in prop::collection::vec(prop::sample::select(CriterionWeight::ALL), 0..6),
        given in prop::collection::vec(prop::sample::select(YesNoUnknown::ALL), 6),
        settled in 0usize..6,
    ) {
        let codes = ["a", "b", "c", "d", "e", "f"];
        let questions: Vec<(&str, CriterionWeight)> =
            codes.iter().copied().zip(weights.iter().copied()).collect();
        let policy = policy(&questions);
        let mut list: Vec<(&str, YesNoUnknown)> =
            codes.iter().copied().zip(given.iter().copied()).collect();
        let adult = Some(day("1970-01-01"));
        let received = day("2026-03-27");
        let before = assess(&policy, adult, received, &answers(&list));
        prop_assert_eq!(before.reasons.len(), questions.len() + 1);
        if !given.contains(&YesNoUnknown::No) {
            prop_assert_ne!(before.eligibility, Eligibility::NotEligible);
        }
        if let Some(entry) = list.get_mut(settled) {
            entry.1 = YesNoUnknown::Yes;
        }
        let rank = |eligibility| match eligibility {
            Eligibility::NotEligible => 0,
            Eligibility::Undetermined => 1,
            Eligibility::Eligible => 2,
        };
        let after = assess(&policy, adult, received, &answers(&list));
        prop_assert!(rank(after.eligibility) >= rank(before.eligibility));
    }
}

#[test]
fn aps_1_eighteen_on_the_day_of_receipt() {
    let policy = policy(&[]);
    let of =
        |birth: Option<&str>| assess(&policy, birth.map(day), day("2026-03-27"), &[]).eligibility;
    assert_eq!(of(Some("2008-03-27")), Eligibility::Eligible);
    assert_eq!(of(Some("2008-03-28")), Eligibility::NotEligible);
    assert_eq!(of(None), Eligibility::Undetermined);
    assert_eq!(of(Some("2030-01-01")), Eligibility::Undetermined);
}

#[test]
fn aps_1_one_indication_is_enough_and_all_no_is_not_eligible() {
    use CriterionWeight::{Indication, Required};
    use YesNoUnknown::{No, Unknown, Yes};
    let policy = policy(&[
        ("ill", Required),
        ("complex", Indication),
        ("admitted", Indication),
    ]);
    let of = |list: &[(&str, YesNoUnknown)]| {
        assess(
            &policy,
            Some(day("1950-01-01")),
            day("2026-03-27"),
            &answers(list),
        )
        .eligibility
    };
    assert_eq!(
        of(&[("ill", Yes), ("complex", Yes), ("admitted", No)]),
        Eligibility::Eligible
    );
    assert_eq!(
        of(&[("ill", Yes), ("complex", No), ("admitted", No)]),
        Eligibility::NotEligible
    );
    assert_eq!(
        of(&[("ill", Yes), ("complex", No)]),
        Eligibility::Undetermined
    );
    assert_eq!(
        of(&[("ill", No), ("complex", Yes)]),
        Eligibility::NotEligible
    );
    assert_eq!(
        of(&[("ill", Unknown), ("complex", Yes)]),
        Eligibility::Undetermined
    );
    assert_eq!(of(&[]), Eligibility::Undetermined);
}

#[test]
fn a_supplement_replaces_what_it_answers_anew() {
    use YesNoUnknown::{No, Unknown, Yes};
    let merged = merge_answers(
        &answers(&[("a", Unknown), ("b", No)]),
        &answers(&[("a", Yes)]),
    );
    assert_eq!(merged, answers(&[("b", No), ("a", Yes)]));
}
