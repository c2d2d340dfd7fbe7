//! When a task may be delegated, and which steps a delegation takes (HA-6). Pure.

use chrono::NaiveDate;

use super::model::{DelegationPrinciples, DelegationStage, DelegationState, PrincipleAnswer};
use crate::platform::error::{Error, FieldError, Problem, ProblemCode, Result};

/// What a delegation means on a day.
#[must_use]
pub fn stage(
    state: DelegationState,
    (from, to): (NaiveDate, NaiveDate),
    ended_on: Option<NaiveDate>,
    today: NaiveDate,
) -> DelegationStage {
    let last = ended_on.map_or(to, |ended| ended.min(to));
    match state {
        DelegationState::Proposed => DelegationStage::Proposed,
        _ if today > last || last < from => DelegationStage::Over,
        _ if today < from => DelegationStage::Upcoming,
        _ => DelegationStage::InForce,
    }
}

/// Only a proposal is changed and approved.
pub fn check_proposed(state: DelegationState) -> Result<()> {
    match state {
        DelegationState::Proposed => Ok(()),
        DelegationState::Approved => Err(Error::state(
            "What was approved does not change. End it, or propose one that continues it.",
            state,
            ["end"],
        )),
        DelegationState::Ended => Err(Error::state(
            "The delegation has been ended.",
            state,
            std::iter::empty::<&str>(),
        )),
    }
}

/// Everything that must be there before a task is delegated. Reserved practice needs all three
/// principles, answered and met.
pub fn check_approvable(
    reserved_practice: bool,
    principles: &DelegationPrinciples,
    responsible: bool,
    to: NaiveDate,
    today: NaiveDate,
) -> Result<()> {
    let mut wrong = Vec::new();
    if !responsible {
        wrong.push(FieldError::new(
            "/responsible",
            "required",
            "somebody must answer for it before it is approved (HA-6)",
        ));
    }
    if to < today {
        wrong.push(FieldError::new(
            "/validTo",
            "past",
            "its period is over: nothing is delegated afterwards",
        ));
    }
    let answers: [(&str, &Option<PrincipleAnswer>); 3] = [
        (
            "/principles/patientSafetyAndQuality",
            &principles.patient_safety_and_quality,
        ),
        (
            "/principles/lowestEffectiveCostLevel",
            &principles.lowest_effective_cost_level,
        ),
        (
            "/principles/responsibilityPlaced",
            &principles.responsibility_placed,
        ),
    ];
    for (pointer, answer) in answers {
        match answer {
            _ if !reserved_practice => {}
            None => wrong.push(FieldError::new(
                pointer,
                "notAnswered",
                "must be answered before reserved practice is delegated (HA-6)",
            )),
            Some(answer) if !answer.met => wrong.push(FieldError::new(
                pointer,
                "notMet",
                "must be met before reserved practice is delegated (HA-6)",
            )),
            Some(_) => {}
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    // The fields are the delegation's, not those of the request.
    Err(Error::Problem(Box::new(Problem {
        code: ProblemCode::Conflict,
        detail: "The delegation cannot be approved as it is: change what `errors` names."
            .to_owned(),
        errors: wrong,
        state: None,
        allowed: None,
    })))
}

/// The last day of a delegation that is ended: not in the past, and not behind the one it had. One that
/// has not begun may be ended before it does.
pub fn check_end(
    state: DelegationState,
    to: NaiveDate,
    on: NaiveDate,
    today: NaiveDate,
) -> Result<()> {
    if state != DelegationState::Approved || to < today {
        return Err(Error::state(
            "Only an approved delegation whose last day is not over can be ended.",
            state,
            match state {
                DelegationState::Proposed => vec!["change", "approval"],
                DelegationState::Approved | DelegationState::Ended => Vec::new(),
            },
        ));
    }
    if on < today || on > to {
        return Err(Error::field(
            "/endedOn",
            "outOfRange",
            "must not lie in the past or behind the last day",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn answer(met: Option<bool>) -> Option<PrincipleAnswer> {
        met.map(|met| PrincipleAnswer {
            met,
            explanation: "Aftalt.".into(),
        })
    }

    proptest! {
        #[test]
        fn ha_6_no_reserved_practice_without_all_three(
            safety: Option<bool>, cost: Option<bool>, placed: Option<bool>, reserved: bool,
        ) {
            let principles = DelegationPrinciples {
                patient_safety_and_quality: answer(safety),
                lowest_effective_cost_level: answer(cost),
                responsibility_placed: answer(placed),
            };
            let today = day("2026-03-27");
            let allowed = check_approvable(reserved, &principles, true, today, today).is_ok();
            let all = [safety, cost, placed].iter().all(|answer| *answer == Some(true));
            prop_assert_eq!(allowed, !reserved || all);
        }
    }

    #[test]
    fn ha_6_somebody_answers_for_what_is_approved() {
        let (none, today) = (DelegationPrinciples::default(), day("2026-03-27"));
        assert!(check_approvable(false, &none, false, today, today).is_err());
        assert!(check_approvable(false, &none, true, day("2026-03-26"), today).is_err());
    }

    #[test]
    fn ha_6_a_delegation_is_in_force_in_its_period() {
        let on = |state, ended: Option<&str>, today| {
            stage(
                state,
                (day("2026-04-01"), day("2026-06-30")),
                ended.map(day),
                day(today),
            )
        };
        use DelegationStage::{InForce, Over, Upcoming};
        assert_eq!(on(DelegationState::Approved, None, "2026-03-31"), Upcoming);
        assert_eq!(on(DelegationState::Approved, None, "2026-04-01"), InForce);
        assert_eq!(on(DelegationState::Approved, None, "2026-06-30"), InForce);
        assert_eq!(on(DelegationState::Approved, None, "2026-07-01"), Over);
        assert_eq!(
            on(DelegationState::Ended, Some("2026-05-01"), "2026-05-01"),
            InForce
        );
        assert_eq!(
            on(DelegationState::Ended, Some("2026-05-01"), "2026-05-02"),
            Over
        );
        let proposed = on(DelegationState::Proposed, None, "2026-05-01");
        assert_eq!(proposed, DelegationStage::Proposed);
    }
}
