//! Between instants and local days. A programme's time zone decides which day a referral was received
//! on (APS-4), and when that day is over.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The date on the wall in this time zone at this instant.
#[must_use]
pub fn local_date(instant: DateTime<Utc>, tz: Tz) -> NaiveDate {
    instant.with_timezone(&tz).date_naive()
}

/// The end of a local day: the first instant that is not in it any more (exclusive), which is the
/// first instant of the next local day. Compare with `<`.
///
/// Right across changes of the clock: the day is 23 or 25 hours long where the zone says so, and where
/// midnight itself is skipped the next day begins with the first minute that exists.
#[must_use]
pub fn end_of_day(date: NaiveDate, tz: Tz) -> DateTime<Utc> {
    let Some(next) = date.succ_opt() else {
        return DateTime::<Utc>::MAX_UTC;
    };
    let midnight = next.and_time(NaiveTime::MIN);
    // A skipped midnight is at most a skipped day away (Samoa, 30 December 2011).
    (0..=2 * 24 * 60)
        .filter_map(|minutes| midnight.checked_add_signed(TimeDelta::minutes(minutes)))
        .find_map(|local| match tz.from_local_datetime(&local) {
            LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => {
                Some(instant.with_timezone(&Utc))
            }
            LocalResult::None => None,
        })
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The first instant of the local day `date` in `tz`: the end of the day before it.
#[must_use]
pub fn start_of_day(date: NaiveDate, tz: Tz) -> DateTime<Utc> {
    date.pred_opt()
        .map_or(DateTime::<Utc>::MIN_UTC, |before| end_of_day(before, tz))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Days;
    use chrono_tz::{
        America::Havana, America::Santiago, Europe::Copenhagen, Europe::Stockholm, Pacific::Apia,
    };
    use proptest::prelude::*;

    fn end(date: &str, tz: Tz) -> String {
        end_of_day(date.parse().unwrap(), tz).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    #[test]
    fn aps_4_day_of_receipt_is_the_local_one() {
        let late: DateTime<Utc> = "2026-06-08T22:30:00Z".parse().unwrap();
        assert_eq!(local_date(late, Copenhagen).to_string(), "2026-06-09");
        assert_eq!(local_date(late, Tz::UTC).to_string(), "2026-06-08");
    }

    #[test]
    fn end_of_day_is_right_when_the_clock_changes() {
        assert_eq!(end("2026-01-15", Copenhagen), "2026-01-15T23:00:00Z");
        assert_eq!(end("2026-07-15", Stockholm), "2026-07-15T22:00:00Z");
        // 29 March 2026 has 23 hours and 25 October 2026 has 25.
        assert_eq!(end("2026-03-28", Copenhagen), "2026-03-28T23:00:00Z");
        assert_eq!(end("2026-03-29", Copenhagen), "2026-03-29T22:00:00Z");
        assert_eq!(end("2026-10-24", Copenhagen), "2026-10-24T22:00:00Z");
        assert_eq!(end("2026-10-25", Copenhagen), "2026-10-25T23:00:00Z");
    }

    #[test]
    fn end_of_day_is_right_where_midnight_is_skipped_or_comes_twice() {
        // Cuba puts the clock back from one to midnight: the day begins at the first of the two.
        assert_eq!(end("2026-10-31", Havana), "2026-11-01T04:00:00Z");
        // Chile puts the clock forward at midnight; Samoa left out 30 December 2011.
        assert_eq!(end("2026-09-05", Santiago), "2026-09-06T04:00:00Z");
        assert_eq!(end("2011-12-29", Apia), "2011-12-30T10:00:00Z");
    }

    #[test]
    fn a_day_begins_where_the_day_before_ends() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let begin = |text| start_of_day(date(text), Copenhagen);
        assert_eq!(
            begin("2026-03-29").to_rfc3339(),
            "2026-03-28T23:00:00+00:00"
        );
        assert_eq!(
            begin("2026-03-30").to_rfc3339(),
            "2026-03-29T22:00:00+00:00"
        );
        assert_eq!(
            start_of_day(NaiveDate::MIN, Copenhagen),
            DateTime::<Utc>::MIN_UTC
        );
    }

    proptest! {
        #[test]
        fn a_day_ends_where_the_next_begins(offset in 0u64..7300, swedish in prop::bool::ANY) {
            let tz = if swedish { Stockholm } else { Copenhagen };
            let date = NaiveDate::from_ymd_opt(2015, 1, 1).unwrap() + Days::new(offset);
            let end = end_of_day(date, tz);
            prop_assert_eq!(local_date(end, tz), date.succ_opt().unwrap());
            prop_assert_eq!(local_date(end - TimeDelta::nanoseconds(1), tz), date);
        }
    }
}
