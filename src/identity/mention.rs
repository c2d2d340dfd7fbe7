//! Whether a text that people wrote mentions somebody's identity number (APS-11).
//!
//! A number is split in many ways, and telephone numbers, dates and times of day are split much the
//! same: so it counts how long the parts are that follow each other, and then whether the whole is a
//! number of any system.

use chrono::{Datelike as _, NaiveDate};

use super::{Identifier, IdentifierSystem};

/// A part of a number as it is written.
struct Part<'a> {
    text: &'a str,
    /// What is between it and the part before.
    gap: &'a str,
}

impl Part<'_> {
    fn is_pair(&self) -> bool {
        self.text.len() == 2
    }
}

/// Whether something in the text reads as an identity number: written together, or with white space,
/// dashes, dots or slashes around its date, between the parts of the date, or between pairs.
#[must_use]
pub fn mentions_number(text: &str, today: NaiveDate) -> bool {
    runs(text).iter().any(|run| {
        (0..run.len()).any(|start| {
            let (before, from) = run.split_at(start);
            begins_with_number(before, from, today)
        })
    })
}

/// The parts of the text that have nothing but separators between them. What begins with `+` is a
/// telephone number with its country code, and left out, as are the minutes of `09:15`.
fn runs(text: &str) -> Vec<Vec<Part<'_>>> {
    let mut runs: Vec<Vec<Part<'_>>> = vec![Vec::new()];
    // How many digits of a telephone number are still to come, at the least.
    let mut telephone = 0_usize;
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (gap, from) = rest.split_at(start);
        let end = from
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(from.len());
        // Letters around a number are not of it: every number begins and ends with a digit.
        let word = from
            .split_at(end)
            .0
            .trim_end_matches(|c: char| c.is_ascii_alphabetic());
        rest = from.split_at(word.len()).1;
        // Between digits `+` is the sign of somebody who has turned 100 (ID-3).
        let goes_on = runs.last().is_some_and(|run| !run.is_empty());
        let joined = gap.chars().all(is_separator) || (goes_on && gap == "+");
        if !joined {
            // No country code begins with 0.
            let begins = gap.ends_with('+') && !word.starts_with('0');
            telephone = if begins { 10 } else { 0 };
        }
        if !joined || telephone > 0 {
            runs.push(Vec::new());
        }
        let minutes = gap == ":" && word.len() == 2;
        if telephone > 0 {
            telephone = telephone.saturating_sub(word.len());
        } else if let Some(run) = runs.last_mut()
            && !minutes
        {
            run.push(Part {
                text: word,
                gap: gap.trim(),
            });
        }
    }
    runs
}

/// White space but for a new line, dashes of any kind, dots and slashes.
fn is_separator(c: char) -> bool {
    let is_dash = matches!(
        c,
        '-' | '\u{ad}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    ) || ('\u{2010}'..='\u{2015}').contains(&c);
    is_dash || (c.is_whitespace() && c != '\n') || matches!(c, '.' | '/')
}

/// Whether the parts that follow `before` begin with a number.
fn begins_with_number(before: &[Part<'_>], from: &[Part<'_>], today: NaiveDate) -> bool {
    let split = length(before, from).and_then(|length| from.split_at_checked(length));
    let Some((parts, behind)) = split else {
        return false;
    };
    let written: String = parts.iter().map(|part| part.text).collect();
    let Some((date, rest)) = written.split_at_checked(written.len().saturating_sub(4)) else {
        return false;
    };
    is_number(date, rest, today)
        && !is_date_or_time(before, parts, behind, today)
        && !is_row_of_something_else(before, from)
}

/// How many parts make up a number, by how long each is.
fn length(before: &[Part<'_>], from: &[Part<'_>]) -> Option<usize> {
    let lengths: Vec<usize> = from.iter().take(10).map(|part| part.text.len()).collect();
    match lengths.as_slice() {
        [10 | 12, ..] => Some(1),
        [6 | 8, 4, ..] => Some(2),
        [6, 2, 2, ..] => Some(3),
        [2, 2, 2, 4, ..] => Some(4),
        // With other parts around it, a year is the end of a date, or the beginning of one.
        [4, 2, 2, 4] if before.is_empty() => Some(4),
        [2, 2, 2, 2, 2, ..] => Some(5),
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1] => Some(10),
        _ => None,
    }
}

