//! Public holidays of Denmark and Sweden by rule, not by list.
//!
//! Sources: domain.md, "Working days"; Denmark, lov om konsekvenser ved afskaffelsen af store bededag som
//! helligdag (from 2024); Sweden, lag (1989:253) om allmänna helgdagar. The rules are those of 2015–2035, checked there
//! against an independent library (tests/oracles). Other years from 1900 to 2200 are the same rules
//! carried on: Swedish law had Whit Monday until 2004 and not yet 6 June, for example.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CalendarError, Country};

/// The first year that can be asked for.
pub const MIN_YEAR: i32 = 1900;
/// The last year that can be asked for.
pub const MAX_YEAR: i32 = 2200;

/// One public holiday (helligdag / helgdag).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Holiday {
    /// The day itself, in the country's local calendar.
    pub date: NaiveDate,
    /// The name in English.
    pub name: &'static str,
    /// The name in Danish or Swedish.
    pub local_name: &'static str,
}

/// The public holidays of one year, in the order of the calendar. Sundays as such are not listed.
///
/// # Errors
/// [`CalendarError::YearOutOfRange`] outside [`MIN_YEAR`] to [`MAX_YEAR`].
pub fn public_holidays(country: Country, year: i32) -> Result<Vec<Holiday>, CalendarError> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(CalendarError::YearOutOfRange);
    }
    let mut holidays: Vec<Holiday> = in_year(country, year).collect();
    holidays.sort_by_key(|holiday| holiday.date);
    Ok(holidays)
}

/// The public holiday on this day. Where two fall together (1 May and Ascension in 2008), the first of
/// the rules below gives the name.
pub(super) fn holiday_on(country: Country, date: NaiveDate) -> Option<Holiday> {
    in_year(country, date.year()).find(|holiday| holiday.date == date)
}

fn in_year(country: Country, year: i32) -> impl Iterator<Item = Holiday> {
    let rules = match country {
        Country::Denmark => DENMARK,
        Country::Sweden => SWEDEN,
    };
    let easter = easter_sunday(year);
    rules.iter().filter_map(move |(when, name, local_name)| {
        Some(Holiday {
            date: when.in_year(year, easter?)?,
            name,
            local_name,
        })
    })
}

enum When {
    /// Month and day.
    Fixed(u32, u32),
    /// Days after Easter Sunday.
    Easter(i64),
    /// Days after Easter Sunday, the last time in this year.
    EasterUntil(i64, i32),
    /// The first Saturday on or after this month and day.
    Saturday(u32, u32),
}

