//! Tests of working calendars and deadlines: the worked answers of domain.md and the invariants.

use chrono::Days;
use proptest::prelude::*;

use super::super::{ClosedDay, Country};
use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn yearly(name: &str, month_day: &str) -> ClosedDay {
    ClosedDay {
        name: name.to_owned(),
        month_day: Some(month_day.to_owned()),
        from: None,
        to: None,
    }
}

fn denmark() -> WorkingCalendar {
    WorkingCalendar::new(Country::Denmark, Vec::new()).unwrap()
}

fn pause(from: &str, until: Option<&str>) -> Pause {
    Pause {
        from: day(from),
        until: until.map(day),
    }
}

#[test]
fn aps_4_worked_answers_of_the_domain() {
    for (received, due) in [
        ("2024-04-22", "2024-05-02"),
        ("2026-03-27", "2026-04-13"),
        ("2026-05-08", "2026-05-21"),
        ("2026-12-17", "2026-12-30"),
    ] {
        let deadline = denmark().deadline(day(received), 8, &[]).unwrap();
        assert_eq!(deadline.due_on, Some(day(due)), "received {received}");
    }
    let closed = vec![
        yearly("Juleaftensdag", "12-24"),
        yearly("Nytårsaftensdag", "12-31"),
    ];
    let deadline = WorkingCalendar::new(Country::Denmark, closed)
        .unwrap()
        .deadline(day("2026-12-17"), 8, &[])
        .unwrap();
    assert_eq!(deadline.due_on, Some(day("2027-01-04")));
    let eve = &deadline.days[7];
    assert_eq!(
        (eve.date, eve.reason, eve.name.as_deref()),
        (
            day("2026-12-24"),
            DayReason::ClosedDay,
            Some("Juleaftensdag")
        )
    );
}

#[test]
fn aps_4_every_day_is_explained() {
    let deadline = denmark().deadline(day("2026-05-08"), 8, &[]).unwrap();
    let line = |d: &ExplainedDay| {
        let count = d.counted.map_or("-".to_owned(), |n| n.to_string());
        format!(
            "{} {} {count} {:?} {}",
            d.date,
            d.weekday,
            d.reason,
            d.name.as_deref().unwrap_or("")
        )
    };
    let lines: Vec<String> = deadline.days.iter().map(line).collect();
    assert_eq!(lines[0], "2026-05-08 friday - Received ");
    assert_eq!(lines[1], "2026-05-09 saturday - Weekend ");
    assert_eq!(lines[3], "2026-05-11 monday 1 WorkingDay ");
    assert_eq!(
        lines[6],
        "2026-05-14 thursday - PublicHoliday Kristi himmelfartsdag"
    );
    assert_eq!(lines[13], "2026-05-21 thursday 8 WorkingDay ");
    assert_eq!(lines.len(), 14);
}

#[test]
fn aps_4_day_0_is_the_day_of_receipt_even_on_a_sunday() {
    let deadline = denmark().deadline(day("2026-05-10"), 0, &[]).unwrap();
    assert_eq!(deadline.due_on, Some(day("2026-05-10")));
    assert_eq!(deadline.days.len(), 1);
}

#[test]
fn aps_4_a_day_paused_at_its_end_is_not_counted() {
    let due = |pauses: &[Pause]| {
        let deadline = denmark().deadline(day("2026-06-08"), 3, pauses).unwrap();
        deadline.due_on.unwrap().to_string()
    };
    assert_eq!(due(&[]), "2026-06-11");
    // Paused on Tuesday, running again on Thursday: Tuesday and Wednesday are not counted.
    assert_eq!(
        due(&[pause("2026-06-09", Some("2026-06-11"))]),
        "2026-06-15"
    );
    // Paused and resumed on one day: the clock ran at the day's end.
    assert_eq!(
        due(&[pause("2026-06-09", Some("2026-06-09"))]),
        "2026-06-11"
    );
    // Overlapping pauses are not counted twice.
    let overlapping = [
        pause("2026-06-09", Some("2026-06-11")),
        pause("2026-06-10", Some("2026-06-11")),
    ];
    assert_eq!(due(&overlapping), "2026-06-15");
    // A pause after the due day comes too late.
    assert_eq!(due(&[pause("2026-06-12", None)]), "2026-06-11");
}

#[test]
fn aps_4_a_running_pause_leaves_the_due_day_open() {
    let deadline = denmark()
        .deadline(day("2026-06-08"), 3, &[pause("2026-06-10", None)])
        .unwrap();
    assert_eq!(deadline.due_on, None);
    let reasons: Vec<DayReason> = deadline.days.iter().map(|d| d.reason).collect();
    assert_eq!(
        reasons,
        [
            DayReason::Received,
            DayReason::WorkingDay,
            DayReason::Paused
        ]
    );
}

#[test]
fn json_has_every_field_with_null_where_nothing_is() {
    let deadline = denmark()
        .deadline(day("2026-06-08"), 1, &[pause("2026-06-08", None)])
        .unwrap();
    assert_eq!(
        serde_json::to_string(&deadline).unwrap(),
        concat!(
            r#"{"receivedOn":"2026-06-08","workingDays":1,"dueOn":null,"days":["#,
            r#"{"date":"2026-06-08","weekday":"monday","counted":null,"reason":"received","name":null},"#,
            r#"{"date":"2026-06-09","weekday":"tuesday","counted":null,"reason":"paused","name":null}]}"#
        )
    );
}

