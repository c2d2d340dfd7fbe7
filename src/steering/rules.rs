//! Who sits when (CPS-5). Pure: periods of whole days, both ends inclusive.

use chrono::NaiveDate;

use super::model::MemberRole;
use crate::platform::error::{Error, FieldError, Result};

/// A seat and when it is held.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    /// What the person does.
    pub role: MemberRole,
    /// The first day.
    pub from_on: NaiveDate,
    /// The last day, where it is known.
    pub until_on: Option<NaiveDate>,
}

/// Whether a period holds a day.
#[must_use]
pub fn holds(from_on: NaiveDate, until_on: Option<NaiveDate>, day: NaiveDate) -> bool {
    from_on <= day && until_on.is_none_or(|end| day <= end)
}

fn overlap(one: Period, other: Period) -> bool {
    let begins_before_end =
        |from: NaiveDate, end: Option<NaiveDate>| end.is_none_or(|end| from <= end);
    begins_before_end(one.from_on, other.until_on) && begins_before_end(other.from_on, one.until_on)
}

/// Refuses a second chair or secretary on any day (CPS-5).
pub fn check_one_at_a_time(others: &[Period], new: Period) -> Result<()> {
    let taken = new.role != MemberRole::Member
        && others
            .iter()
            .any(|other| other.role == new.role && overlap(*other, new));
    if taken {
        Err(Error::conflict(format!(
            "The group has another {} on some of these days, and has one at a time: end that seat first, or name it in `replaces`.",
            new.role
        )))
    } else {
        Ok(())
    }
}

/// Refuses a second seat of the same person on any day: who takes part has one voice and one name in
/// the minutes. `own` are the person's other seats in the group.
pub fn check_one_seat(own: &[Period], new: Period) -> Result<()> {
    if own.iter().any(|other| overlap(*other, new)) {
        Err(Error::conflict(
            "The staff member holds another seat of the group on some of these days: end that seat first, or name it in `replaces`.",
        ))
    } else {
        Ok(())
    }
}

/// A seat begins and ends within the group's own time. Without a last day it is held for as long as
/// the group lasts.
pub fn check_within(seat: Period, group: (NaiveDate, Option<NaiveDate>)) -> Result<()> {
    let mut wrong = Vec::new();
    if seat.from_on < group.0 {
        wrong.push(FieldError::new(
            "/fromOn",
            "beforeGroup",
            "must not lie before the group's own start",
        ));
    }
    if group.1.is_some_and(|end| seat.from_on > end) {
        wrong.push(FieldError::new(
            "/fromOn",
            "afterGroup",
            "must not lie after the group's own end",
        ));
    }
    let last = seat.until_on.zip(group.1);
    if last.is_some_and(|(until, end)| until > end) {
        wrong.push(FieldError::new(
            "/untilOn",
            "afterGroup",
            "must not lie after the group's own end",
        ));
    }
    Error::unless_empty(wrong)
}

/// Only a seat that has not begun is taken back: one that was held stays in the group's story.
pub fn check_not_begun(seat: Period, today: NaiveDate) -> Result<()> {
    if seat.from_on > today {
        Ok(())
    } else {
        Err(Error::conflict(
            "The seat has begun: it is ended with `untilOn`, not taken back.",
        ))
    }
}

/// Which of the roles that a group must have nobody has on this day.
#[must_use]
pub fn vacancies(periods: &[Period], day: NaiveDate) -> Vec<MemberRole> {
    [MemberRole::Chair, MemberRole::Secretary]
        .into_iter()
        .filter(|role| {
            !periods
                .iter()
                .any(|one| one.role == *role && holds(one.from_on, one.until_on, day))
        })
        .collect()
}

/// The last day of a seat that another one follows from `from_on`.
pub fn last_day_before(period: Period, from_on: NaiveDate) -> Result<NaiveDate> {
    let day = from_on
        .pred_opt()
        .filter(|day| period.from_on <= *day)
        .ok_or_else(|| {
            Error::field(
                "/fromOn",
                "order",
                "must be later than the first day of the member who is followed",
            )
        })?;
    Ok(period.until_on.map_or(day, |end| end.min(day)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(offset: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(offset)
    }

    fn period(from: u64, length: Option<u64>) -> Period {
        Period {
            role: MemberRole::Chair,
            from_on: day(from),
            until_on: length.map(|length| day(from + length)),
        }
    }

    proptest! {
        #[test]
        fn cps_5_on_no_day_are_there_two_chairs(
            sent in prop::collection::vec((0_u64..400, prop::option::of(0_u64..200)), 0..8)
        ) {
            let mut kept: Vec<Period> = Vec::new();
            for (from, length) in sent {
                let new = period(from, length);
                let refused = check_one_at_a_time(&kept, new).is_err();
                // By days: every day of a year and a half is looked at.
                let clash = (0..700).any(|offset| {
                    holds(new.from_on, new.until_on, day(offset))
                        && kept.iter().any(|one| holds(one.from_on, one.until_on, day(offset)))
                });
                prop_assert_eq!(refused, clash);
                if !refused {
                    kept.push(new);
                }
            }
            for offset in 0..700 {
                let on = |one: &&Period| holds(one.from_on, one.until_on, day(offset));
                let chairs = kept.iter().filter(on).count();
                prop_assert!(chairs <= 1);
                let vacant = vacancies(&kept, day(offset)).contains(&MemberRole::Chair);
                prop_assert_eq!(vacant, chairs == 0);
            }
        }
    }

    #[test]
    fn cps_5_a_seat_lies_within_the_groups_time() {
        let within = |from, length, end: Option<u64>| {
            check_within(period(from, length), (day(10), end.map(day))).is_ok()
        };
        assert!(within(10, None, None));
        assert!(within(10, None, Some(20)));
        assert!(within(10, Some(10), Some(20)));
        assert!(!within(10, Some(11), Some(20)));
        assert!(!within(9, Some(5), None));
        assert!(!within(21, None, Some(20)));
    }

    #[test]
    fn cps_5_who_is_followed_ends_the_day_before() {
        let open = period(0, None);
        assert_eq!(last_day_before(open, day(10)).unwrap(), day(9));
        assert_eq!(
            last_day_before(period(0, Some(4)), day(10)).unwrap(),
            day(4)
        );
        assert!(last_day_before(open, day(0)).is_err());
        let ended = Period {
            until_on: Some(day(9)),
            ..open
        };
        assert!(check_one_at_a_time(&[ended], period(10, None)).is_ok());
        assert!(check_one_at_a_time(&[ended], period(9, None)).is_err());
        let member = Period {
            role: MemberRole::Member,
            ..open
        };
        assert!(check_one_at_a_time(&[member], member).is_ok());
    }
}
