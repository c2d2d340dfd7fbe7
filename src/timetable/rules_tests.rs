//! Availability → times: no overlap, nothing outside a window, the same whatever the order; both
//! changes of the clock in Copenhagen and Stockholm, 2024 to 2030 (HF-6, HAL-2).

use chrono::{Datelike as _, Timelike as _, Weekday as ChronoWeekday};
use chrono_tz::Europe::{Copenhagen, Stockholm};
use proptest::prelude::*;

use super::*;
use crate::calendar::Country;
use crate::platform::id::Id;
use crate::timetable::availability::{DayOff, ExtraWindow, Weekday, WeeklyWindow};

fn kind(n: u128) -> TimeTypeId {
    Id::from_uuid(uuid::Uuid::from_u128(n))
}

fn tod(minutes: u16) -> TimeOfDay {
    TimeOfDay::from_minutes(minutes)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> Instant {
    Instant::from(text.parse::<chrono::DateTime<Utc>>().unwrap())
}

fn danish() -> WorkingCalendar {
    WorkingCalendar::new(Country::Denmark, Vec::new()).unwrap()
}

fn weekly(weekday: Weekday, from: u16, to: u16, kind: TimeTypeId) -> WeeklyWindow {
    WeeklyWindow {
        weekday,
        from: tod(from),
        to: tod(to),
        time_type_id: kind,
        valid_from: None,
        valid_until: None,
    }
}

/// The times of one window on one day of the change of the clock, as `08:00-09:00` on the wall.
fn on(date: &str, from: u16, to: u16, minutes: i32, zone: Tz) -> Vec<Wanted> {
    let date = day(date);
    let availability = Availability {
        extra: vec![ExtraWindow {
            date,
            from: tod(from),
            to: tod(to),
            time_type_id: kind(1),
        }],
        ..Availability::default()
    };
    let all = made(
        &availability,
        &[],
        minutes,
        zone,
        date..date.succ_opt().unwrap(),
    );
    without_overlap(&all, &[])
}

fn made(
    availability: &Availability,
    away: &[Away],
    minutes: i32,
    zone: Tz,
    days: Range<NaiveDate>,
) -> Vec<Wanted> {
    let minutes = HashMap::from([(kind(1), minutes), (kind(2), 20), (kind(3), 55)]);
    candidates(
        &Pattern {
            availability,
            away,
            minutes: &minutes,
            zone,
            calendar: &danish(),
        },
        days,
    )
}

fn starts(times: &[Wanted]) -> Vec<String> {
    times
        .iter()
        .map(|time| time.starts_at.to_string())
        .collect()
}

/// The last Sunday of a month: an oracle that does not ask the time zone data.
fn last_sunday(year: i32, month: u32) -> NaiveDate {
    (1..=31)
        .rev()
        .filter_map(|day| NaiveDate::from_ymd_opt(year, month, day))
        .find(|date| date.weekday() == ChronoWeekday::Sun)
        .unwrap()
}

#[test]
fn hf_6_times_in_the_spring_gap_are_left_out() {
    for zone in [Copenhagen, Stockholm] {
        for year in 2024..=2030 {
            let date = last_sunday(year, 3);
            // 01:00 to 05:00 is three hours long: 02:00 does not exist.
            let times = on(&date.to_string(), 60, 300, 60, zone);
            let expected: Vec<String> = [0, 1, 2]
                .iter()
                .map(|hour| format!("{date}T{hour:02}:00:00Z"))
                .collect();
            assert_eq!(starts(&times), expected, "{zone} {year}");
            // Recurring exactly in the gap: nothing that Sunday.
            assert!(on(&date.to_string(), 120, 180, 30, zone).is_empty());
            assert_eq!(on(&date.to_string(), 150, 210, 30, zone).len(), 1);
        }
    }
}

#[test]
fn hf_6_of_times_that_come_twice_in_autumn_the_first_counts() {
    for zone in [Copenhagen, Stockholm] {
        for year in 2024..=2030 {
            let date = last_sunday(year, 10);
            let before = date.pred_opt().unwrap();
            // 01:00, 02:00 (summer time), 03:00 (winter time): the second 02:00 makes no time.
            let times = on(&date.to_string(), 60, 240, 60, zone);
            let expected = [
                format!("{before}T23:00:00Z"),
                format!("{date}T00:00:00Z"),
                format!("{date}T02:00:00Z"),
            ];
            assert_eq!(starts(&times), expected, "{zone} {year}");
            // A window that ends at 02:30 ends at the first 02:30.
            let times = on(&date.to_string(), 120, 150, 30, zone);
            assert_eq!(starts(&times), [format!("{date}T00:00:00Z")]);
        }
    }
}

#[test]
fn hf_6_a_weekly_time_keeps_its_place_on_the_wall() {
    let availability = Availability {
        weekly: vec![weekly(Weekday::Tuesday, 540, 600, kind(1))],
        ..Availability::default()
    };
    for zone in [Copenhagen, Stockholm] {
        let all = made(
            &availability,
            &[],
            60,
            zone,
            day("2024-01-01")..day("2031-01-01"),
        );
        assert_eq!(all.len(), 366, "the Tuesdays of seven years");
        for time in all {
            let local = time.starts_at.utc().with_timezone(&zone);
            assert_eq!(
                (local.weekday(), local.hour(), local.minute()),
                (ChronoWeekday::Tue, 9, 0)
            );
        }
    }
}

#[test]
fn hf_6_holidays_off_days_and_extra_windows() {
    let mut availability = Availability {
        weekly: vec![weekly(Weekday::Friday, 540, 600, kind(1))],
        public_holidays_off: true,
        ..Availability::default()
    };
    let week = day("2026-03-30")..day("2026-04-06");
    // 3 April 2026 is Good Friday.
    assert!(made(&availability, &[], 60, Copenhagen, week.clone()).is_empty());
    availability.extra = vec![ExtraWindow {
        date: day("2026-04-03"),
        from: tod(600),
        to: tod(660),
        time_type_id: kind(1),
    }];
    let times = made(&availability, &[], 60, Copenhagen, week.clone());
    assert_eq!(starts(&times), ["2026-04-03T08:00:00Z"]);
    availability.public_holidays_off = false;
    availability.days_off = vec![DayOff {
        from: day("2026-04-01"),
        to: Some(day("2026-04-03")),
    }];
    assert_eq!(
        made(&availability, &[], 60, Copenhagen, week.clone()).len(),
        1
    );
    availability.days_off.clear();
    assert_eq!(
        made(&availability, &[], 60, Copenhagen, week.clone()).len(),
        2
    );
    let away = [Away {
        from: at("2026-04-03T07:30:00Z"),
        until: Some(at("2026-04-03T08:00:00Z")),
    }];
    let times = made(&availability, &away, 60, Copenhagen, week);
    assert_eq!(starts(&times), ["2026-04-03T08:00:00Z"]);
}

fn windows() -> impl Strategy<Value = Vec<(usize, u16, u16, u128)>> {
    prop::collection::vec((0_usize..7, 0_u16..140, 1_u16..60, 1_u128..4), 0..7)
}

fn pattern_of(windows: &[(usize, u16, u16, u128)]) -> Availability {
    Availability {
        weekly: windows
            .iter()
            .map(|(weekday, from, length, n)| {
                let to = (from * 10 + length * 10).min(1440);
                weekly(Weekday::ALL[*weekday], from * 10, to, kind(*n))
            })
            .collect(),
        ..Availability::default()
    }
}

/// Does what a plan says.
fn carry_out(plan: &Plan, mut there: Vec<Existing>) -> Vec<Existing> {
    there.retain(|one| !plan.drop.contains(&one.id));
    for (id, outside) in &plan.mark {
        for one in &mut there {
            if one.id == *id {
                one.outside = *outside;
            }
        }
    }
    there.extend(plan.add.iter().map(|time| Existing {
        id: Id::new(),
        time: *time,
        origin: SlotOrigin::Availability,
        state: SlotState::Open,
        booked: false,
        outside: false,
    }));
    there
}

fn seen(there: &[Existing]) -> Vec<(Wanted, bool, bool)> {
    let mut all: Vec<_> = there
        .iter()
        .map(|one| (one.time, one.booked, one.outside))
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn a_time_book_is_not_called_after_its_volunteer() {
    let person = PersonName {
        given: "Anna-Lise".into(),
        family: "Prøvesen".into(),
    };
    for name in [
        "Lises tider",
        "ANNA",
        "Fru Prøvesens mandage",
        "Tider (Lise)",
    ] {
        assert!(names(name, &person), "{name}");
    }
    for name in ["Aftentider", "Telefon 2", "Annas", "Analyse"] {
        assert_eq!(names(name, &person), name == "Annas", "{name}");
    }
}

proptest! {
    /// Never an overlap, never outside a window, and the order of the windows does not matter.
    #[test]
    fn hf_6_times_neither_overlap_nor_leave_their_window(
        windows in windows(), minutes in 5_i32..200, start in 0_u64..2500, swedish: bool, turn in 0_usize..7,
    ) {
        let zone = if swedish { Stockholm } else { Copenhagen };
        let from = day("2024-01-01") + Days::new(start);
        let days = from..from + Days::new(20);
        let availability = pattern_of(&windows);
        let all = made(&availability, &[], minutes, zone, days.clone());
        let times = without_overlap(&all, &[]);
        for pair in times.windows(2) {
            prop_assert!(pair[0].ends_at <= pair[1].starts_at);
        }
        for time in &times {
            let local = time.starts_at.utc().with_timezone(&zone);
            prop_assert!(days.contains(&local.date_naive()));
            let end = time.ends_at.utc().with_timezone(&zone);
            let minute = |at: &chrono::DateTime<Tz>| u16::try_from(at.hour() * 60 + at.minute()).unwrap();
            let inside = availability.weekly.iter().any(|window| {
                let last = if end.date_naive() == local.date_naive() { minute(&end) } else { 1440 };
                window.holds_on(local.date_naive())
                    && window.time_type_id == time.time_type_id
                    && window.from.minutes() <= minute(&local)
                    && last <= window.to.minutes()
            });
            prop_assert!(inside, "{time:?}");
        }
        let mut turned = windows.clone();
        if !turned.is_empty() {
            let by = turn % turned.len();
            turned.rotate_left(by);
            turned.extend_from_within(..1);
        }
        prop_assert_eq!(made(&pattern_of(&turned), &[], minutes, zone, days), all);
    }

    /// Whatever edits came before, the last one decides; what is booked stays.
    #[test]
    fn hf_6_the_same_result_whatever_the_order_of_edits(
        edits in prop::collection::vec(windows(), 1..4), last in windows(),
        booked in prop::collection::vec(0_usize..40, 0..4), manual in prop::collection::vec((0_i64..13, 0_i64..24), 0..3),
    ) {
        let days = day("2026-03-20")..day("2026-04-03");
        let now = at("2026-03-22T09:15:00Z");
        let plan_of = |windows: &[_]| made(&pattern_of(windows), &[], 45, Copenhagen, days.clone());
        // Entered by hand beside each other, and some of the first edit's times booked.
        let mut there: Vec<Existing> = Vec::new();
        for (d, h) in manual {
            let starts_at = at("2026-03-20T00:10:00Z") + Duration::hours(d * 24 + h);
            let time = Wanted { starts_at, ends_at: starts_at + Duration::minutes(50), time_type_id: kind(1) };
            if there.iter().all(|one| one.time != time) {
                there.push(Existing { id: Id::new(), time, origin: SlotOrigin::Manual, state: SlotState::Open, booked: false, outside: false });
            }
        }
        there = carry_out(&reconcile(&plan_of(&edits[0]), &there, now), there);
        for index in booked {
            let count = there.len();
            if count > 0 {
                there[index % count].booked = true;
            }
        }
        let direct = carry_out(&reconcile(&plan_of(&last), &there, now), there.clone());
        let mut long = there;
        for edit in edits.iter().skip(1).rev() {
            long = carry_out(&reconcile(&plan_of(edit), &long, now), long);
        }
        long = carry_out(&reconcile(&plan_of(&last), &long, now), long);
        prop_assert_eq!(seen(&direct), seen(&long));
        // Once in agreement, nothing is left to do: the clock job may run as often as it likes.
        prop_assert_eq!(reconcile(&plan_of(&last), &long, now), Plan::default());
        let mut times: Vec<Wanted> = long.iter().map(|one| one.time).collect();
        times.sort_unstable();
        for pair in times.windows(2) {
            prop_assert!(pair[0].ends_at <= pair[1].starts_at);
        }
    }
}