#[test]
fn bounds_are_errors() {
    let received = day("2026-06-08");
    let calendar = denmark();
    assert_eq!(
        calendar.deadline(received, MAX_WORKING_DAYS + 1, &[]),
        Err(CalendarError::TooManyWorkingDays)
    );
    assert_eq!(
        calendar.deadline(received, 1, &[pause("2026-06-10", Some("2026-06-09"))]),
        Err(CalendarError::PauseReversed(0))
    );
    for outside in [day("1899-12-31"), day("2201-01-01"), NaiveDate::MAX] {
        assert_eq!(
            calendar.deadline(outside, 1, &[]),
            Err(CalendarError::YearOutOfRange)
        );
    }
    let last = day("2200-12-31");
    assert_eq!(
        calendar.deadline(last, 1, &[]),
        Err(CalendarError::YearOutOfRange)
    );
    assert_eq!(
        calendar.add_working_days(last, 1),
        Err(CalendarError::YearOutOfRange)
    );
}

#[test]
fn a_calendar_that_is_always_closed_ends_in_an_error() {
    let closed = ClosedDay {
        name: "Nedlagt".to_owned(),
        month_day: None,
        from: Some(day("2026-01-01")),
        to: Some(day("2199-12-31")),
    };
    let calendar = WorkingCalendar::new(Country::Sweden, vec![closed]).unwrap();
    let received = day("2026-06-08");
    assert_eq!(
        calendar.deadline(received, 1, &[]),
        Err(CalendarError::NoWorkingDays)
    );
    assert_eq!(
        calendar.add_working_days(received, 1),
        Err(CalendarError::NoWorkingDays)
    );
}

#[test]
fn a_closed_day_that_cannot_be_read_is_refused() {
    let result = WorkingCalendar::new(
        Country::Denmark,
        vec![yearly("Juleaftensdag", "12-24"), yearly("?", "24-12")],
    );
    assert!(matches!(result, Err(CalendarError::ClosedDay(1, _))));
}

fn calendars() -> impl Strategy<Value = WorkingCalendar> {
    let closed = prop::collection::vec((0u64..400, 0u64..20), 0..4);
    (prop::bool::ANY, closed).prop_map(|(danish, closed)| {
        let country = if danish {
            Country::Denmark
        } else {
            Country::Sweden
        };
        let start = day("2026-01-01");
        let mut closed: Vec<ClosedDay> = closed
            .into_iter()
            .map(|(from, length)| ClosedDay {
                name: "Lukket".to_owned(),
                month_day: None,
                from: Some(start + Days::new(from)),
                to: Some(start + Days::new(from + length)),
            })
            .collect();
        closed.push(yearly("Juleaftensdag", "12-24"));
        WorkingCalendar::new(country, closed).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fast_path_agrees_with_the_explanation(
        calendar in calendars(), offset in 0u64..400, count in 0u32..60
    ) {
        let received = day("2026-01-01") + Days::new(offset);
        let deadline = calendar.deadline(received, count, &[]).unwrap();
        prop_assert_eq!(deadline.due_on, Some(calendar.add_working_days(received, count).unwrap()));
    }

    #[test]
    fn aps_4_explanation_is_complete(
        calendar in calendars(),
        offset in 0u64..400,
        count in 1u32..40,
        pauses in prop::collection::vec((0u64..60, prop::option::of(0u64..30)), 0..3),
    ) {
        let received = day("2026-01-01") + Days::new(offset);
        let pauses: Vec<Pause> = pauses
            .into_iter()
            .map(|(from, length)| {
                let from = received + Days::new(from);
                Pause { from, until: length.map(|days| from + Days::new(days)) }
            })
            .collect();
        let deadline = calendar.deadline(received, count, &pauses).unwrap();

        // Every day once and in order.
        for (index, explained) in (0u64..).zip(&deadline.days) {
            prop_assert_eq!(explained.date, received + Days::new(index));
        }
        // Counted days are numbered without a gap, and are exactly the working days that are not paused.
        let numbers: Vec<u32> = deadline.days.iter().filter_map(|d| d.counted).collect();
        prop_assert!(numbers.iter().copied().eq(1..=u32::try_from(numbers.len()).unwrap()));
        for explained in &deadline.days[1..] {
            let paused = pauses.iter().any(|p| p.covers(explained.date));
            let counts = calendar.is_working_day(explained.date) && !paused;
            prop_assert_eq!(explained.counted.is_some(), counts);
            prop_assert_eq!(explained.reason == DayReason::Paused, paused);
        }
        match deadline.due_on {
            Some(due) => {
                prop_assert_eq!(numbers.len(), count as usize);
                prop_assert_eq!(deadline.days.last().unwrap().date, due);
            }
            None => {
                prop_assert!((numbers.len() as u32) < count);
                prop_assert!(pauses.iter().any(|p| p.until.is_none()));
            }
        }
    }
}
