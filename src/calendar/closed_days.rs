//! The days a programme closes on besides the public holidays: policy data of the programme.
//!
//! Two ways to say it: a day that comes back every year (`monthDay`), or a date or period once (`from`,
//! `to`). One flat object with optional fields, because the contract avoids unions.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A day or period on which the programme is closed (lukkedag / stängd dag). Either `monthDay` for every
/// year, or `from` with or without `to` for once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Juleaftensdag", "monthDay": "12-24"}))]
pub struct ClosedDay {
    /// What the day is called in an explained deadline, 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100, example = "Juleaftensdag")]
    pub name: String,
    /// Month and day, `MM-DD`, closed every year; `02-29` only in leap years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[0-9]{2}-[0-9]{2}$", example = "12-24", nullable = false)]
    pub month_day: Option<String>,
    /// The first closed day of a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<NaiveDate>,
    /// The last closed day of the period, itself closed; without it the period is one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

/// What is wrong with a closed day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedDayProblem {
    /// The name is empty or longer than 100 characters.
    Name,
    /// Neither `monthDay` nor `from`, or both.
    OneOfMonthDayAndFrom,
    /// `monthDay` is not a day of the year written `MM-DD`.
    MonthDay,
    /// `to` without `from`.
    ToWithoutFrom,
    /// `to` before `from`.
    ToBeforeFrom,
}

impl ClosedDayProblem {
    /// The field to point at, as it is called in JSON.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::OneOfMonthDayAndFrom | Self::MonthDay => "monthDay",
            Self::ToWithoutFrom | Self::ToBeforeFrom => "to",
        }
    }

    /// A stable camelCase code for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "closedDayName",
            Self::OneOfMonthDayAndFrom => "closedDayOneOfMonthDayAndFrom",
            Self::MonthDay => "closedDayMonthDay",
            Self::ToWithoutFrom => "closedDayToWithoutFrom",
            Self::ToBeforeFrom => "closedDayToBeforeFrom",
        }
    }

    /// What is wrong and what to do, for a person.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::Name => "Give the closed day a name of 1 to 100 characters.",
            Self::OneOfMonthDayAndFrom => {
                "Give either monthDay (every year) or from (once), and not both."
            }
            Self::MonthDay => "Write monthDay as MM-DD, for example 12-24.",
            Self::ToWithoutFrom => "Give from, the first closed day, together with to.",
            Self::ToBeforeFrom => "Let to be the same day as from, or a later one.",
        }
    }
}

impl ClosedDay {
    /// Everything that is wrong with this closed day; empty where it can be used.
    #[must_use]
    pub fn validate(&self) -> Vec<ClosedDayProblem> {
        let mut problems = Vec::new();
        if self.name.trim().is_empty() || self.name.chars().count() > 100 {
            problems.push(ClosedDayProblem::Name);
        }
        if self.month_day.is_some() == self.from.is_some() {
            problems.push(ClosedDayProblem::OneOfMonthDayAndFrom);
        }
        if self
            .month_day
            .as_deref()
            .is_some_and(|text| parse_month_day(text).is_none())
        {
            problems.push(ClosedDayProblem::MonthDay);
        }
        match (self.from, self.to) {
            (None, Some(_)) => problems.push(ClosedDayProblem::ToWithoutFrom),
            (Some(from), Some(to)) if to < from => problems.push(ClosedDayProblem::ToBeforeFrom),
            _ => {}
        }
        problems
    }

    /// Whether the programme is closed on this day because of this entry.
    pub(super) fn covers(&self, date: NaiveDate) -> bool {
        let yearly = self
            .month_day
            .as_deref()
            .and_then(parse_month_day)
            .is_some_and(|month_day| month_day == (date.month(), date.day()));
        let once = self
            .from
            .is_some_and(|from| from <= date && date <= self.to.unwrap_or(from));
        yearly || once
    }
}

fn parse_month_day(text: &str) -> Option<(u32, u32)> {
    let (month, day) = text.split_once('-')?;
    let two_digits = |part: &str| {
        (part.len() == 2 && part.bytes().all(|c| c.is_ascii_digit()))
            .then(|| part.parse().ok())
            .flatten()
    };
    let (month, day) = (two_digits(month)?, two_digits(day)?);
    // 2000 is a leap year, so 02-29 is a day of it.
    NaiveDate::from_ymd_opt(2000, month, day).map(|_| (month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> ClosedDay {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn both_shapes_read_and_write_as_they_were() {
        for json in [
            r#"{"name":"Juleaftensdag","monthDay":"12-24"}"#,
            r#"{"name":"Kursus","from":"2026-09-01"}"#,
            r#"{"name":"Sommerlukning","from":"2026-07-13","to":"2026-07-24"}"#,
        ] {
            let closed = read(json);
            assert_eq!(closed.validate(), []);
            assert_eq!(serde_json::to_string(&closed).unwrap(), json);
        }
        assert!(serde_json::from_str::<ClosedDay>(r#"{"name":"x","day":"12-24"}"#).is_err());
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        use ClosedDayProblem::{MonthDay, Name, OneOfMonthDayAndFrom, ToBeforeFrom, ToWithoutFrom};
        for (json, problems) in [
            (r#"{"name":"x"}"#, vec![OneOfMonthDayAndFrom]),
            (
                r#"{"name":" ","monthDay":"13-01","to":"2026-01-01"}"#,
                vec![Name, MonthDay, ToWithoutFrom],
            ),
            (r#"{"name":"x","monthDay":"1-1"}"#, vec![MonthDay]),
            (r#"{"name":"x","monthDay":"+1-01"}"#, vec![MonthDay]),
            (
                r#"{"name":"x","monthDay":"02-30","from":"2026-01-02","to":"2026-01-01"}"#,
                vec![OneOfMonthDayAndFrom, MonthDay, ToBeforeFrom],
            ),
        ] {
            assert_eq!(read(json).validate(), problems, "{json}");
        }
    }

    #[test]
    fn a_period_includes_its_last_day() {
        let closed = read(r#"{"name":"x","from":"2026-07-13","to":"2026-07-24"}"#);
        let covers = |text: &str| closed.covers(text.parse().unwrap());
        assert!(!covers("2026-07-12") && covers("2026-07-13"));
        assert!(covers("2026-07-24") && !covers("2026-07-25"));
    }

    #[test]
    fn leap_day_is_closed_in_leap_years() {
        let closed = read(r#"{"name":"x","monthDay":"02-29"}"#);
        assert_eq!(closed.validate(), []);
        assert!(closed.covers("2028-02-29".parse().unwrap()));
        assert!(!closed.covers("2027-03-01".parse().unwrap()));
    }
}
