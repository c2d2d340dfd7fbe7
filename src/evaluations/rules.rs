//! When an evaluation is due, and which steps it takes. Pure.

use chrono::{Months, NaiveDate};

use super::model::{EvaluationKind, EvaluationState};
use crate::platform::error::{Error, Result};

/// What is evaluated, as far as the rules care.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// The first day of the agreement or group.
    pub from: NaiveDate,
    /// Its last day, where it has one.
    pub to: Option<NaiveDate>,
    /// Whether it has ended before that day, as a working group that has reported.
    pub ended: bool,
    /// The middle of an agreement's period.
    pub midway: Option<NaiveDate>,
    /// The day of its latest evaluation of the cooperation.
    pub last_held: Option<NaiveDate>,
    /// Today, where it is.
    pub today: NaiveDate,
}

/// A year after a day.
#[must_use]
pub fn year_after(day: NaiveDate) -> NaiveDate {
    day.checked_add_months(Months::new(12)).unwrap_or(day)
}

/// The latest day that the rule allows an evaluation of this kind (CPS-7: a year after the start, and
/// a year after the one before; HA-2: midway), not beyond the end of what is evaluated.
#[must_use]
pub fn latest(kind: EvaluationKind, term: &Term) -> Option<NaiveDate> {
    let latest = match kind {
        EvaluationKind::Cooperation => Some(year_after(term.last_held.unwrap_or(term.from))),
        EvaluationKind::Midway => term.midway,
        EvaluationKind::Final => None,
    }?;
    Some(term.to.map_or(latest, |to| latest.min(to)))
}

/// The evaluation of the cooperation that follows another one is made after it.
fn is_before_last(kind: EvaluationKind, term: &Term, day: NaiveDate) -> bool {
    kind == EvaluationKind::Cooperation && term.last_held.is_some_and(|held| day <= held)
}

/// Whether a planned evaluation may be due on this day.
#[must_use]
pub fn may_be_due(kind: EvaluationKind, term: &Term, day: NaiveDate) -> bool {
    day >= term.from
        && !is_before_last(kind, term, day)
        && latest(kind, term).is_none_or(|latest| day <= latest)
}

/// When a planned evaluation is due now that its subject ends on another day than `ended`. What was
/// due on the latest day is due on the latest day again; what was planned earlier keeps its day for as
/// long as the rule lets it.
#[must_use]
pub fn moved(
    kind: EvaluationKind,
    due_on: NaiveDate,
    latest_on: Option<NaiveDate>,
    ended: Option<NaiveDate>,
    term: &Term,
) -> NaiveDate {
    match latest(kind, term) {
        Some(latest) if latest_on == Some(due_on) || due_on > latest => latest,
        None if ended == Some(due_on) => term.to.unwrap_or(due_on),
        _ => due_on,
    }
}

/// Whether the subject lasts beyond today.
#[must_use]
pub fn lasts(term: &Term) -> bool {
    !term.ended && term.to.is_none_or(|to| term.today < to)
}

/// The due day, from what was asked for.
pub fn due(
    kind: EvaluationKind,
    term: &Term,
    wanted: Option<NaiveDate>,
    pointer: &'static str,
) -> Result<NaiveDate> {
    let latest = latest(kind, term);
    match (wanted, latest) {
        (Some(wanted), _) if wanted < term.from => Err(Error::field(
            pointer,
            "beforeStart",
            "must not lie before the start of what is evaluated",
        )),
        (Some(wanted), _) if is_before_last(kind, term, wanted) => Err(Error::field(
            pointer,
            "beforeLast",
            "must lie after the evaluation before",
        )),
        (Some(wanted), Some(latest)) if wanted > latest => Err(Error::field(
            pointer,
            "tooLate",
            match kind {
                EvaluationKind::Midway => {
                    "must not lie behind the middle of the agreement's period (HA-2)"
                }
                _ => {
                    "must not lie more than a year after the start, or after the evaluation before (CPS-7)"
                }
            },
        )),
        (Some(wanted), _) => Ok(wanted),
        (None, Some(latest)) => Ok(latest),
        (None, None) => term.to.ok_or_else(|| {
            Error::field(
                pointer,
                "required",
                "is needed: what is evaluated has no end",
            )
        }),
    }
}

/// Only what is planned changes.
pub fn check_planned(state: EvaluationState) -> Result<()> {
    match state {
        EvaluationState::Planned => Ok(()),
        EvaluationState::Completed | EvaluationState::Cancelled => Err(Error::state(
            "Only an evaluation that is planned can be changed, completed or cancelled.",
            state,
            std::iter::empty::<&str>(),
        )),
    }
}

/// What a rule demands is not cancelled while its subject lasts.
pub fn check_cancellable(latest_on: Option<NaiveDate>, term: &Term) -> Result<()> {
    let lasts = !term.ended && term.to.is_none_or(|to| term.today <= to);
    if latest_on.is_some() && lasts {
        return Err(Error::state(
            "The rules demand this evaluation while the agreement or group lasts (CPS-7, HA-2).",
            EvaluationState::Planned,
            ["change", "completion"],
        ));
    }
    Ok(())
}

