//! What may happen to a call session. Pure.

use std::fmt;

use chrono::Duration;

use super::model::{CallSessionKind, CallSessionState};
use crate::platform::db::Instant;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::text::Code;
use crate::programmes::Topic;

/// A step of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Another time, length or supporter.
    Change,
    /// A call attempt.
    Attempt,
    /// The talk was held.
    Complete,
    /// The talk will not be held.
    Cancel,
}

impl Step {
    /// Every step.
    pub const ALL: &'static [Self] = &[Self::Change, Self::Attempt, Self::Complete, Self::Cancel];
}

impl fmt::Display for Step {
    /// As the API names it: the sub-resource, or `change` for a PATCH.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Change => "change",
            Self::Attempt => "attempts",
            Self::Complete => "completion",
            Self::Cancel => "cancellation",
        })
    }
}

/// The state that `step` leads to, where it is possible.
#[must_use]
pub fn after(state: CallSessionState, step: Step) -> Option<CallSessionState> {
    match (state, step) {
        (CallSessionState::Planned, Step::Change | Step::Attempt) => {
            Some(CallSessionState::Planned)
        }
        (CallSessionState::Planned, Step::Complete) => Some(CallSessionState::Completed),
        (CallSessionState::Planned, Step::Cancel) => Some(CallSessionState::Cancelled),
        (CallSessionState::Completed | CallSessionState::Cancelled, _) => None,
    }
}

/// The state that `step` leads to, or the refusal that says what is possible.
pub fn step(state: CallSessionState, step: Step) -> Result<CallSessionState> {
    after(state, step).ok_or_else(|| {
        Error::state(
            "Only a planned call session can be changed, called for, completed or cancelled.",
            state,
            Step::ALL
                .iter()
                .filter(|step| after(state, **step).is_some()),
        )
    })
}

/// APS-5: the decision is made the first time the patient is reached, so a first conversation is
/// not completed before an attempt that reached the patient.
pub fn reached_first(kind: CallSessionKind, reached: bool) -> Result<()> {
    if kind == CallSessionKind::FirstConversation && !reached {
        return Err(Error::state(
            "A first conversation is completed after a call attempt that reached the patient (APS-5).",
            CallSessionState::Planned,
            [Step::Attempt, Step::Change, Step::Cancel],
        ));
    }
    Ok(())
}

/// How far back a talk may be planned: it was held before anybody got to write it down.
pub const PLANNED_BACK: Duration = Duration::days(1);
/// How far ahead a talk may be planned.
pub const PLANNED_AHEAD: Duration = Duration::days(366);

/// A time for a talk: at most a day ago and at most a year ahead.
pub fn check_planned(pointer: &str, now: Instant, at: Instant) -> Result<(), FieldError> {
    if at < now + -PLANNED_BACK {
        return Err(FieldError::new(
            pointer,
            "tooEarly",
            "lies more than a day in the past",
        ));
    }
    if at > now + PLANNED_AHEAD {
        return Err(FieldError::new(
            pointer,
            "tooLate",
            "lies more than 366 days ahead",
        ));
    }
    Ok(())
}

/// A time at which something happened: not in the future, and not more than a day before the
/// session was registered.
pub fn check_happened(
    pointer: &str,
    now: Instant,
    registered: Instant,
    at: Instant,
) -> Result<(), FieldError> {
    if at > now {
        return Err(FieldError::new(pointer, "inFuture", "lies in the future"));
    }
    if at < registered + -PLANNED_BACK {
        return Err(FieldError::new(
            pointer,
            "tooEarly",
            "lies more than a day before the call session was planned",
        ));
    }
    Ok(())
}

/// A referral's patient is called after the referral was received: what was before keeps no deadline
/// (APS-4).
pub fn check_after_receipt(
    pointer: &str,
    received: Instant,
    at: Instant,
) -> Result<(), FieldError> {
    if at < received {
        return Err(FieldError::new(
            pointer,
            "beforeReceipt",
            "lies before the referral was received",
        ));
    }
    Ok(())
}

