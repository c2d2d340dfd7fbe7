//! Deadlines in whole calendar days of the group's time zone, which explain themselves (CPS-6).
//! Pure.
//!
//! Day 0 is the day counted from. "Seven days after" is in time until the seventh local day is
//! over: 23:59:59 there counts, 00:00 does not, also where a day between has 23 or 25 hours.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::{end_of_day, local_date, start_of_day};
use crate::closed_enum;
use crate::platform::db::Instant;

closed_enum! {
    /// How a deadline stands: open (åben), met (overholdt), late (overskredet, men gjort), overdue
    /// (overskredet), over (udløbet).
    pub enum DeadlineStatus {
        /// Not done, and there is time.
        Open = "open",
        /// Done in time.
        Met = "met",
        /// Done too late.
        Late = "late",
        /// Not done, and it is too late.
        Overdue = "overdue",
        /// A period that is over, in which nothing had to be done.
        Over = "over",
    }
}

/// A deadline in calendar days, with how it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalendarDeadline {
    /// The rule it comes from.
    pub rule: String,
    /// How it stands now.
    pub status: DeadlineStatus,
    /// Day 0.
    pub counted_from: NaiveDate,
    /// How many calendar days are counted.
    pub calendar_days: u32,
    /// Whether they are counted backwards.
    pub before: bool,
    /// The last day in time.
    pub due_on: NaiveDate,
    /// The end of that day: the first moment that is too late.
    pub due_at: Instant,
    /// The IANA time zone in which days begin and end.
    pub time_zone: String,
    /// Every day that was counted, in the order of counting.
    pub days: Vec<CountedDay>,
    /// The same in words.
    pub explanation: String,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub done_at: Option<Instant>,
}

/// A day that was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CountedDay {
    /// The day.
    pub date: NaiveDate,
    /// Which one it is: 1 and on.
    pub number: u32,
    /// How long it is: 23 or 25 hours where the clock changes.
    pub hours: i64,
}

/// What a deadline counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The day of the meeting.
    Meeting,
    /// The day the minutes were sent.
    Sending,
    /// The last day for remarks.
    Remarks,
    /// The day a remark was registered.
    Registration,
}

impl From {
    const fn words(self) -> &'static str {
        match self {
            Self::Meeting => "the day of the meeting",
            Self::Sending => "the day the minutes were sent",
            Self::Remarks => "the last day for remarks",
            Self::Registration => "the day the remark was registered",
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    /// Day 0.
    pub day: NaiveDate,
    /// What it is.
    pub from: From,
    /// How many days.
    pub days: u32,
    /// Backwards.
    pub before: bool,
}

impl Count {
    fn nth(self, number: u32) -> NaiveDate {
        let days = Days::new(u64::from(number));
        let day = if self.before {
            self.day.checked_sub_days(days)
        } else {
            self.day.checked_add_days(days)
        };
        day.unwrap_or(self.day)
    }

    /// The last day in time.
    #[must_use]
    pub fn due_on(self) -> NaiveDate {
        self.nth(self.days)
    }

    /// The first moment that is too late.
    #[must_use]
    pub fn due_at(self, zone: Tz) -> Instant {
        end_of_day(self.due_on(), zone).into()
    }

    /// The first moment of the last day in time.
    #[must_use]
    pub fn last_day_from(self, zone: Tz) -> Instant {
        start_of_day(self.due_on(), zone).into()
    }

