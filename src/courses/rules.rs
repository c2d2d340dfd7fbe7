//! What may happen to a course, and what deserves a look. Pure.

use std::fmt;

use chrono::{Months, NaiveDate};
use chrono_tz::Tz;

use super::model::{CourseState, CourseWarning};
use crate::calendar::{end_of_day, local_date};
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::programmes::CoursePolicy;

/// A step of a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Another holder of treatment responsibility.
    Change,
    /// Another supporter.
    ChangeSupporter,
    /// It rests.
    Pause,
    /// It goes on.
    Resume,
    /// It ends.
    Close,
}

impl Step {
    /// Every step.
    pub const ALL: &'static [Self] = &[
        Self::Change,
        Self::ChangeSupporter,
        Self::Pause,
        Self::Resume,
        Self::Close,
    ];
}

impl fmt::Display for Step {
    /// As the API names it: the sub-resource, or `change` for a PATCH.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Change => "change",
            Self::ChangeSupporter => "supporter-changes",
            Self::Pause => "pause",
            Self::Resume => "resumption",
            Self::Close => "closure",
        })
    }
}

/// The state that `step` leads to, where it is possible.
#[must_use]
pub fn after(state: CourseState, step: Step) -> Option<CourseState> {
    match (state, step) {
        (CourseState::Closed, _)
        | (CourseState::Active, Step::Resume)
        | (CourseState::Paused, Step::Pause) => None,
        (state, Step::Change | Step::ChangeSupporter) => Some(state),
        (CourseState::Active, Step::Pause) => Some(CourseState::Paused),
        (CourseState::Paused, Step::Resume) => Some(CourseState::Active),
        (_, Step::Close) => Some(CourseState::Closed),
    }
}

/// The steps that are possible.
#[must_use]
pub fn allowed(state: CourseState) -> Vec<Step> {
    Step::ALL
        .iter()
        .copied()
        .filter(|step| after(state, *step).is_some())
        .collect()
}

/// The state that `step` leads to, or the refusal that says what is possible.
pub fn step(state: CourseState, step: Step) -> Result<CourseState> {
    after(state, step).ok_or_else(|| {
        Error::state(
            "The course is in a state that does not allow this step.",
            state,
            allowed(state),
        )
    })
}

/// The typical length of a course (APS-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The day of opening.
    pub opened_on: NaiveDate,
    /// Closed before this day it is short.
    pub from: NaiveDate,
    /// Running after this day it is long.
    pub to: NaiveDate,
    /// The end of that day.
    pub long_from: Instant,
}

/// The typical length of a course that is opened at `opened_at`, in calendar months of the
/// programme's time zone. Pauses are part of it.
pub fn typical(opened_at: Instant, tz: Tz, policy: &CoursePolicy) -> Result<Span> {
    let opened_on = local_date(opened_at.utc(), tz);
    let later = |months: u32| {
        opened_on
            .checked_add_months(Months::new(months))
            .ok_or_else(|| Error::internal("a course beyond the calendar"))
    };
    let to = later(policy.typical_months_to)?;
    Ok(Span {
        opened_on,
        from: later(policy.typical_months_from)?,
        to,
        long_from: end_of_day(to, tz).into(),
    })
}

/// What deserves a look of a course: facts in, flags out.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// How far it is.
    pub state: CourseState,
    /// See [`Span::from`].
    pub typical_from: NaiveDate,
    /// See [`Span::long_from`].
    pub long_from: Instant,
    /// When it was closed, and on which day.
    pub closed: Option<(Instant, NaiveDate)>,
    /// Whether a talk is planned.
    pub contact_planned: bool,
}