impl When {
    fn in_year(&self, year: i32, easter: NaiveDate) -> Option<NaiveDate> {
        let after_easter = |days| easter.checked_add_signed(chrono::TimeDelta::days(days));
        match *self {
            Self::Fixed(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Self::Easter(days) => after_easter(days),
            Self::EasterUntil(days, last) if year <= last => after_easter(days),
            Self::EasterUntil(..) => None,
            Self::Saturday(month, day) => {
                let first = NaiveDate::from_ymd_opt(year, month, day)?;
                let wait = Weekday::Sat.days_since(first.weekday());
                first.checked_add_days(Days::new(u64::from(wait)))
            }
        }
    }
}

type Rule = (When, &'static str, &'static str);

const DENMARK: &[Rule] = &[
    (When::Fixed(1, 1), "New Year's Day", "Nytårsdag"),
    (When::Easter(-3), "Maundy Thursday", "Skærtorsdag"),
    (When::Easter(-2), "Good Friday", "Langfredag"),
    (When::Easter(0), "Easter Sunday", "Påskedag"),
    (When::Easter(1), "Easter Monday", "2. påskedag"),
    (
        When::EasterUntil(26, 2023),
        "Great Prayer Day",
        "Store bededag",
    ),
    (When::Easter(39), "Ascension Day", "Kristi himmelfartsdag"),
    (When::Easter(49), "Whit Sunday", "Pinsedag"),
    (When::Easter(50), "Whit Monday", "2. pinsedag"),
    (When::Fixed(12, 25), "Christmas Day", "Juledag"),
    (When::Fixed(12, 26), "Second Day of Christmas", "2. juledag"),
];

const SWEDEN: &[Rule] = &[
    (When::Fixed(1, 1), "New Year's Day", "Nyårsdagen"),
    (When::Fixed(1, 6), "Epiphany", "Trettondedag jul"),
    (When::Easter(-2), "Good Friday", "Långfredagen"),
    (When::Easter(0), "Easter Sunday", "Påskdagen"),
    (When::Easter(1), "Easter Monday", "Annandag påsk"),
    (When::Fixed(5, 1), "May Day", "Första maj"),
    (When::Easter(39), "Ascension Day", "Kristi himmelsfärdsdag"),
    (When::Easter(49), "Whit Sunday", "Pingstdagen"),
    (When::Fixed(6, 6), "National Day", "Sveriges nationaldag"),
    (When::Saturday(6, 20), "Midsummer Day", "Midsommardagen"),
    (
        When::Saturday(10, 31),
        "All Saints' Day",
        "Alla helgons dag",
    ),
    (When::Fixed(12, 25), "Christmas Day", "Juldagen"),
    (
        When::Fixed(12, 26),
        "Second Day of Christmas",
        "Annandag jul",
    ),
];

/// Easter Sunday of the Gregorian calendar, by the anonymous algorithm (Meeus, Jones and Butcher;
/// Meeus, *Astronomical Algorithms*, chapter 8).
fn easter_sunday(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let (century, of_century) = (year.div_euclid(100), year.rem_euclid(100));
    let (leap_centuries, century_rest) = (century.div_euclid(4), century.rem_euclid(4));
    let moon_shift = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let epact = (19 * golden + century - leap_centuries - moon_shift + 15).rem_euclid(30);
    let to_sunday =
        (32 + 2 * century_rest + 2 * (of_century / 4) - epact - of_century % 4).rem_euclid(7);
    let correction = (golden + 11 * epact + 22 * to_sunday) / 451;
    let days = epact + to_sunday - 7 * correction + 114;
    let month = u32::try_from(days / 31).ok()?;
    let day = u32::try_from(days % 31 + 1).ok()?;
    NaiveDate::from_ymd_opt(year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_falls_on_known_dates() {
        for date in [
            "1900-04-15",
            "1961-04-02",
            "2008-03-23",
            "2026-04-05",
            "2038-04-25",
            "2200-04-06",
        ] {
            assert_eq!(easter_sunday(day(date).year()), Some(day(date)));
        }
    }

    /// tests/oracles/holidays.csv is written by the PyPI package `holidays`.
    #[test]
    fn holidays_2015_to_2035_agree_with_the_independent_library() {
        let oracle = include_str!("../../tests/oracles/holidays.csv");
        let mut expected = BTreeSet::new();
        for record in csv::Reader::from_reader(oracle.as_bytes()).records() {
            let record = record.unwrap();
            expected.insert((record[0].to_owned(), day(&record[1])));
        }
        let mut computed = BTreeSet::new();
        for (code, country) in [("DK", Country::Denmark), ("SE", Country::Sweden)] {
            for year in 2015..=2035 {
                for holiday in public_holidays(country, year).unwrap() {
                    computed.insert((code.to_owned(), holiday.date));
                }
            }
        }
        assert_eq!(computed, expected);
        assert_eq!(expected.len(), 492);
    }

    #[test]
    fn great_prayer_day_is_a_holiday_until_2023() {
        assert!(holiday_on(Country::Denmark, day("2023-05-05")).is_some());
        assert_eq!(holiday_on(Country::Denmark, day("2024-04-26")), None);
    }

    #[test]
    fn days_left_to_policy_are_not_public_holidays() {
        for date in ["2026-05-01", "2026-06-05", "2026-12-24", "2026-12-31"] {
            assert_eq!(holiday_on(Country::Denmark, day(date)), None, "{date}");
        }
        for date in ["2026-06-19", "2026-12-24", "2026-12-31"] {
            assert_eq!(holiday_on(Country::Sweden, day(date)), None, "{date}");
        }
    }

    #[test]
    fn every_year_in_range_is_complete_and_sorted() {
        for year in MIN_YEAR..=MAX_YEAR {
            let count = if year <= 2023 { 11 } else { 10 };
            for (country, count) in [(Country::Denmark, count), (Country::Sweden, 13)] {
                let holidays = public_holidays(country, year).unwrap();
                assert_eq!(holidays.len(), count, "{year}");
                assert!(holidays.is_sorted_by_key(|holiday| holiday.date));
            }
        }
    }

    #[test]
    fn years_outside_the_range_are_an_error() {
        for year in [MIN_YEAR - 1, MAX_YEAR + 1, i32::MIN, i32::MAX] {
            assert_eq!(
                public_holidays(Country::Sweden, year),
                Err(CalendarError::YearOutOfRange)
            );
        }
    }
}
