//! When a delivery is tried again, what an answer means, and which steps an endpoint can take.

use std::time::Duration;

use super::model::{WebhookAttemptOutcome, WebhookEndpointState};
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// How many seconds after each failed attempt the next one comes: three days altogether.
pub const PAUSES: [u64; 12] = [
    5,
    30,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    12 * HOUR,
    20 * HOUR,
    24 * HOUR,
];
/// The longest that an endpoint can ask to be left alone (`Retry-After`).
const LONGEST_WISH: Duration = Duration::from_secs(24 * HOUR);

/// What an endpoint has answered, or why it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// What came of it.
    pub outcome: WebhookAttemptOutcome,
    /// The status, where there was an answer.
    pub status: Option<u16>,
    /// What the endpoint asked to wait.
    pub retry_after: Option<Duration>,
}

impl Answer {
    /// There was an answer.
    #[must_use]
    pub fn of_status(status: u16, retry_after: Option<Duration>) -> Self {
        Self {
            outcome: match status {
                200..=299 => WebhookAttemptOutcome::Delivered,
                300..=399 => WebhookAttemptOutcome::Redirected,
                _ => WebhookAttemptOutcome::Refused,
            },
            status: Some(status),
            retry_after,
        }
    }

    /// There was none.
    #[must_use]
    pub fn none(outcome: WebhookAttemptOutcome) -> Self {
        Self {
            outcome,
            status: None,
            retry_after: None,
        }
    }
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is done.
    Delivered,
    /// It is tried again at that time.
    Again(Instant),
    /// It is given up.
    GivenUp,
    /// The endpoint wants nothing more: it is disabled, and the delivery waits for its return.
    Gone,
}

/// Decides after attempt number `attempts`. `jitter` (0 to 255) spreads those that failed together.
#[must_use]
pub fn judge(answer: &Answer, attempts: i32, now: Instant, jitter: u8) -> Verdict {
    match (answer.outcome, answer.status) {
        (WebhookAttemptOutcome::Delivered, _) => return Verdict::Delivered,
        (_, Some(410)) => return Verdict::Gone,
        _ => {}
    }
    let failed = usize::try_from(attempts).unwrap_or(0);
    let Some(pause) = PAUSES.get(failed.saturating_sub(1)) else {
        return Verdict::GivenUp;
    };
    // Up to a tenth longer.
    let millis = pause * 1000 + pause * 100 * u64::from(jitter) / 255;
    let wish = answer.retry_after.unwrap_or_default().min(LONGEST_WISH);
    let pause = Duration::from_millis(millis).max(wish);
    Verdict::Again(now + chrono::Duration::from_std(pause).unwrap_or_default())
}

/// For how long an answer asks that nothing at all is sent: too many requests, or not available, with
/// `Retry-After`.
#[must_use]
pub fn wish(answer: &Answer) -> Option<Duration> {
    answer
        .retry_after
        .filter(|_| matches!(answer.status, Some(429 | 503)))
        .map(|wish| wish.min(LONGEST_WISH))
}

/// How often a delivery is tried at most.
#[must_use]
pub fn most_attempts() -> i32 {
    i32::try_from(PAUSES.len()).unwrap_or(i32::MAX) + 1
}

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
#[must_use]
pub fn retry_after(text: &str, now: Instant) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    (at.to_utc() - now.utc()).to_std().ok()
}

/// Steps that an endpoint can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing more until it is resumed.
    Pause,
    /// On from where it stood.
    Resume,
    /// A message to try it.
    Ping,
}

/// The steps that are possible in a state, as the API names them.
#[must_use]
pub fn allowed(state: WebhookEndpointState) -> &'static [&'static str] {
    match state {
        WebhookEndpointState::Active => &["pause", "ping"],
        WebhookEndpointState::Paused | WebhookEndpointState::Disabled => &["resumption"],
    }
}

/// The state after a step.
pub fn take(state: WebhookEndpointState, step: Step) -> Result<WebhookEndpointState> {
    match (state, step) {
        (WebhookEndpointState::Active, Step::Pause) => Ok(WebhookEndpointState::Paused),
        (WebhookEndpointState::Active, Step::Ping) => Ok(WebhookEndpointState::Active),
        (WebhookEndpointState::Paused | WebhookEndpointState::Disabled, Step::Resume) => {
            Ok(WebhookEndpointState::Active)
        }
        _ => Err(Error::state(
            "The endpoint is in a state that does not allow this.",
            state,
            allowed(state),
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Instant {
        Instant::from_micros(1_774_602_900_000_000)
    }

    #[test]
    fn failures_are_tried_again_over_three_days_and_then_given_up() {
        for jitter in [0, 255] {
            let (mut at, mut attempts) = (now(), 1);
            while let Verdict::Again(next) =
                judge(&Answer::of_status(500, None), attempts, at, jitter)
            {
                assert!(next > at);
                (at, attempts) = (next, attempts + 1);
            }
            assert_eq!(attempts, most_attempts());
            let hours = (at.utc() - now().utc()).num_hours();
            assert!((71..=79).contains(&hours), "{hours} hours");
        }
    }

    #[test]
    fn only_2xx_counts_and_410_ends_it() {
        for status in 100..=599 {
            let verdict = judge(&Answer::of_status(status, None), 1, now(), 0);
            match status {
                200..=299 => assert_eq!(verdict, Verdict::Delivered),
                410 => assert_eq!(verdict, Verdict::Gone),
                _ => assert!(matches!(verdict, Verdict::Again(_)), "{status}"),
            }
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after("120", now()), Some(Duration::from_secs(120)));
        let date = (now() + chrono::Duration::seconds(90)).utc().to_rfc2822();
        assert_eq!(retry_after(&date, now()), Some(Duration::from_secs(90)));
        assert_eq!(
            retry_after("Fri, 27 Mar 2026 09:16:30 GMT", now()),
            Some(Duration::from_secs(90))
        );
        assert_eq!(retry_after("Fri, 27 Mar 2020 09:16:30 GMT", now()), None);
        assert_eq!(retry_after("soon", now()), None);
    }

    proptest! {
        #[test]
        fn a_wish_makes_the_pause_longer_and_never_endless(
            seconds in 0_u64..10_000_000, attempts in 1_i32..13, jitter: u8,
        ) {
            let wish = Duration::from_secs(seconds);
            let again = |answer| match judge(&answer, attempts, now(), jitter) {
                Verdict::Again(at) => Some(at),
                _ => None,
            };
            let without = again(Answer::of_status(503, None));
            let with = again(Answer::of_status(503, Some(wish)));
            prop_assert_eq!(without.is_some(), with.is_some());
            if let (Some(without), Some(with)) = (without, with) {
                prop_assert!(with >= without);
                let asked = now() + chrono::Duration::from_std(wish.min(LONGEST_WISH)).unwrap();
                prop_assert!(with >= asked);
                prop_assert!(with <= without.max(asked));
            }
        }

        #[test]
        fn a_step_leads_where_it_says_or_names_what_is_possible(state in 0..3_usize, step in 0..3_usize) {
            let state = WebhookEndpointState::ALL[state];
            let step = [Step::Pause, Step::Resume, Step::Ping][step];
            let name = ["pause", "resumption", "ping"][step as usize];
            prop_assert_eq!(take(state, step).is_ok(), allowed(state).contains(&name));
        }
    }
}
