//! When an enquiry is due, who asks, and which ways an answer may go. Pure.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{AnswerWay, ContactPerson, EnquiryState, NewContactPerson};
use crate::calendar::{CalendarError, end_of_day, local_date};
use crate::patients::parse_phone;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::programmes::Policy;

/// The clock of an enquiry (APS-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Day 0, in the programme's time zone.
    pub received_on: NaiveDate,
    /// The last day that is in time.
    pub due_on: NaiveDate,
    /// The first instant that is too late.
    pub due_at: Instant,
}

/// Starts the clock of an enquiry received at `received_at`.
pub fn start_clock(policy: &Policy, received_at: DateTime<Utc>) -> Result<Clock> {
    let zone = policy.time_zone()?;
    let received_on = local_date(received_at, zone);
    let due_on = policy
        .working_calendar()?
        .add_working_days(received_on, policy.enquiries.working_days)
        .map_err(|error| match error {
            CalendarError::YearOutOfRange => {
                Error::field("/receivedAt", error.code(), error.detail())
            }
            CalendarError::NoWorkingDays => Error::conflict(error.detail()),
            other => Error::internal(format_args!("enquiry clock: {}", other.code())),
        })?;
    Ok(Clock {
        received_on,
        due_on,
        due_at: end_of_day(due_on, zone).into(),
    })
}

/// An enquiry cannot have been received before it was sent.
pub fn check_received(received_at: Instant, now: Instant) -> Result<()> {
    if received_at <= now {
        Ok(())
    } else {
        Err(Error::field(
            "/receivedAt",
            "inTheFuture",
            "must not be in the future",
        ))
    }
}

/// Who asks, with the telephone in its one form.
pub fn read_contact(sent: &NewContactPerson) -> Result<ContactPerson> {
    let telephone = sent
        .telephone
        .as_deref()
        .map(parse_phone)
        .transpose()
        .map_err(|error| Error::field("/contact/telephone", error.code(), error.detail()))?;
    Ok(ContactPerson {
        name: sent.name.clone(),
        telephone,
        email: sent.email.clone(),
        organisation: sent.organisation.clone(),
    })
}

/// Whether it is open although its due day is over.
#[must_use]
pub fn is_overdue(state: EnquiryState, due_at: Instant, now: Instant) -> bool {
    state == EnquiryState::Open && due_at <= now
}

/// An enquiry is answered once.
pub fn check_open(state: EnquiryState) -> Result<()> {
    match state {
        EnquiryState::Open => Ok(()),
        EnquiryState::Answered => Err(Error::state(
            "The enquiry has been answered; an answer is given once.",
            state,
            std::iter::empty::<&str>(),
        )),
    }
}

/// What with health data may not go: e-mail and SMS (APS-11).
pub fn check_way(via: AnswerWay, sensitive: bool) -> Result<()> {
    match via {
        AnswerWay::Email | AnswerWay::Sms if sensitive => Err(Error::field(
            "/via",
            "safeMailRequired",
            "must not be e-mail or SMS: what concerns a patient, or carries health data or an identity number, goes by Digital Post only (APS-11)",
        )),
        AnswerWay::Email
        | AnswerWay::Sms
        | AnswerWay::Telephone
        | AnswerWay::DigitalPost
        | AnswerWay::Letter
        | AnswerWay::InPerson => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::programmes::presets::preset;

    fn aps() -> Policy {
        preset("APS").unwrap().policy.clone()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn aps_10_three_working_days_skip_easter() {
        // 1 April 2026 is a Wednesday; Maundy Thursday to Easter Monday are holidays.
        let clock = start_clock(&aps(), "2026-04-01T09:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(clock.received_on, day("2026-04-01"));
        assert_eq!(clock.due_on, day("2026-04-09"));
        assert_eq!(clock.due_at.to_string(), "2026-04-09T22:00:00Z");
        assert!(!is_overdue(
            EnquiryState::Open,
            clock.due_at,
            "2026-04-09T21:59:59Z"
                .parse::<DateTime<Utc>>()
                .unwrap()
                .into()
        ));
        assert!(is_overdue(EnquiryState::Open, clock.due_at, clock.due_at));
        assert!(!is_overdue(
            EnquiryState::Answered,
            clock.due_at,
            clock.due_at
        ));
    }

    #[test]
    fn aps_11_only_email_and_sms_are_unsafe() {
        for via in AnswerWay::ALL {
            assert!(check_way(*via, false).is_ok());
            let refused = matches!(via, AnswerWay::Email | AnswerWay::Sms);
            assert_eq!(check_way(*via, true).is_err(), refused, "{via}");
        }
    }

    proptest! {
        #[test]
        fn aps_10_the_due_day_is_the_calendars(minutes in 0i64..20 * 366 * 24 * 60, days in 1u32..=100) {
            let mut policy = aps();
            policy.enquiries.working_days = days;
            let start: DateTime<Utc> = "2015-01-01T00:00:00Z".parse().unwrap();
            let received = start + chrono::TimeDelta::minutes(minutes);
            let clock = start_clock(&policy, received).unwrap();
            let explained = policy.working_calendar().unwrap().deadline(clock.received_on, days, &[]).unwrap();
            prop_assert_eq!(explained.due_on, Some(clock.due_on));
            prop_assert_eq!(local_date(received, policy.time_zone().unwrap()), clock.received_on);
            prop_assert!(Instant::from(received) < clock.due_at);
        }
    }
}
