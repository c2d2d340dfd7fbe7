//! Danish numbers: CPR (ID-1) and the two replacement numbers X-eCPR and D-eCPR (ID-2).
//!
//! Sources: cpr.dk, "Personnummeret i CPR-systemet"; HL7 Denmark, DK Core profiles
//! `dk-core-x-ecpr-identifier` and `dk-core-d-ecpr-identifier`.

use chrono::NaiveDate;

use super::check_digits::{digits, modulus_11};
use super::{IdentifierError, IdentifierSystem};

/// The normal form (ten characters, no separator) of a Danish number of this system.
pub(super) fn parse(
    system: IdentifierSystem,
    compact: &str,
    today: NaiveDate,
) -> Result<String, IdentifierError> {
    let value = match compact.split_once('-') {
        Some((date, rest)) if date.len() == 6 => format!("{date}{rest}"),
        _ => compact.to_owned(),
    };
    let written_as = classify(&value).ok_or(IdentifierError::Format(system))?;
    if written_as != system {
        return Err(IdentifierError::OtherSystem(written_as));
    }
    let date = birth_date(&value).ok_or(IdentifierError::DateDoesNotExist)?;
    if date > today {
        return Err(IdentifierError::DateInFuture);
    }
    Ok(value)
}

/// Which system ten characters are written in: the seventh and the two after it decide (ID-2).
fn classify(value: &str) -> Option<IdentifierSystem> {
    let (date, rest) = value.split_at_checked(6)?;
    digits(date)?;
    if digits(rest).is_some_and(|serial| serial.len() == 4) {
        return Some(IdentifierSystem::Cpr);
    }
    match rest.as_bytes() {
        [century, a, b, last]
            if a.is_ascii_uppercase() && b.is_ascii_uppercase() && last.is_ascii_digit() =>
        {
            match century {
                b'1' | b'7' => Some(IdentifierSystem::XEcpr),
                b'0' | b'5' | b'6' => Some(IdentifierSystem::DEcpr),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The date of birth in a normalised number, with the century from the seventh digit (ID-1).
///
/// Replacement numbers use the same table: their seventh digit was chosen from it.
pub(super) fn birth_date(value: &str) -> Option<NaiveDate> {
    let number = |range: std::ops::Range<usize>| value.get(range)?.parse::<u32>().ok();
    let (day, month, year) = (number(0..2)?, number(2..4)?, number(4..6)?);
    let century = match (number(6..7)?, year) {
        (0..=3, _) => 1900,
        (4 | 9, 0..=36) => 2000,
        (4 | 9, _) => 1900,
        (_, 0..=57) => 2000,
        _ => 1800,
    };
    NaiveDate::from_ymd_opt(i32::try_from(century + year).ok()?, month, day)
}

/// Whether modulus 11 holds. Numbers issued since October 2007 need not satisfy it (ID-1).
pub(super) fn satisfies_modulus_11(value: &str) -> bool {
    digits(value).is_some_and(|digits| modulus_11(&digits, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]))
}

#[cfg(test)]
mod tests {
    use super::super::{AdministrativeSex, Identifier, IdentifierWarning};
    use super::*;
    use IdentifierSystem::{Cpr, DEcpr, XEcpr};
    use proptest::prelude::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 27).unwrap()
    }

    fn refused(system: IdentifierSystem, raw: &str) -> IdentifierError {
        Identifier::parse(system, raw, today()).unwrap_err()
    }

    #[test]
    fn id_1_century_follows_seventh_digit() {
        for (number, year) in [
            ("0202000000", 1900),
            ("0202993000", 1999),
            ("0202004000", 2000),
            ("0202264000", 2026),
            ("0202374000", 1937),
            ("0202994000", 1999),
            ("0202005000", 2000),
            ("0202268000", 2026),
            ("0202585000", 1858),
            ("0202998000", 1899),
            ("0202009000", 2000),
            ("0202379000", 1937),
        ] {
            let parsed = Identifier::parse(Cpr, number, today()).unwrap();
            assert_eq!(
                parsed.birth_date(),
                NaiveDate::from_ymd_opt(year, 2, 2),
                "seventh digit of the case for {year}"
            );
        }
    }

    #[test]
    fn id_1_hyphen_and_spaces_are_accepted_and_removed() {
        for raw in [
            "0707614285",
            "070761-4285",
            " 070761 4285 ",
            "070761 - 4285",
            "070761\u{2013}4285",
        ] {
            let cpr = Identifier::parse(Cpr, raw, today()).unwrap();
            assert_eq!(cpr.value(), "0707614285");
        }
        for raw in ["07076-14285", "0707614-285", "070761--4285", "070761/4285"] {
            assert_eq!(refused(Cpr, raw), IdentifierError::Format(Cpr));
        }
    }

    #[test]
    fn id_1_official_test_persons_pass_without_warning() {
        for (raw, sex) in [
            ("070761-4285", AdministrativeSex::Male),
            ("251248-4916", AdministrativeSex::Female),
        ] {
            let cpr = Identifier::parse(Cpr, raw, today()).unwrap();
            assert_eq!(cpr.warnings(), []);
            assert_eq!(cpr.sex(), Some(sex));
        }
    }

    #[test]
    fn id_1_modulus_11_failure_is_a_warning() {
        let cpr = Identifier::parse(Cpr, "020265-0001", today()).unwrap();
        assert_eq!(cpr.warnings(), [IdentifierWarning::Modulus11]);
    }

    #[test]
    fn id_1_date_must_exist_and_not_lie_in_the_future() {
        assert_eq!(
            refused(Cpr, "3002900000"),
            IdentifierError::DateDoesNotExist
        );
        assert_eq!(
            refused(Cpr, "2902010000"),
            IdentifierError::DateDoesNotExist
        );
        // The leap day of 2000 exists, that of 1900 does not.
        assert!(Identifier::parse(Cpr, "2902004000", today()).is_ok());
        assert_eq!(
            refused(Cpr, "2902000000"),
            IdentifierError::DateDoesNotExist
        );
        assert!(Identifier::parse(Cpr, "2703264000", today()).is_ok());
        assert_eq!(refused(Cpr, "2803264000"), IdentifierError::DateInFuture);
    }

    #[test]
    fn id_2_replacement_numbers_by_seventh_character() {
        for (system, raw) in [
            (XEcpr, "0101801AB1"),
            (XEcpr, "010110-7ab2"),
            (DEcpr, "0101800AB1"),
            (DEcpr, "0101055AB1"),
            (DEcpr, "0101056AB1"),
        ] {
            let number = Identifier::parse(system, raw, today()).unwrap();
            assert_eq!(number.system(), system);
            assert_eq!(number.warnings(), []);
            assert!(number.sex().is_some());
        }
        assert_eq!(refused(XEcpr, "0101802AB1"), IdentifierError::Format(XEcpr));
        assert_eq!(refused(XEcpr, "0101801ÆB1"), IdentifierError::Format(XEcpr));
    }

    #[test]
    fn id_2_a_number_of_another_system_is_named() {
        assert_eq!(
            refused(Cpr, "0101801AB1"),
            IdentifierError::OtherSystem(XEcpr)
        );
        assert_eq!(
            refused(XEcpr, "0101800AB1"),
            IdentifierError::OtherSystem(DEcpr)
        );
        assert_eq!(
            refused(DEcpr, "0707614285"),
            IdentifierError::OtherSystem(Cpr)
        );
    }

    proptest! {
        #[test]
        fn id_1_any_text_is_answered(raw in "\\PC{0,14}") {
            for system in [Cpr, XEcpr, DEcpr] {
                if let Ok(number) = Identifier::parse(system, &raw, today()) {
                    prop_assert_eq!(number.value().len(), 10);
                    prop_assert!(number.birth_date().unwrap() <= today());
                    let again = Identifier::parse(system, number.value(), today()).unwrap();
                    prop_assert_eq!(again, number);
                }
            }
        }
    }
}
