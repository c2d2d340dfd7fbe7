//! What may be done with a booking, and when.

use chrono::Duration;

use super::model::{Booker, BookingCancellationReason, BookingState, Seat};
use crate::platform::db::Instant;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::volunteers::VolunteerSubtype;

/// What is done with a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Book a time that is held.
    Confirm,
    /// To another time.
    Move,
    /// Give the time back.
    Cancel,
    /// Say what came of it.
    Attend,
}

/// A booking as the rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// As stored.
    pub state: BookingState,
    /// Until when it is held.
    pub until: Option<Instant>,
    /// When the time begins.
    pub starts_at: Instant,
    /// Whether it came from the waiting list: while it is held, the offer is answered there.
    pub offered: bool,
}

impl Standing {
    /// The state now: a hold that has run out is expired, whoever has noticed.
    #[must_use]
    pub fn state_at(self, now: Instant) -> BookingState {
        match (self.state, self.until) {
            (BookingState::Held, Some(until)) if until <= now => BookingState::Expired,
            (state, _) => state,
        }
    }

    /// The steps that are possible now for whoever has the booking.
    #[must_use]
    pub fn allowed(self, now: Instant) -> Vec<&'static str> {
        if self.is_offer(now) {
            Vec::new()
        } else {
            self.onward(now)
        }
    }

    /// A time that is held for somebody who has not answered yet.
    fn is_offer(self, now: Instant) -> bool {
        self.offered && self.state_at(now) == BookingState::Held
    }

    /// The steps that lead on from here, whoever takes them.
    fn onward(self, now: Instant) -> Vec<&'static str> {
        match self.state_at(now) {
            BookingState::Held => vec!["confirmation", "cancellation"],
            BookingState::Confirmed if now < self.starts_at => vec!["move", "cancellation"],
            BookingState::Confirmed => vec!["attendance"],
            BookingState::Cancelled
            | BookingState::Expired
            | BookingState::Attended
            | BookingState::NoShow => Vec::new(),
        }
    }

    /// Refuses a step that is not possible now.
    pub fn check(self, step: Step, now: Instant) -> Result<()> {
        let (word, detail) = match step {
            Step::Confirm => (
                "confirmation",
                "A booking is confirmed while its time is held.",
            ),
            Step::Move => (
                "move",
                "A confirmed booking is moved before its time begins.",
            ),
            Step::Cancel => (
                "cancellation",
                "A booking is cancelled before its time begins.",
            ),
            Step::Attend => (
                "attendance",
                "What came of a confirmed booking is recorded once its time has begun.",
            ),
        };
        if self.onward(now).contains(&word) {
            return Ok(());
        }
        let detail = if self.is_offer(now) {
            "The time is offered from the waiting list: accept or pass the offer there."
        } else {
            detail
        };
        Err(Error::state(detail, self.state_at(now), self.allowed(now)))
    }
}

/// Refuses what comes too late: `before` minutes before the time begins. Staff may until then.
pub fn check_lead(starts_at: Instant, before: i32, staff: bool, now: Instant) -> Result<()> {
    if staff || now + Duration::minutes(i64::from(before)) <= starts_at {
        Ok(())
    } else {
        Err(Error::conflict(format!(
            "It is too late: this is possible until {before} minutes before the time begins. Call the programme."
        )))
    }
}

/// What the service or the supporter does is not the person's to state.
pub fn check_reason(reason: BookingCancellationReason, staff: bool) -> Result<()> {
    match reason {
        BookingCancellationReason::PersonWish
        | BookingCancellationReason::PersonUnavailable
        | BookingCancellationReason::Other => Ok(()),
        BookingCancellationReason::SupporterUnavailable
        | BookingCancellationReason::ConsentWithdrawn
        | BookingCancellationReason::OfferPassed
            if staff =>
        {
            Ok(())
        }
        _ => Err(Error::field(
            "/reason",
            "staffOnly",
            "must be personWish, personUnavailable or other",
        )),
    }
}

/// The lowest seat that nobody has.
pub fn choose_seat(seats: i32, taken: &[Seat]) -> Result<i32> {
    (1..=seats)
        .find(|number| taken.iter().all(|seat| seat.number != *number))
        .ok_or_else(slot_taken)
}

/// The answer to all but the first who want the same time.
#[must_use]
pub fn slot_taken() -> Error {
    Error::problem(
        ProblemCode::SlotTaken,
        "Somebody else has this time. Look for another one.",
    )
}

/// As which kind of supporter a volunteer who is several has talked: the one who was met decides.
#[must_use]
pub fn acted_as(subtypes: &[VolunteerSubtype], booker: Option<Booker>) -> Option<VolunteerSubtype> {
    use VolunteerSubtype::{ParentSupporter, PatientSupporter, RelativeSupporter};
    let order = if booker == Some(Booker::Relative) {
        [RelativeSupporter, ParentSupporter, PatientSupporter]
    } else {
        [PatientSupporter, RelativeSupporter, ParentSupporter]
    };
    order.into_iter().find(|one| subtypes.contains(one))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn hf_6_a_seat_is_chosen_that_nobody_has(seats in 1_i32..20, taken in prop::collection::vec(1_i32..25, 0..30)) {
            let taken: Vec<Seat> = taken.into_iter().map(|number| Seat { number, until: None }).collect();
            match choose_seat(seats, &taken) {
                Ok(seat) => {
                    prop_assert!((1..=seats).contains(&seat));
                    prop_assert!(taken.iter().all(|one| one.number != seat));
                }
                Err(_) => for seat in 1..=seats {
                    prop_assert!(taken.iter().any(|one| one.number == seat));
                },
            }
        }

        /// From a state that is over nothing leads on, and time only closes doors of a hold.
        #[test]
        fn hf_6_what_is_over_stays_over(state in 0_usize..6, until: Option<i32>, starts in 0_i64..1000, now in 0_i64..1000, offered: bool) {
            let standing = Standing {
                state: BookingState::ALL[state],
                until: until.map(|until| Instant::from_micros(i64::from(until % 1000))),
                starts_at: Instant::from_micros(starts),
                offered,
            };
            let now = Instant::from_micros(now);
            let over = matches!(standing.state_at(now), BookingState::Cancelled | BookingState::Expired | BookingState::Attended | BookingState::NoShow);
            prop_assert_eq!(standing.allowed(now).is_empty(), over || standing.is_offer(now));
            for step in [Step::Confirm, Step::Move, Step::Cancel, Step::Attend] {
                prop_assert!(!over || standing.check(step, now).is_err());
            }
        }
    }

    #[test]
    fn hal_2_lead_times_bind_everybody_but_staff() {
        let (now, hour) = (Instant::from_micros(0), Instant::from_micros(3_600_000_000));
        assert!(check_lead(hour, 60, false, now).is_ok());
        assert!(check_lead(hour, 61, false, now).is_err());
        assert!(check_lead(hour, 61, true, now).is_ok());
    }

    #[test]
    fn hf_7_who_was_met_says_as_what_somebody_talked() {
        use VolunteerSubtype::{PatientSupporter, RelativeSupporter};
        let both = [PatientSupporter, RelativeSupporter];
        assert_eq!(
            acted_as(&both, Some(Booker::Relative)),
            Some(RelativeSupporter)
        );
        assert_eq!(
            acted_as(&both, Some(Booker::Patient)),
            Some(PatientSupporter)
        );
        assert_eq!(
            acted_as(&[RelativeSupporter], None),
            Some(RelativeSupporter)
        );
        assert_eq!(acted_as(&[], Some(Booker::Relative)), None);
    }
}
