//! Swedish numbers: personnummer and samordningsnummer (ID-3).
//!
//! Sources: folkbokföringslagen (1991:481) § 18 and 18 a; Skatteverket, SKV 704 and SKV 707.

use chrono::{Datelike, NaiveDate};

use super::check_digits::{digits, luhn};
use super::{IdentifierError, IdentifierSystem};

/// The normal form (twelve digits) of a personnummer or samordningsnummer.
pub(super) fn parse(
    system: IdentifierSystem,
    compact: &str,
    today: NaiveDate,
) -> Result<String, IdentifierError> {
    let format = IdentifierError::Format(system);
    let value = match compact.len() {
        10 if digits(compact).is_some() => return Err(IdentifierError::CenturyMissing),
        11 => with_century(compact, today).ok_or(format)?,
        12 => compact.to_owned(),
        // The century is written out, so the separator says nothing more; it must not lie though.
        13 => {
            let (date, serial) = compact.split_at_checked(8).ok_or(format)?;
            let year: i32 = date.get(0..4).and_then(|y| y.parse().ok()).ok_or(format)?;
            match serial.split_at_checked(1).ok_or(format)? {
                ("-", serial) => format!("{date}{serial}"),
                ("+", serial) if year <= today.year() - 100 => format!("{date}{serial}"),
                _ => return Err(format),
            }
        }
        _ => return Err(format),
    };
    let all = digits(&value).filter(|d| d.len() == 12).ok_or(format)?;

    let coordination = is_coordination_number(&value);
    match system {
        IdentifierSystem::Samordningsnummer if !coordination => {
            return Err(IdentifierError::OtherSystem(IdentifierSystem::Personnummer));
        }
        IdentifierSystem::Personnummer if coordination => {
            return Err(IdentifierError::OtherSystem(
                IdentifierSystem::Samordningsnummer,
            ));
        }
        _ => {}
    }
    let date = birth_date(&value).ok_or(IdentifierError::DateDoesNotExist)?;
    if date > today {
        return Err(IdentifierError::DateInFuture);
    }
    // Skatteverket stores 18, 19 or 20 as the century: these twelve digits are something else.
    if date.year() < 1800 {
        return Err(format);
    }
    if value.get(8..11) == Some("000") {
        return Err(IdentifierError::SerialZero);
    }
    // Luhn covers the ten digits of the short form; the century is not part of it.
    if !all.get(2..).is_some_and(luhn) {
        return Err(IdentifierError::CheckDigit);
    }
    Ok(value)
}

/// `YYMMDD-NNNN` with the century put before it.
///
/// The separator turns from `-` to `+` on New Year's Day of the year the person turns 100, whatever
/// the birthday (ID-3); so the sign and the current year give the century.
fn with_century(compact: &str, today: NaiveDate) -> Option<String> {
    let (date, rest) = compact.split_at_checked(6)?;
    let (sign, serial) = rest.split_at_checked(1)?;
    let latest = match sign {
        "-" => today.year(),
        "+" => today.year() - 100,
        _ => return None,
    };
    let year_of_century: i32 = date.get(0..2)?.parse().ok()?;
    let century = (latest - (latest - year_of_century).rem_euclid(100)) / 100;
    Some(format!("{century:02}{date}{serial}"))
}

fn is_coordination_number(value: &str) -> bool {
    day(value).is_some_and(|day| day > 60)
}

fn day(value: &str) -> Option<u32> {
    value.get(6..8)?.parse().ok()
}

/// The date of birth in a normalised number; 60 is taken from the day of a samordningsnummer.
pub(super) fn birth_date(value: &str) -> Option<NaiveDate> {
    let day = day(value)?;
    NaiveDate::from_ymd_opt(
        value.get(0..4)?.parse().ok()?,
        value.get(4..6)?.parse().ok()?,
        if day > 60 { day - 60 } else { day },
    )
}

