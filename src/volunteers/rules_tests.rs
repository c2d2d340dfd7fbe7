//! Who is there on a day, and the life cycle (HF-2).

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::model::VolunteerState;
use super::roster::{plain_code, plain_language};
use super::rules::{Standing, Step, after, allowed, step};
use crate::platform::error::Error;

fn day(offset: u64) -> NaiveDate {
    "2026-01-01".parse::<NaiveDate>().unwrap() + Days::new(offset)
}

const STORED: [VolunteerState; 4] = [
    VolunteerState::Candidate,
    VolunteerState::Onboarding,
    VolunteerState::Active,
    VolunteerState::Departed,
];

proptest! {
    #[test]
    fn hf_2_only_who_is_active_and_qualified_and_there_may_be_booked(
        state in prop::sample::select(&STORED[..]),
        from in prop::option::of(0_u64..30), length in prop::option::of(1_u64..30),
        qualified in prop::option::of(0_u64..60), on in 0_u64..60,
    ) {
        let standing = Standing {
            state,
            leave_from: from.map(day),
            leave_until: from.and_then(|from| length.map(|length| day(from + length))),
            qualified_until: qualified.map(day),
        };
        let away = from.is_some_and(|from| on >= from && length.is_none_or(|length| on < from + length));
        let good = state == VolunteerState::Active && !away && qualified.is_none_or(|last| on <= last);
        prop_assert_eq!(standing.require_active(day(on)).is_ok(), good);
        prop_assert_eq!(standing.is_away(day(on)), away);
        prop_assert_eq!(standing.on(day(on)) == VolunteerState::OnLeave, away && state == VolunteerState::Active);
    }

    #[test]
    fn hf_2_a_volunteer_moves_only_along_the_life_cycle(
        path in prop::collection::vec(prop::sample::select(Step::ALL), 0..40),
    ) {
        let mut state = VolunteerState::Candidate;
        for taken in path {
            match step(state, taken) {
                Ok(next) => {
                    prop_assert_ne!(state, VolunteerState::Departed);
                    if next == VolunteerState::Active && state != VolunteerState::Active {
                        prop_assert!(matches!(taken, Step::Activate | Step::Return));
                    }
                    prop_assert_eq!(next == VolunteerState::Departed, taken == Step::Depart);
                    state = next;
                }
                Err(Error::Problem(problem)) => {
                    let possible: Vec<String> = allowed(state).iter().map(ToString::to_string).collect();
                    prop_assert!(!possible.contains(&taken.to_string()));
                    prop_assert_eq!(problem.allowed, Some(possible));
                }
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }
    }
}

#[test]
fn hf_2_nobody_comes_back_from_departure() {
    for step in Step::ALL {
        assert_eq!(after(VolunteerState::Departed, *step), None);
    }
}

#[test]
fn codes_and_languages_are_compared_as_people_mean_them() {
    assert_eq!(plain_code("i21.4"), plain_code("I214"));
    assert_eq!(plain_language("da-DK"), plain_language("DA"));
    assert_ne!(plain_language("sv"), plain_language("sr-Latn"));
}
