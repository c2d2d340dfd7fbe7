//! A programme's calendar: which kind of day each day is.

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Serialize;
use utoipa::ToSchema;

use super::holidays::holiday_on;
use super::{CalendarError, ClosedDay, Country};

/// What a day is to a programme: `workingDay` hverdag / vardag, `weekend` weekend / helg,
/// `publicHoliday` helligdag / helgdag, `closedDay` lukkedag / stängd dag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum DayKind {
    /// The programme works.
    WorkingDay,
    /// Saturday or Sunday.
    Weekend,
    /// A public holiday of the country.
    PublicHoliday,
    /// A day the programme itself is closed on.
    ClosedDay,
}

/// A day's kind and, for a holiday or closed day, its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassifiedDay<'a> {
    /// What the day is.
    pub kind: DayKind,
    /// The local name of the holiday, or the name the programme gave its closed day.
    pub name: Option<&'a str>,
}

/// The country's public holidays and the programme's own closed days.
#[derive(Debug, Clone)]
pub struct WorkingCalendar {
    country: Country,
    closed_days: Vec<ClosedDay>,
}

impl WorkingCalendar {
    /// A calendar for one programme.
    ///
    /// # Errors
    /// [`CalendarError::ClosedDay`] for the first closed day that cannot be read: leaving it out
    /// silently would promise a call on a day nobody is at work.
    pub fn new(country: Country, closed_days: Vec<ClosedDay>) -> Result<Self, CalendarError> {
        for (index, closed_day) in closed_days.iter().enumerate() {
            let problems = closed_day.validate();
            if !problems.is_empty() {
                return Err(CalendarError::ClosedDay(index, problems));
            }
        }
        Ok(Self {
            country,
            closed_days,
        })
    }

    /// What this day is. A holiday keeps its name on a weekend too; a closed day that is a holiday or
    /// a weekend already is shown as that.
    #[must_use]
    pub fn classify(&self, date: NaiveDate) -> ClassifiedDay<'_> {
        let day = |kind, name| ClassifiedDay { kind, name };
        if let Some(holiday) = holiday_on(self.country, date) {
            return day(DayKind::PublicHoliday, Some(holiday.local_name));
        }
        if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            return day(DayKind::Weekend, None);
        }
        match self.closed_days.iter().find(|closed| closed.covers(date)) {
            Some(closed) => day(DayKind::ClosedDay, Some(&closed.name)),
            None => day(DayKind::WorkingDay, None),
        }
    }

    /// Whether the programme works on this day.
    #[must_use]
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        self.classify(date).kind == DayKind::WorkingDay
    }
}
