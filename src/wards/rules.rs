//! What may happen to a shift, who may take a place, and what needs attention (HF-3). Pure.

use std::fmt;

use super::model::{PlaceKind, ShiftFlag, ShiftState, SignUp};
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::volunteers::{VolunteerState, VolunteerSubtype};

/// Something that happens to a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is changed.
    Change,
    /// Somebody signs up.
    SignUp,
    /// Somebody signs off.
    SignOff,
    /// Somebody offers a place to others.
    Offer,
    /// A place changes hands.
    Swap,
    /// It is called off.
    Cancel,
    /// A talk on it is counted.
    CountTalk,
}

impl Step {
    /// Every step.
    pub const ALL: &'static [Self] = &[
        Self::Change,
        Self::SignUp,
        Self::SignOff,
        Self::Offer,
        Self::Swap,
        Self::Cancel,
        Self::CountTalk,
    ];
}

impl fmt::Display for Step {
    /// As the API names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Change => "change",
            Self::SignUp => "sign-up",
            Self::SignOff => "sign-off",
            Self::Offer => "offer",
            Self::Swap => "swap",
            Self::Cancel => "cancellation",
            Self::CountTalk => "ward-talks",
        })
    }
}

/// Where a shift is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It has not begun.
    Coming,
    /// It has begun and not ended.
    Running,
    /// It has ended.
    Over,
}

/// Where a shift is at `now`.
#[must_use]
pub fn stage(starts_at: Instant, ends_at: Instant, now: Instant) -> Stage {
    if now < starts_at {
        Stage::Coming
    } else if now < ends_at {
        Stage::Running
    } else {
        Stage::Over
    }
}

/// Whether `step` is possible. Until a shift ends somebody may still come or stay away; talks are
/// counted from its beginning on.
#[must_use]
pub fn may(state: ShiftState, stage: Stage, step: Step) -> bool {
    match (state, step) {
        (ShiftState::Cancelled, _) => false,
        (ShiftState::Planned, Step::CountTalk) => stage != Stage::Coming,
        (
            ShiftState::Planned,
            Step::Change | Step::SignUp | Step::SignOff | Step::Offer | Step::Swap | Step::Cancel,
        ) => stage != Stage::Over,
    }
}

/// Refuses a step that is not possible, and says which are.
pub fn check(state: ShiftState, stage: Stage, step: Step) -> Result<()> {
    if may(state, stage, step) {
        return Ok(());
    }
    let (word, detail) = match (state, stage) {
        (ShiftState::Cancelled, _) => ("cancelled", "The shift is cancelled."),
        (ShiftState::Planned, Stage::Over) => ("over", "The shift is over."),
        (ShiftState::Planned, _) => ("planned", "The shift has not begun."),
    };
    let allowed = Step::ALL.iter().filter(|step| may(state, stage, **step));
    Err(Error::state(detail, word, allowed))
}

/// What needs attention on a shift that takes place.
#[must_use]
pub fn flags(state: ShiftState, regular: usize, trial: usize) -> Vec<ShiftFlag> {
    let mut flags = Vec::new();
    if state == ShiftState::Cancelled {
        return flags;
    }
    match regular + trial {
        0 => flags.push(ShiftFlag::Nobody),
        1 => flags.push(ShiftFlag::OnePerson),
        _ => {}
    }
    if trial > 0 && regular == 0 {
        flags.push(ShiftFlag::TrialWithoutExperienced);
    }
    flags
}

/// The first place that nobody has; none where all are taken.
#[must_use]
pub fn free_seat(taken: &[i32], places: i32) -> Option<i32> {
    (1..=places).find(|seat| !taken.contains(seat))
}

/// Who wants a place.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// How far the volunteer is today; whether one is active on the day of the shift is asked for
    /// regular places apart.
    pub state: VolunteerState,
    /// Whether the next step of the onboarding is a trial shift.
    pub trial_is_next: bool,
    /// What kinds of supporter the volunteer is.
    pub subtypes: Vec<VolunteerSubtype>,
    /// Whether the volunteer is employed on the ward, or has another conflict with it (HF-5).
    pub conflict: bool,
    /// Whether the volunteer is on another shift, or has a talk booked, at the same time.
    pub busy: bool,
}

/// Refuses who may not take a place of this kind beside those who are on the shift already. The
/// regular place of an active volunteer is checked by `volunteers::require_active_at`, which says
/// why not.
pub fn admit(candidate: &Candidate, kind: PlaceKind, on_it: &[SignUp]) -> Result<()> {
    if kind == PlaceKind::Trial {
        let on_the_way = matches!(
            candidate.state,
            VolunteerState::Candidate | VolunteerState::Onboarding
        );
        if !on_the_way || !candidate.trial_is_next {
            return Err(Error::conflict(
                "A trial place is for a volunteer whose next step of the onboarding is a trial shift (HF-2).",
            ));
        }
        if !on_it.iter().any(|one| one.kind == PlaceKind::Regular) {
            return Err(Error::conflict(
                "A trial shift is walked beside an active volunteer, and none is on this shift yet (HF-3).",
            ));
        }
    }
    if candidate.conflict {
        return Err(Error::conflict(
            "The volunteer is employed on this ward, or has another conflict of interest with it (HF-5).",
        ));
    }
    if candidate.busy {
        return Err(Error::conflict(
            "The volunteer is on another shift, or has a talk booked, at the same time.",
        ));
    }
    Ok(())
}