/// The suitability decision belongs to the first conversation, always and only (APS-5); the next
/// talk can be planned only where there is a course for it.
pub fn check_decision(
    kind: CallSessionKind,
    enrols: bool,
    decides: bool,
    plans_next: bool,
) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    match kind {
        CallSessionKind::FirstConversation if !decides => wrong.push(FieldError::new(
            "/suitability",
            "required",
            "is decided in every first conversation (APS-5)",
        )),
        CallSessionKind::FollowUp if decides => wrong.push(FieldError::new(
            "/suitability",
            "notAllowed",
            "is decided in the first conversation only (APS-5)",
        )),
        CallSessionKind::FirstConversation if plans_next && !enrols => wrong.push(FieldError::new(
            "/nextContact",
            "notAllowed",
            "needs a course",
        )),
        _ => {}
    }
    wrong
}

/// Topics are codes of the programme's policy (APS-7), each once.
pub fn check_topics(topics: &[Code], known: &[Topic]) -> Vec<FieldError> {
    topics
        .iter()
        .enumerate()
        .filter_map(|(index, code)| {
            let pointer = format!("/topics/{index}");
            if !known.iter().any(|topic| topic.code == *code) {
                Some(FieldError::new(
                    pointer,
                    "unknownTopic",
                    "is no topic of the programme's policy",
                ))
            } else if topics.iter().take(index).any(|earlier| earlier == code) {
                Some(FieldError::new(pointer, "duplicate", "is named twice"))
            } else {
                None
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn states() -> impl Strategy<Value = CallSessionState> {
        prop::sample::select(CallSessionState::ALL)
    }
    fn steps() -> impl Strategy<Value = Step> {
        prop::sample::select(Step::ALL)
    }

    proptest! {
        #[test]
        fn a_session_ends_once_and_stays_ended(path in prop::collection::vec(steps(), 0..20)) {
            let mut state = CallSessionState::Planned;
            let mut ends = 0;
            for taken in path {
                match step(state, taken) {
                    Ok(next) => {
                        prop_assert_eq!(state, CallSessionState::Planned);
                        ends += i32::from(next != CallSessionState::Planned);
                        state = next;
                    }
                    Err(_) => prop_assert_ne!(state, CallSessionState::Planned),
                }
            }
            prop_assert!(ends <= 1);
            prop_assert_eq!(ends == 1, state != CallSessionState::Planned);
        }

        #[test]
        fn a_refusal_lists_exactly_what_is_possible(state in states(), taken in steps()) {
            if let Err(Error::Problem(problem)) = step(state, taken) {
                let possible: Vec<String> = Step::ALL.iter()
                    .filter(|step| after(state, **step).is_some())
                    .map(ToString::to_string)
                    .collect();
                prop_assert_eq!(problem.allowed, Some(possible));
                prop_assert_eq!(problem.state.as_deref(), Some(state.as_str()));
            } else {
                prop_assert!(after(state, taken).is_some());
            }
        }

        #[test]
        fn a_planned_time_is_within_its_bounds(offset in -500_i64..500 * 24) {
            let now = Instant::from_micros(1_774_602_900_000_000);
            let at = now + Duration::hours(offset);
            prop_assert_eq!(
                check_planned("/plannedAt", now, at).is_ok(),
                (-24..=366 * 24).contains(&offset)
            );
            prop_assert_eq!(
                check_happened("/at", now, now, at).is_ok(),
                (-24..=0).contains(&offset)
            );
        }

        #[test]
        fn aps_5_the_decision_is_made_in_the_first_conversation_only(
            decides: bool, enrols: bool, plans: bool,
        ) {
            let enrols = enrols && decides;
            let first = check_decision(CallSessionKind::FirstConversation, enrols, decides, plans);
            prop_assert_eq!(first.is_empty(), decides && (enrols || !plans));
            let later = check_decision(CallSessionKind::FollowUp, enrols, decides, plans);
            prop_assert_eq!(later.is_empty(), !decides);
        }
    }

    #[test]
    fn aps_5_a_first_conversation_needs_a_reached_patient() {
        assert!(reached_first(CallSessionKind::FirstConversation, false).is_err());
        assert!(reached_first(CallSessionKind::FirstConversation, true).is_ok());
        assert!(reached_first(CallSessionKind::FollowUp, false).is_ok());
    }

    #[test]
    fn aps_7_topics_are_the_programmes_own() {
        let known = [Topic {
            code: "loneliness".into(),
            name: "Ensomhed".into(),
        }];
        assert!(check_topics(&["loneliness".into()], &known).is_empty());
        let wrong = check_topics(
            &["loneliness".into(), "loneliness".into(), "football".into()],
            &known,
        );
        let codes: Vec<&str> = wrong.iter().map(|error| error.code).collect();
        assert_eq!(codes, ["duplicate", "unknownTopic"]);
    }
}