/// Where the parts of the date are not parted alike, or pairs behind it not as they are, it is days and
/// times of day: `10-12/11 2026`, `26/11-26 10-12`. Four digits may be the year of a date that begins
/// or ends with them.
fn is_date_or_time(
    before: &[Part<'_>],
    parts: &[Part<'_>],
    behind: &[Part<'_>],
    today: NaiveDate,
) -> bool {
    let unlike = match parts {
        [first, month, year, fourth, last] if first.is_pair() => {
            month.gap != year.gap
                || last.gap != month.gap
                || fourth.gap.contains('.') != month.gap.contains('.')
        }
        [first, month, year, _] if first.is_pair() => month.gap != year.gap,
        _ => false,
    };
    let is_year = |part: &Part<'_>| {
        part.text
            .parse::<i32>()
            .is_ok_and(|year| (year - today.year()).abs() <= 5)
    };
    match parts {
        _ if unlike => true,
        [.., day, month, year]
            if (!before.is_empty() || is_year(year)) && is_date(year, month, day) =>
        {
            true
        }
        [.., year] => matches!(behind, [month, day, ..] if is_date(year, month, day)),
        [] => false,
    }
}

fn is_date(year: &Part<'_>, month: &Part<'_>, day: &Part<'_>) -> bool {
    let number = |part: &Part<'_>| part.text.parse::<u16>().ok();
    let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else {
        return false;
    };
    (1900..2200).contains(&year)
        && NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()).is_some()
}

/// Six pairs are two dates, and four are a telephone number: of such a row no five are an identity
/// number.
fn is_row_of_something_else(before: &[Part<'_>], from: &[Part<'_>]) -> bool {
    let behind = from.iter().take_while(|part| part.is_pair()).count();
    let ahead = before.iter().rev().take_while(|part| part.is_pair());
    let row = ahead.count() + behind;
    behind >= 5 && (row == 6 || row.is_multiple_of(4))
}

/// Whether these are the two halves of a number of some system.
fn is_number(date: &str, rest: &str, today: NaiveDate) -> bool {
    // The sign says the century of a short personnummer; which one does not matter here.
    ["-", "+"].into_iter().any(|sign| {
        let number = format!("{date}{sign}{rest}");
        IdentifierSystem::ALL
            .into_iter()
            .any(|system| Identifier::parse(system, &number, today).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    const GAPS: &[&str] = &[
        " ",
        "-",
        " - ",
        "\u{2013}",
        ".",
        "/",
        "\u{a0}",
        " \u{2014} ",
    ];

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 27).unwrap()
    }

    fn found(text: &str) -> bool {
        mentions_number(text, today())
    }

    #[test]
    fn aps_11_a_cpr_number_is_seen_in_a_text() {
        for text in [
            "0101011234",
            "CPR: 010101-1234.",
            "CPR0707614285",
            "(010101 1234)",
            "ring til 32105432, cpr 010101-1234",
            "3 010101-1234",
            "070761 - 4285",
            "070761\u{2013}4285",
            "070761\u{a0}4285",
            "070761.4285",
            "070761/4285",
            "070761 42 85",
            "07-07-61-4285",
            "07/07/61 - 4285",
            "07 07 61 42 85",
            "07.07.61.42.85",
            "07 07 61 - 42 85",
            "0 7 0 7 6 1 4 2 8 5",
            "+070761-4285",
            "+45 20 00 02 01 070761-4285",
            "20 00 02 01 / 07 07 61 4285",
            "07 07 61 42 85 20 00 02 01",
        ] {
            assert!(found(text), "{text}");
        }
    }

    #[test]
    fn aps_11_numbers_of_other_systems_are_seen_in_a_text() {
        for text in [
            // X-eCPR and D-eCPR (ID-2).
            "0707611AB2",
            "erstatningsnummer 070761-7ab2, tak",
            "07 07 61 1AB2",
            "0101800AB1",
            // Personnummer, samordningsnummer and reservnummer (ID-3).
            "199002222397",
            "19900222-2397",
            "19900222 2397",
            "1990-02-22-2397",
            "900222-2397",
            "900222+2397",
            "9002222397",
            "90 02 22 2397",
            "610973-2393",
            "98240301AA06",
        ] {
            assert!(found(text), "{text}");
        }
    }

    #[test]
    fn aps_11_other_numbers_are_none() {
        for text in [
            "",
            "32105432",
            "+450101011234",
            "99010101012345",
            "9901011234",
            "0101-011234",
            "01010112341",
            "199002222398",
            "Den 1. januar 2001 kl. 12.34",
            "+45 20 00 02 01",
            "+45 20 10 02 01 / 20 11 02 03",
            "20 10 02 01 / 20 11 02 03",
            "20 10 02 01 20 11 02 03",
            "(+45) 20 10 02 01",
            "0045 20 10 02 01",
            "2010 0201",
            "070-174 06 05",
            "08-465 004 00",
            "+46 (0)70 174 06 05",
            "0046 70 174 06 05",
            "CVR 12 34 56 78, EAN 5790000000000",
            "2012-03-27 10:30",
            "2012-03-27T10:30:00+02:00",
            "2012-03-27 \u{2013} 2012-04-10",
            "27.03.2012 - 10.04.2012",
            "27.03.2012 09.15",
            "27.03.26 09.15",
            "27-03-26 - 31-12-26",
            "M\u{f8}det er den 10-12/11 2026.",
            "Kurset holdes 10.-12.11.2026 i N\u{e6}stved.",
            "Vi har ferie 01.\u{2013}07.12.2026.",
            "Leveres 10-11/12-2026 mellem 8 og 16",
            "Tirsdag kl. 10 12/11-2026",
            "I uge 12 10.03.2026",
            "M\u{f8}det 26/11-26 10-12",
            "Ring 20 10 02 01 - 24 timer i d\u{f8}gnet.",
            "Ring 21 12 80 10 / 40",
            "Tlf. 22 11 05 63\n4100 Ringsted",
            "02/12\n09/12\n16/12\n06/01\n13/01",
            "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
        ] {
            assert!(!found(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn aps_11_a_cpr_number_is_seen_however_it_is_split(
            day in 1u32..=28, month in 1u32..=12, year in 0u32..100, serial in 0u32..4000,
            gaps in prop::collection::vec(prop::sample::select(GAPS), 2),
        ) {
            // Four digits behind pairs that are a year of these days are taken for one.
            prop_assume!(!(2021..=2031).contains(&serial));
            let [first, second] = [gaps[0], gaps[1]];
            let (head, tail) = (serial / 100, serial % 100);
            for text in [
                format!("cpr {day:02}{month:02}{year:02}{serial:04}."),
                format!("cpr {day:02}{month:02}{year:02}{first}{serial:04}, tak"),
                format!("cpr {day:02}{first}{month:02}{first}{year:02}{second}{serial:04}, tak"),
                format!("cpr {day:02}{first}{month:02}{first}{year:02}{first}{head:02}{first}{tail:02}, tak"),
            ] {
                prop_assert!(found(&text), "{}", text);
            }
        }

        #[test]
        fn aps_11_danish_telephone_numbers_are_none(
            pairs in prop::collection::vec(20u32..100, 8), gap in prop::sample::select(GAPS),
        ) {
            let [a, b, c, d, e, f, g, h] = [0, 1, 2, 3, 4, 5, 6, 7].map(|place: usize| pairs[place]);
            // The second pair may be anything that a month is.
            let b = b % 14;
            for text in [
                format!("+45 {a} {b:02} {c} {d}"),
                format!("+45{a}{b:02}{c}{d}{gap}{e}{f}{g}{h}"),
                format!("ring {a} {b:02} {c} {d}{gap}{e} {f} {g} {h} i dag"),
                format!("ring {a}{b:02} {c}{d}{gap}{e}{f} {g}{h} i dag"),
                format!("ring {a}{b:02}{c}{d}{gap}{e}{f}{g}{h} i dag"),
            ] {
                prop_assert!(!found(&text), "{}", text);
            }
        }

        #[test]
        fn aps_11_dates_and_times_are_none(minutes in 0i64..60 * 366 * 24 * 60, days in 1i64..400) {
            let from = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap().and_time(chrono::NaiveTime::MIN)
                + TimeDelta::minutes(minutes);
            let to = from + TimeDelta::days(days);
            for form in [
                "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M", "%Y-%m-%d %H.%M", "%Y-%m-%d",
                "%d.%m.%Y %H.%M", "%d-%m-%Y kl. %H:%M", "%d.%m.%y %H.%M", "%d/%m %Y",
            ] {
                let (from, to) = (from.format(form), to.format(form));
                prop_assert!(!found(&format!("Mødet er {from}.")), "{}", from);
                prop_assert!(!found(&format!("Mødet varer {from} \u{2013} {to}.")), "{} {}", from, to);
            }
        }

        #[test]
        fn aps_11_no_text_breaks_the_search(text in ".{0,60}|[0-9A-Z+./ \u{2013}-]{0,40}") {
            let _found = found(&text);
        }
    }
}
