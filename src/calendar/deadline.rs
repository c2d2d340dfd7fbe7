//! A deadline in working days that says, for every day, whether it was counted and why (APS-4).

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CalendarError, DayKind, MAX_YEAR, MIN_YEAR, WorkingCalendar};

/// The longest deadline, in working days: about a year and a half.
pub const MAX_WORKING_DAYS: u32 = 400;

/// How far a search goes, in calendar days: ten years. 400 working days need about 600, so only a calendar
/// that is closed or paused nearly always gets here.
const HORIZON_DAYS: usize = 3653;

/// A time in which the clock stands still, for example while a supplement is awaited (APS-4).
///
/// A day is not counted when the clock is paused at its end: `from <= day < until`. Without `until` the
/// pause is still running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// The first day that is not counted.
    pub from: NaiveDate,
    /// The first day that is counted again.
    pub until: Option<NaiveDate>,
}

impl Pause {
    fn covers(self, date: NaiveDate) -> bool {
        self.from <= date && self.until.is_none_or(|until| date < until)
    }
}

/// A deadline in working days (frist i hverdage / tidsfrist i vardagar), with its explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deadline {
    /// Day 0: the local date of receipt.
    pub received_on: NaiveDate,
    /// How many working days the deadline has.
    #[schema(maximum = 400)]
    pub working_days: u32,
    /// The last day on which the deadline is kept; null while the clock is paused.
    #[schema(required = true)]
    pub due_on: Option<NaiveDate>,
    /// Every day from receipt to the due day, or to the day on which a running pause began.
    pub days: Vec<ExplainedDay>,
}

/// One day of a deadline's explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedDay {
    /// The day.
    pub date: NaiveDate,
    /// The day of the week in English, lower case.
    #[schema(example = "monday")]
    pub weekday: &'static str,
    /// The running number of a counted day, from 1; null for a day that is not counted.
    #[schema(required = true)]
    pub counted: Option<u32>,
    /// Why the day is counted or not.
    pub reason: DayReason,
    /// The holiday's Danish or Swedish name, or the programme's name of its closed day; null otherwise.
    #[schema(required = true)]
    pub name: Option<String>,
}

/// Why a day is counted or not: `received` modtaget / mottagen (day 0), `workingDay` hverdag / vardag
/// (the only one that counts), `weekend` weekend / helg, `publicHoliday` helligdag / helgdag,
/// `closedDay` lukkedag / stängd dag, `paused` på pause / pausad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum DayReason {
    /// The day of receipt, day 0.
    Received,
    /// A working day: counted.
    WorkingDay,
    /// Saturday or Sunday.
    Weekend,
    /// A public holiday.
    PublicHoliday,
    /// The programme is closed.
    ClosedDay,
    /// The clock is paused, whatever day it is.
    Paused,
}

impl WorkingCalendar {
    /// The deadline of `working_days` working days after `received`, which is day 0 (APS-4).
    ///
    /// A pause that is still running leaves `due_on` empty, and the explanation stops at its first day.
    /// A pause that begins after the due day changes nothing.
    ///
    /// # Errors
    /// [`CalendarError::TooManyWorkingDays`] over [`MAX_WORKING_DAYS`]; [`CalendarError::YearOutOfRange`]
    /// where receipt or due day is outside the years known; [`CalendarError::PauseReversed`];
    /// [`CalendarError::NoWorkingDays`] where the count is not reached within ten years.
    pub fn deadline(
        &self,
        received: NaiveDate,
        working_days: u32,
        pauses: &[Pause],
    ) -> Result<Deadline, CalendarError> {
        let days = days_after(received, working_days)?;
        let reversed = |pause: &Pause| pause.until.is_some_and(|until| until < pause.from);
        if let Some(index) = pauses.iter().position(reversed) {
            return Err(CalendarError::PauseReversed(index));
        }
        let mut deadline = Deadline {
            received_on: received,
            working_days,
            due_on: (working_days == 0).then_some(received),
            days: vec![explained(received, None, DayReason::Received, None)],
        };
        if deadline.due_on.is_some() {
            return Ok(deadline);
        }
        let mut counted = 0;
        for date in days {
            let date = date?;
            let mut pause = pauses.iter().filter(|pause| pause.covers(date)).peekable();
            if pause.peek().is_some() {
                let running = pause.any(|pause| pause.until.is_none());
                deadline
                    .days
                    .push(explained(date, None, DayReason::Paused, None));
                if running {
                    return Ok(deadline);
                }
                continue;
            }
            let day = self.classify(date);
            let (reason, number) = match day.kind {
                DayKind::WorkingDay => {
                    counted += 1;
                    (DayReason::WorkingDay, Some(counted))
                }
                DayKind::Weekend => (DayReason::Weekend, None),
                DayKind::PublicHoliday => (DayReason::PublicHoliday, None),
                DayKind::ClosedDay => (DayReason::ClosedDay, None),
            };
            deadline
                .days
                .push(explained(date, number, reason, day.name));
            if counted == working_days {
                deadline.due_on = Some(date);
                return Ok(deadline);
            }
        }
        Err(CalendarError::NoWorkingDays)
    }

    /// The due day of [`WorkingCalendar::deadline`] without pauses, without building the explanation.
    ///
    /// # Errors
    /// As [`WorkingCalendar::deadline`].
    pub fn add_working_days(
        &self,
        received: NaiveDate,
        working_days: u32,
    ) -> Result<NaiveDate, CalendarError> {
        let days = days_after(received, working_days)?;
        if working_days == 0 {
            return Ok(received);
        }
        let mut counted = 0;
        for date in days {
            let date = date?;
            counted += u32::from(self.is_working_day(date));
            if counted == working_days {
                return Ok(date);
            }
        }
        Err(CalendarError::NoWorkingDays)
    }
}

/// The bounded walk both computations share: the days after receipt, at most [`HORIZON_DAYS`] of them.
fn days_after(
    received: NaiveDate,
    working_days: u32,
) -> Result<impl Iterator<Item = Result<NaiveDate, CalendarError>>, CalendarError> {
    if working_days > MAX_WORKING_DAYS {
        return Err(CalendarError::TooManyWorkingDays);
    }
    let following = within_years(received)?.iter_days().skip(1);
    Ok(following.take(HORIZON_DAYS).map(within_years))
}

fn within_years(date: NaiveDate) -> Result<NaiveDate, CalendarError> {
    if (MIN_YEAR..=MAX_YEAR).contains(&date.year()) {
        Ok(date)
    } else {
        Err(CalendarError::YearOutOfRange)
    }
}

fn explained(
    date: NaiveDate,
    counted: Option<u32>,
    reason: DayReason,
    name: Option<&str>,
) -> ExplainedDay {
    let weekday = match date.weekday() {
        Weekday::Mon => "monday",
        Weekday::Tue => "tuesday",
        Weekday::Wed => "wednesday",
        Weekday::Thu => "thursday",
        Weekday::Fri => "friday",
        Weekday::Sat => "saturday",
        Weekday::Sun => "sunday",
    };
    ExplainedDay {
        date,
        weekday,
        counted,
        reason,
        name: name.map(str::to_owned),
    }
}

#[cfg(test)]
#[path = "deadline_tests.rs"]
mod tests;