#[cfg(test)]
mod tests {
    use super::super::{AdministrativeSex, Identifier};
    use super::*;
    use IdentifierSystem::{Personnummer, Samordningsnummer};
    use proptest::prelude::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()
    }

    fn parsed(system: IdentifierSystem, raw: &str) -> Result<Identifier, IdentifierError> {
        Identifier::parse(system, raw, today())
    }

    #[test]
    fn id_3_ten_and_twelve_digits_are_one_number() {
        // Numbers of Inera's test environment.
        for raw in [
            "199002222397",
            "19900222-2397",
            "900222-2397",
            "900222 - 2397",
        ] {
            assert_eq!(parsed(Personnummer, raw).unwrap().value(), "199002222397");
        }
        for raw in ["189002029800", "18900202+9800"] {
            assert_eq!(parsed(Personnummer, raw).unwrap().value(), "189002029800");
        }
        assert_eq!(
            parsed(Personnummer, "9002222397"),
            Err(IdentifierError::CenturyMissing)
        );
    }

    #[test]
    fn id_3_plus_from_the_year_the_person_turns_100() {
        // Born on the last day of 1926: turns 100 in 2026, so '+' from 1 January 2026 on.
        let number = "261231+9810";
        let number = parsed(Personnummer, number).unwrap();
        assert_eq!(number.birth_date(), NaiveDate::from_ymd_opt(1926, 12, 31));
        let in_2025 = NaiveDate::from_ymd_opt(2025, 12, 31).unwrap();
        let before = Identifier::parse(Personnummer, "261231-9810", in_2025).unwrap();
        assert_eq!(before, number);
        assert_eq!(
            parsed(Personnummer, "261231-9810"),
            Err(IdentifierError::DateInFuture)
        );
        assert_eq!(
            parsed(Personnummer, "19900222+2397"),
            Err(IdentifierError::Format(Personnummer))
        );
    }

    #[test]
    fn id_3_samordningsnummer_has_60_added_to_the_day() {
        let number = parsed(Samordningsnummer, "196109732393").unwrap();
        assert_eq!(number.birth_date(), NaiveDate::from_ymd_opt(1961, 9, 13));
        assert_eq!(number.sex(), Some(AdministrativeSex::Male));
        assert_eq!(
            parsed(Personnummer, "196109732393"),
            Err(IdentifierError::OtherSystem(Samordningsnummer))
        );
        assert_eq!(
            parsed(Samordningsnummer, "199002222397"),
            Err(IdentifierError::OtherSystem(Personnummer))
        );
    }

    #[test]
    fn id_3_serial_000_luhn_and_date_are_checked() {
        assert_eq!(
            parsed(Personnummer, "199002220003"),
            Err(IdentifierError::SerialZero)
        );
        assert_eq!(
            parsed(Personnummer, "199002222398"),
            Err(IdentifierError::CheckDigit)
        );
        assert_eq!(
            parsed(Personnummer, "199002302397"),
            Err(IdentifierError::DateDoesNotExist)
        );
        assert_eq!(
            parsed(Personnummer, "009002222397"),
            Err(IdentifierError::Format(Personnummer))
        );
    }

    /// Verdicts of the PyPI package `personnummer`; see tests/oracles/README.md.
    #[test]
    fn id_3_agrees_with_the_independent_library() {
        let oracle = include_str!("../../tests/oracles/personnummer.csv");
        let mut seen = 0;
        for record in csv::Reader::from_reader(oracle.as_bytes()).records() {
            let record = record.unwrap();
            let (number, valid) = (&record[0], &record[1] == "valid");
            let results = [Personnummer, Samordningsnummer].map(|s| parsed(s, number));
            let accepted = results.iter().flatten().next();
            assert_eq!(accepted.is_some(), valid, "{number}");
            if let Some(identifier) = accepted {
                assert_eq!(identifier.value(), &record[2], "{number}");
                let coordination = identifier.system() == Samordningsnummer;
                assert_eq!(coordination, &record[3] == "samordningsnummer", "{number}");
                assert_eq!(identifier.birth_date().unwrap().to_string(), &record[4]);
                let male = identifier.sex() == Some(AdministrativeSex::Male);
                assert_eq!(male, &record[5] == "male", "{number}");
            }
            seen += 1;
        }
        assert!(seen >= 1000, "{seen} rows");
    }

    proptest! {
        #[test]
        fn id_3_any_text_is_answered(raw in "[0-9+\\-A-Zåß ]{0,15}") {
            for system in [Personnummer, Samordningsnummer] {
                if let Ok(number) = parsed(system, &raw) {
                    prop_assert_eq!(number.value().len(), 12);
                    prop_assert_eq!(parsed(system, number.value()), Ok(number));
                }
            }
        }
    }
}