/// The flags of a course now. They never refuse anything (APS-6).
#[must_use]
pub fn warnings(facts: &Facts, now: Instant) -> Vec<CourseWarning> {
    let ends = facts.closed.map_or(now, |(at, _)| at);
    let mut warnings = Vec::new();
    if ends >= facts.long_from {
        warnings.push(CourseWarning::RunsLong);
    }
    if facts
        .closed
        .is_some_and(|(_, closed_on)| closed_on < facts.typical_from)
    {
        warnings.push(CourseWarning::ClosedEarly);
    }
    if facts.state == CourseState::Active && !facts.contact_planned {
        warnings.push(CourseWarning::NoContactPlanned);
    }
    warnings
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use chrono_tz::Europe::Copenhagen;
    use proptest::prelude::*;

    use super::*;

    const POLICY: CoursePolicy = CoursePolicy {
        typical_months_from: 6,
        typical_months_to: 9,
    };

    fn at(text: &str) -> Instant {
        Instant::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap())
    }

    proptest! {
        #[test]
        fn a_course_moves_only_along_its_life_cycle(
            path in prop::collection::vec(prop::sample::select(Step::ALL), 0..30),
        ) {
            let mut state = CourseState::Active;
            for taken in path {
                match step(state, taken) {
                    Ok(next) => {
                        prop_assert_ne!(state, CourseState::Closed);
                        prop_assert_eq!(next == CourseState::Closed, taken == Step::Close);
                        prop_assert_eq!(next != state, matches!(taken, Step::Pause | Step::Resume | Step::Close));
                        state = next;
                    }
                    Err(Error::Problem(problem)) => {
                        let possible: Vec<String> =
                            allowed(state).iter().map(ToString::to_string).collect();
                        prop_assert!(!possible.contains(&taken.to_string()));
                        prop_assert_eq!(problem.allowed, Some(possible));
                    }
                    Err(other) => prop_assert!(false, "{:?}", other),
                }
            }
        }

        #[test]
        fn aps_6_a_running_course_is_flagged_from_the_day_after_its_typical_length(
            offset in 0_i64..8000, days in 0_i64..500,
        ) {
            let opened = at("2015-01-01T12:00:00Z") + Duration::days(offset);
            let span = typical(opened, Copenhagen, &POLICY).unwrap();
            let now = opened + Duration::days(days);
            let flagged = warnings(&Facts {
                state: CourseState::Paused,
                typical_from: span.from,
                long_from: span.long_from,
                closed: None,
                contact_planned: false,
            }, now);
            let long = local_date(now.utc(), Copenhagen) > span.to;
            prop_assert_eq!(flagged == [CourseWarning::RunsLong], long);
            prop_assert_eq!(flagged.is_empty(), !long);
        }

        #[test]
        fn aps_6_a_closed_course_is_short_or_long_or_neither(days in 0_i64..500) {
            let opened = at("2026-03-27T09:15:00Z");
            let span = typical(opened, Copenhagen, &POLICY).unwrap();
            let closed = opened + Duration::days(days);
            let on = local_date(closed.utc(), Copenhagen);
            // Long after the end the answer is still the same.
            let flagged = warnings(&Facts {
                state: CourseState::Closed,
                typical_from: span.from,
                long_from: span.long_from,
                closed: Some((closed, on)),
                contact_planned: false,
            }, closed + Duration::days(5000));
            prop_assert_eq!(flagged.contains(&CourseWarning::ClosedEarly), on < span.from);
            prop_assert_eq!(flagged.contains(&CourseWarning::RunsLong), on > span.to);
            prop_assert!(!flagged.contains(&CourseWarning::NoContactPlanned));
        }
    }

    #[test]
    fn aps_6_six_to_nine_months_are_calendar_months_of_the_programme() {
        let span = typical(at("2026-08-30T22:30:00Z"), Copenhagen, &POLICY).unwrap();
        assert_eq!(span.opened_on.to_string(), "2026-08-31");
        assert_eq!(span.from.to_string(), "2027-02-28");
        assert_eq!(span.to.to_string(), "2027-05-31");
        assert_eq!(span.long_from, at("2027-05-31T22:00:00Z"));
    }
}
