//! The clock of a referral (APS-4): how its deadline is counted, and when it stood still. Pure.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::calendar::{
    CalendarError, ClosedDay, Country, Deadline, Pause, WorkingCalendar, end_of_day, local_date,
};
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::programmes::Policy;

/// How the deadline is counted: the programme's rules as they were on receipt, so that a later
/// change of policy moves no promise, and the days on which the clock stood still (APS-4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Clock {
    /// Working days from receipt.
    pub working_days: u32,
    /// Whose public holidays count.
    pub country: Country,
    /// The time zone in which days begin and end.
    pub time_zone: String,
    /// Days on which the programme is closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_days: Vec<ClosedDay>,
    /// When it stood still.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<StoredPause>,
}

/// A [`Pause`] as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPause {
    /// The first day that is not counted.
    pub from: NaiveDate,
    /// The first day that is counted again; none while it runs.
    pub until: Option<NaiveDate>,
}

impl From<StoredPause> for Pause {
    fn from(pause: StoredPause) -> Self {
        Self {
            from: pause.from,
            until: pause.until,
        }
    }
}

impl From<&Policy> for Clock {
    fn from(policy: &Policy) -> Self {
        Self {
            working_days: policy.first_call.working_days,
            country: policy.calendar.country,
            time_zone: policy.calendar.time_zone.clone(),
            closed_days: policy.calendar.closed_days.clone(),
            pauses: Vec::new(),
        }
    }
}

impl Clock {
    fn tz(&self) -> Result<Tz> {
        self.time_zone
            .parse()
            .map_err(|_| Error::internal("stored time zone is unknown"))
    }

    fn calendar(&self) -> Result<WorkingCalendar> {
        WorkingCalendar::new(self.country, self.closed_days.clone()).map_err(stored)
    }

    /// The date on the wall at `instant`.
    pub fn date_of(&self, instant: Instant) -> Result<NaiveDate> {
        Ok(local_date(instant.utc(), self.tz()?))
    }

    /// The instant at which the day is over.
    pub fn end_of(&self, day: NaiveDate) -> Result<Instant> {
        Ok(end_of_day(day, self.tz()?).into())
    }

    /// The last day for the first call; none while the clock stands still.
    pub fn due_on(&self, received_on: NaiveDate) -> Result<Option<NaiveDate>> {
        if self.pauses.is_empty() {
            return self
                .calendar()?
                .add_working_days(received_on, self.working_days)
                .map(Some)
                .map_err(stored);
        }
        Ok(self.deadline(received_on)?.due_on)
    }

    /// The same, every day explained.
    pub fn deadline(&self, received_on: NaiveDate) -> Result<Deadline> {
        let pauses: Vec<Pause> = self.pauses.iter().copied().map(Pause::from).collect();
        self.calendar()?
            .deadline(received_on, self.working_days, &pauses)
            .map_err(stored)
    }

    /// Whether it stands still.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.pauses.iter().any(|pause| pause.until.is_none())
    }

    /// Stops it: `day` is the first that is not counted.
    pub fn pause(&mut self, day: NaiveDate) {
        self.pauses.push(StoredPause {
            from: day,
            until: None,
        });
    }

    /// Starts it again: `day` is the first that is counted. Without a pause nothing happens.
    pub fn resume(&mut self, day: NaiveDate) {
        for pause in &mut self.pauses {
            if pause.until.is_none() {
                pause.until = Some(day.max(pause.from));
            }
        }
    }
}

/// A policy is checked when it is stored: what fails here is ours, but for closed days that follow
/// each other for years.
fn stored(error: CalendarError) -> Error {
    match error {
        CalendarError::NoWorkingDays => Error::conflict(error.detail()),
        _ => Error::internal(format_args!("stored calendar: {}", error.code())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock {
            working_days: 8,
            country: Country::Denmark,
            time_zone: "Europe/Copenhagen".to_owned(),
            closed_days: Vec::new(),
            pauses: Vec::new(),
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn aps_4_worked_answers() {
        for (received, due) in [
            ("2024-04-22", "2024-05-02"),
            ("2026-03-27", "2026-04-13"),
            ("2026-05-08", "2026-05-21"),
            ("2026-12-17", "2026-12-30"),
        ] {
            assert_eq!(clock().due_on(day(received)).unwrap(), Some(day(due)));
        }
    }

    #[test]
    fn aps_4_a_pause_moves_the_due_day_by_the_working_days_in_it() {
        let mut clock = clock();
        clock.pause(day("2026-06-09"));
        assert!(clock.is_paused());
        assert_eq!(clock.due_on(day("2026-06-08")).unwrap(), None);
        clock.resume(day("2026-06-11"));
        assert!(!clock.is_paused());
        // Without the pause 18 June; the 9th and the 10th were not counted.
        assert_eq!(
            clock.due_on(day("2026-06-08")).unwrap(),
            Some(day("2026-06-22"))
        );
    }

    #[test]
    fn aps_4_a_supplement_on_the_day_it_was_asked_for_changes_nothing() {
        let mut clock = clock();
        clock.pause(day("2026-06-09"));
        clock.resume(day("2026-06-09"));
        assert_eq!(
            clock.due_on(day("2026-06-08")).unwrap(),
            Some(day("2026-06-18"))
        );
    }

    #[test]
    fn aps_4_the_due_day_ends_at_local_midnight_summer_and_winter() {
        let clock = clock();
        assert_eq!(
            clock.end_of(day("2026-03-28")).unwrap().to_string(),
            "2026-03-28T23:00:00Z"
        );
        assert_eq!(
            clock.end_of(day("2026-03-29")).unwrap().to_string(),
            "2026-03-29T22:00:00Z"
        );
    }
}