/// The day it was made: since the start, and not in the future.
pub fn check_held(held_on: NaiveDate, term: &Term) -> Result<()> {
    if held_on > term.today {
        return Err(Error::field(
            "/heldOn",
            "inTheFuture",
            "must not lie in the future",
        ));
    }
    if held_on < term.from {
        return Err(Error::field(
            "/heldOn",
            "beforeStart",
            "must not lie before the start of what is evaluated",
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

    fn term() -> Term {
        Term {
            from: day("2024-01-01"),
            to: Some(day("2027-12-31")),
            ended: false,
            midway: Some(day("2025-12-31")),
            last_held: None,
            today: day("2024-06-01"),
        }
    }

    #[test]
    fn cps_7_the_first_evaluation_is_due_within_a_year() {
        let due = |wanted: Option<&str>| {
            due(
                EvaluationKind::Cooperation,
                &term(),
                wanted.map(day),
                "/dueOn",
            )
        };
        assert_eq!(due(None).unwrap(), day("2025-01-01"));
        assert_eq!(due(Some("2024-12-01")).unwrap(), day("2024-12-01"));
        assert_eq!(due(Some("2025-01-01")).unwrap(), day("2025-01-01"));
        assert!(due(Some("2025-01-02")).is_err());
        assert!(due(Some("2023-12-31")).is_err());
    }

    #[test]
    fn cps_7_the_next_one_a_year_after_the_one_before() {
        let next = Term {
            last_held: Some(day("2024-02-29")),
            ..term()
        };
        assert_eq!(
            latest(EvaluationKind::Cooperation, &next),
            Some(day("2025-02-28"))
        );
        let last = Term {
            last_held: Some(day("2027-06-01")),
            ..term()
        };
        assert_eq!(
            latest(EvaluationKind::Cooperation, &last),
            Some(day("2027-12-31"))
        );
    }

    #[test]
    fn ha_2_midway_is_midway() {
        assert_eq!(
            latest(EvaluationKind::Midway, &term()),
            Some(day("2025-12-31"))
        );
        assert_eq!(latest(EvaluationKind::Final, &term()), None);
        let final_due = due(EvaluationKind::Final, &term(), None, "/dueOn").unwrap();
        assert_eq!(final_due, day("2027-12-31"));
    }

    #[test]
    fn cps_7_what_is_planned_moves_with_the_end() {
        let ends = |to: &str, midway: &str| Term {
            to: Some(day(to)),
            midway: Some(day(midway)),
            ..term()
        };
        let midway = |due: &str, term: &Term| {
            moved(
                EvaluationKind::Midway,
                day(due),
                Some(day("2025-12-31")),
                Some(day("2027-12-31")),
                term,
            )
        };
        let (shorter, longer) = (
            ends("2025-06-30", "2024-09-30"),
            ends("2031-12-31", "2027-12-31"),
        );
        assert_eq!(midway("2025-12-31", &shorter), day("2024-09-30"));
        assert_eq!(midway("2025-12-31", &longer), day("2027-12-31"));
        // Somebody wanted it earlier.
        assert_eq!(midway("2024-08-01", &shorter), day("2024-08-01"));
        assert_eq!(midway("2025-06-01", &shorter), day("2024-09-30"));
        assert_eq!(midway("2025-06-01", &longer), day("2025-06-01"));
        let last = |due: &str, term: &Term| {
            moved(
                EvaluationKind::Final,
                day(due),
                None,
                Some(day("2027-12-31")),
                term,
            )
        };
        assert_eq!(last("2027-12-31", &longer), day("2031-12-31"));
        assert_eq!(last("2027-12-31", &shorter), day("2025-06-30"));
        assert_eq!(last("2028-02-01", &longer), day("2028-02-01"));
        let open = Term { to: None, ..term() };
        assert_eq!(last("2027-12-31", &open), day("2027-12-31"));
    }

    #[test]
    fn cps_7_the_next_one_is_made_after_the_one_before() {
        let held = Term {
            last_held: Some(day("2024-06-01")),
            ..term()
        };
        let due = |wanted: &str| {
            due(
                EvaluationKind::Cooperation,
                &held,
                Some(day(wanted)),
                "/nextDueOn",
            )
        };
        assert!(due("2024-06-01").is_err());
        assert_eq!(due("2024-06-02").unwrap(), day("2024-06-02"));
        assert!(!may_be_due(
            EvaluationKind::Cooperation,
            &held,
            day("2024-06-01")
        ));
        assert!(may_be_due(EvaluationKind::Midway, &held, day("2024-06-01")));
    }

    #[test]
    fn cps_7_what_is_demanded_is_not_cancelled_before_the_end() {
        assert!(check_cancellable(Some(day("2025-01-01")), &term()).is_err());
        assert!(check_cancellable(None, &term()).is_ok());
        let over = Term {
            today: day("2028-01-01"),
            ..term()
        };
        assert!(check_cancellable(Some(day("2025-01-01")), &over).is_ok());
    }

    #[test]
    fn cps_7_what_ended_early_lasts_no_longer() {
        assert!(lasts(&term()));
        let ended = Term {
            ended: true,
            ..term()
        };
        assert!(!lasts(&ended));
        assert!(check_cancellable(Some(day("2025-01-01")), &ended).is_ok());
    }

    proptest! {
        #[test]
        fn cps_7_nothing_is_due_later_than_a_year(wanted in 0u64..3000, held in prop::option::of(0u64..1400)) {
            let from = term().from;
            let term = Term { last_held: held.map(|days| from + chrono::Days::new(days)), ..term() };
            let since = term.last_held.unwrap_or(from);
            if let Ok(due) = due(EvaluationKind::Cooperation, &term, Some(from + chrono::Days::new(wanted)), "/dueOn") {
                prop_assert!(due <= year_after(since));
            }
        }
    }
}