    /// The deadline as it stands at `now`, done at `done_at` or not done.
    #[must_use]
    pub fn deadline(self, zone: Tz, done_at: Option<Instant>, now: Instant) -> CalendarDeadline {
        let (due_on, due_at) = (self.due_on(), self.due_at(zone));
        let days = (1..=self.days)
            .map(|number| {
                let date = self.nth(number);
                CountedDay {
                    date,
                    number,
                    hours: hours(date, zone),
                }
            })
            .collect();
        CalendarDeadline {
            rule: "CPS-6".to_owned(),
            status: status(due_at, done_at, now),
            counted_from: self.day,
            calendar_days: self.days,
            before: self.before,
            due_on,
            due_at,
            time_zone: zone.name().to_owned(),
            days,
            explanation: format!(
                "{} calendar {} {} {}, {}, is {due_on}. In time until that day is over in {zone}: before {due_at}.",
                self.days,
                if self.days == 1 { "day" } else { "days" },
                if self.before { "before" } else { "after" },
                self.day,
                self.from.words(),
            ),
            done_at,
        }
    }
}

impl CalendarDeadline {
    /// The same as a period in which something may be done and need not.
    #[must_use]
    pub fn into_period(mut self) -> Self {
        if self.status == DeadlineStatus::Overdue {
            self.status = DeadlineStatus::Over;
        }
        self
    }
}

/// How a deadline stands.
#[must_use]
pub fn status(due_at: Instant, done_at: Option<Instant>, now: Instant) -> DeadlineStatus {
    match done_at {
        Some(at) if at < due_at => DeadlineStatus::Met,
        Some(_) => DeadlineStatus::Late,
        None if now < due_at => DeadlineStatus::Open,
        None => DeadlineStatus::Overdue,
    }
}

/// How many hours a local day has.
fn hours(date: NaiveDate, zone: Tz) -> i64 {
    (end_of_day(date, zone) - start_of_day(date, zone)).num_hours()
}

/// The local day of an instant.
#[must_use]
pub fn day_of(at: Instant, zone: Tz) -> NaiveDate {
    local_date(at.utc(), zone)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration, Utc};
    use chrono_tz::Europe::Copenhagen;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Instant {
        text.parse::<DateTime<Utc>>().unwrap().into()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn after(from: &str, days: u32) -> Count {
        Count {
            day: day(from),
            from: From::Sending,
            days,
            before: false,
        }
    }

    #[test]
    fn cps_6_the_seventh_local_day_counts_to_its_end_on_both_sides_of_a_change_of_the_clock() {
        // Winter, over the change to summer time, summer, over the change to winter time.
        for (sent, due) in [
            ("2026-01-12", "2026-01-19T23:00:00Z"),
            ("2026-03-25", "2026-04-01T22:00:00Z"),
            ("2026-03-22", "2026-03-29T22:00:00Z"),
            ("2026-06-01", "2026-06-08T22:00:00Z"),
            ("2026-10-18", "2026-10-25T23:00:00Z"),
            ("2026-10-22", "2026-10-29T23:00:00Z"),
        ] {
            let count = after(sent, 7);
            assert_eq!(count.due_at(Copenhagen), at(due), "{sent}");
            let last = count.due_at(Copenhagen) + Duration::seconds(-1);
            assert_eq!(day_of(last, Copenhagen), day(sent) + Days::new(7));
            assert_eq!(status(at(due), Some(last), at(due)), DeadlineStatus::Met);
            assert_eq!(
                status(at(due), Some(at(due)), at(due)),
                DeadlineStatus::Late
            );
            assert_eq!(status(at(due), None, last), DeadlineStatus::Open);
            assert_eq!(status(at(due), None, at(due)), DeadlineStatus::Overdue);
        }
    }

    #[test]
    fn cps_6_an_agenda_is_due_seven_days_before() {
        let count = Count {
            day: day("2026-04-01"),
            from: From::Meeting,
            days: 7,
            before: true,
        };
        let deadline = count.deadline(Copenhagen, None, at("2026-03-20T12:00:00Z"));
        assert_eq!(deadline.due_on, day("2026-03-25"));
        assert_eq!(deadline.due_at, at("2026-03-25T23:00:00Z"));
        assert_eq!(deadline.days.len(), 7);
        let short: Vec<NaiveDate> = deadline
            .days
            .iter()
            .filter(|day| day.hours == 23)
            .map(|day| day.date)
            .collect();
        assert_eq!(short, [day("2026-03-29")]);
        assert_eq!(
            deadline.explanation,
            "7 calendar days before 2026-04-01, the day of the meeting, is 2026-03-25. In time until that day is over in Europe/Copenhagen: before 2026-03-25T23:00:00Z."
        );
    }

    proptest! {
        #[test]
        fn cps_6_a_deadline_names_every_day_once(offset in 0_u64..4000, days in 0_u32..60, before: bool) {
            let from = day("2020-01-01") + Days::new(offset);
            let count = Count { day: from, from: From::Meeting, days, before };
            let deadline = count.deadline(Copenhagen, None, at("2026-03-20T12:00:00Z"));
            prop_assert_eq!(deadline.days.len(), days as usize);
            let mut last = from;
            for (index, counted) in deadline.days.iter().enumerate() {
                prop_assert_eq!(counted.number as usize, index + 1);
                let next = if before { last.pred_opt() } else { last.succ_opt() };
                prop_assert_eq!(Some(counted.date), next);
                prop_assert!((23..=25).contains(&counted.hours));
                last = counted.date;
            }
            prop_assert_eq!(last, deadline.due_on);
            prop_assert_eq!(day_of(deadline.due_at, Copenhagen), deadline.due_on.succ_opt().unwrap());
        }
    }
}