/// As which kind of supporter somebody walks the shift: the one asked for, if the volunteer is one,
/// or the first.
pub fn subtype(candidate: &Candidate, asked: Option<VolunteerSubtype>) -> Result<VolunteerSubtype> {
    match asked {
        Some(asked) if candidate.subtypes.contains(&asked) => Ok(asked),
        Some(_) => Err(Error::field(
            "/subtype",
            "notTheVolunteers",
            "must be one of the volunteer's kinds of supporter",
        )),
        None => candidate.subtypes.first().copied().ok_or_else(|| {
            Error::conflict("The volunteer's record names no kind of supporter yet.")
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::id::Id;

    const STAGES: [Stage; 3] = [Stage::Coming, Stage::Running, Stage::Over];

    #[test]
    fn hf_3_a_cancelled_shift_stays_cancelled() {
        for stage in STAGES {
            for step in Step::ALL {
                assert!(!may(ShiftState::Cancelled, stage, *step));
            }
        }
    }

    #[test]
    fn hf_3_talks_are_counted_from_the_beginning_and_nothing_else_after_the_end() {
        use ShiftState::Planned;
        assert!(!may(Planned, Stage::Coming, Step::CountTalk));
        assert!(may(Planned, Stage::Over, Step::CountTalk));
        for step in Step::ALL {
            let after = *step == Step::CountTalk;
            assert_eq!(may(Planned, Stage::Over, *step), after, "{step}");
            assert!(may(Planned, Stage::Running, *step), "{step}");
        }
    }

    #[test]
    fn hf_3_one_person_is_flagged_and_a_pair_is_not() {
        use ShiftFlag::{Nobody, OnePerson, TrialWithoutExperienced};
        let flags = |regular, trial| flags(ShiftState::Planned, regular, trial);
        assert_eq!(flags(0, 0), [Nobody]);
        assert_eq!(flags(1, 0), [OnePerson]);
        assert_eq!(flags(0, 1), [OnePerson, TrialWithoutExperienced]);
        assert_eq!(flags(0, 2), [TrialWithoutExperienced]);
        assert!(flags(1, 1).is_empty() && flags(2, 0).is_empty());
        assert!(super::flags(ShiftState::Cancelled, 0, 0).is_empty());
    }

    fn candidate() -> Candidate {
        Candidate {
            state: VolunteerState::Onboarding,
            trial_is_next: true,
            subtypes: vec![VolunteerSubtype::RelativeSupporter],
            conflict: false,
            busy: false,
        }
    }

    fn sign_up(kind: PlaceKind) -> SignUp {
        SignUp {
            id: Id::new(),
            volunteer_id: Id::new(),
            kind,
            subtype: VolunteerSubtype::PatientSupporter,
            offered: false,
            signed_up_at: Instant::from_micros(0),
        }
    }

    #[test]
    fn hf_3_a_trial_is_beside_an_active_volunteer_by_one_who_is_due_for_it() {
        let beside = [sign_up(PlaceKind::Regular)];
        assert!(admit(&candidate(), PlaceKind::Trial, &beside).is_ok());
        assert!(admit(&candidate(), PlaceKind::Trial, &[]).is_err());
        let alone = [sign_up(PlaceKind::Trial)];
        assert!(admit(&candidate(), PlaceKind::Trial, &alone).is_err());
        for (state, trial_is_next) in [
            (VolunteerState::Departed, true),
            (VolunteerState::Active, true),
            (VolunteerState::Onboarding, false),
        ] {
            let other = Candidate {
                state,
                trial_is_next,
                ..candidate()
            };
            assert!(admit(&other, PlaceKind::Trial, &beside).is_err());
        }
    }

    #[test]
    fn hf_5_nobody_walks_the_ward_of_own_employment_or_two_wards_at_once() {
        let beside = [sign_up(PlaceKind::Regular)];
        for (conflict, busy) in [(true, false), (false, true)] {
            for kind in PlaceKind::ALL {
                let other = Candidate {
                    conflict,
                    busy,
                    ..candidate()
                };
                assert!(admit(&other, *kind, &beside).is_err());
            }
        }
    }

    #[test]
    fn hf_1_a_volunteer_walks_as_what_she_is() {
        use VolunteerSubtype::{PatientSupporter, RelativeSupporter};
        assert_eq!(subtype(&candidate(), None).unwrap(), RelativeSupporter);
        assert!(subtype(&candidate(), Some(PatientSupporter)).is_err());
        let both = Candidate {
            subtypes: vec![PatientSupporter, RelativeSupporter],
            ..candidate()
        };
        assert_eq!(
            subtype(&both, Some(RelativeSupporter)).unwrap(),
            RelativeSupporter
        );
    }

    proptest! {
        #[test]
        fn hf_3_a_seat_is_free_and_within_the_places(taken in prop::collection::vec(1..10, 0..10), places in 0..10) {
            match free_seat(&taken, places) {
                Some(seat) => prop_assert!((1..=places).contains(&seat) && !taken.contains(&seat)),
                None => prop_assert!((1..=places).all(|seat| taken.contains(&seat))),
            }
        }

        #[test]
        fn hf_3_a_refusal_names_exactly_what_is_possible(cancelled: bool, stage in 0..3_usize, step in 0..7_usize) {
            let state = if cancelled { ShiftState::Cancelled } else { ShiftState::Planned };
            let (stage, step) = (STAGES[stage], Step::ALL[step]);
            match check(state, stage, step) {
                Ok(()) => prop_assert!(may(state, stage, step)),
                Err(Error::Problem(problem)) => {
                    let allowed: Vec<String> = Step::ALL.iter().filter(|one| may(state, stage, **one)).map(ToString::to_string).collect();
                    prop_assert_eq!(problem.allowed.unwrap(), allowed);
                }
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
