//! When somebody can have been born who is known now.

use chrono::{Months, NaiveDate};

/// Nobody is known to have become older than 122.
const OLDEST_YEARS: u32 = 130;

/// Checks a date of birth against the day it is.
///
/// # Errors
/// [`BirthDateError::Future`] after today, [`BirthDateError::TooLongAgo`] more than 130 years before.
pub fn check_birth_date(date: NaiveDate, today: NaiveDate) -> Result<(), BirthDateError> {
    let earliest = today.checked_sub_months(Months::new(12 * OLDEST_YEARS));
    if date > today {
        Err(BirthDateError::Future)
    } else if earliest.is_some_and(|earliest| date < earliest) {
        Err(BirthDateError::TooLongAgo)
    } else {
        Ok(())
    }
}

/// A date on which nobody who is known now can have been born.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BirthDateError {
    /// It lies after today.
    Future,
    /// It lies longer ago than anybody lives.
    TooLongAgo,
}

impl BirthDateError {
    /// A stable camelCase code for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Future => "future",
            Self::TooLongAgo => "tooLongAgo",
        }
    }

    /// What is wrong, for a person.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::Future => "lies in the future",
            Self::TooLongAgo => "lies more than 130 years ago",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_birth_is_one_that_somebody_alive_can_have() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let check = |date: &str| check_birth_date(day(date), day("2026-03-27"));
        for date in ["1896-03-27", "1961-07-07", "2026-03-27"] {
            assert_eq!(check(date), Ok(()), "{date}");
        }
        for date in ["0000-01-01", "1026-01-01", "1896-03-26"] {
            assert_eq!(check(date), Err(BirthDateError::TooLongAgo), "{date}");
        }
        assert_eq!(check("2026-03-28"), Err(BirthDateError::Future));
    }
}
