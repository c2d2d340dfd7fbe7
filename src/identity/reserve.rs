//! Nationellt reservnummer (SE): twelve characters `XXYYMMDDNNGC` for somebody without a personnummer.
//!
//! Source: Inera, "Nationellt ReservID – specifikation 1.0". The check digit rule was confirmed on the
//! published examples in the tests:
//! - `XX` is the century plus a multiple of 3 (22, 25, … for 1900s; 23, 26, … for 2000s), so that it is
//!   never taken for a personnummer; `00` where the date of birth is not known, and then the month is
//!   20–99 and the day 40–59.
//! - `NN` are two letters, without I, O, Q, V and W.
//! - `G` is a digit as in a personnummer (odd male, even female), or a letter where sex is not known.
//! - `C` is a Luhn digit over the eleven characters before it, a letter counting as its ASCII code.
//!
//! Regions' own local reserve numbers have many shapes and are not this system.

use chrono::NaiveDate;

use super::check_digits::{digits, luhn};
use super::{IdentifierError, IdentifierSystem};

/// The normal form (twelve characters, capital letters) of a nationellt reservnummer.
pub(super) fn parse(compact: &str, today: NaiveDate) -> Result<String, IdentifierError> {
    let format = IdentifierError::Format(IdentifierSystem::NationelltReservnummer);
    let value = match compact.split_once('-') {
        Some((date, rest)) if date.len() == 8 => format!("{date}{rest}"),
        _ => compact.to_owned(),
    };
    let (date, rest) = value.split_at_checked(8).ok_or(format)?;
    let date = digits(date).ok_or(format)?;
    match rest.as_bytes() {
        [a, b, sex, check]
            if is_letter(*a)
                && is_letter(*b)
                && (sex.is_ascii_digit() || is_letter(*sex))
                && check.is_ascii_digit() => {}
        _ => return Err(format),
    }
    match *date.as_slice() {
        [0, 0, _, _, month, _, day, _] if month >= 2 && matches!(day, 4 | 5) => {}
        [0, 0, ..] => return Err(IdentifierError::DateDoesNotExist),
        [a, b, ..] if a * 10 + b >= 22 => {
            let date = birth_date(&value).ok_or(IdentifierError::DateDoesNotExist)?;
            if date > today {
                return Err(IdentifierError::DateInFuture);
            }
        }
        // 01–17 are reserved, 18–21 belong to personnummer.
        _ => return Err(format),
    }
    let values: Vec<u32> = value
        .bytes()
        .map(|c| match c {
            b'0'..=b'9' => u32::from(c - b'0'),
            _ => u32::from(c),
        })
        .collect();
    if luhn(&values) {
        Ok(value)
    } else {
        Err(IdentifierError::CheckDigit)
    }
}

fn is_letter(c: u8) -> bool {
    c.is_ascii_uppercase() && !matches!(c, b'I' | b'O' | b'Q' | b'V' | b'W')
}

/// The date of birth where the number holds one.
pub(super) fn birth_date(value: &str) -> Option<NaiveDate> {
    let number = |range: std::ops::Range<usize>| value.get(range)?.parse::<u32>().ok();
    let century = 19 + number(0..2)?.checked_sub(22)? % 3;
    let year = i32::try_from(century * 100 + number(2..4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(4..6)?, number(6..8)?)
}

#[cfg(test)]
mod tests {
    use super::super::{AdministrativeSex, Identifier};
    use super::*;
    use IdentifierSystem::NationelltReservnummer;

    fn parsed(raw: &str) -> Result<Identifier, IdentifierError> {
        let today = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        Identifier::parse(NationelltReservnummer, raw, today)
    }

    /// Examples of HL7 Sweden's base profiles (98…) and of public test data (the others).
    #[test]
    fn id_3_published_reserve_numbers_are_read() {
        use AdministrativeSex::{Female, Male};
        for (number, date, sex) in [
            ("98240301AA06", Some((2024, 3, 1)), Some(Female)),
            ("22790814AA01", Some((1979, 8, 14)), Some(Female)),
            ("22950606-FH20", Some((1995, 6, 6)), Some(Female)),
            ("25780404khd5", Some((1978, 4, 4)), None),
            ("00342145BZ31", None, Some(Male)),
            ("00749852BZK0", None, None),
        ] {
            let identifier = parsed(number).unwrap_or_else(|e| panic!("{number}: {e:?}"));
            let date = date.and_then(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d));
            assert_eq!(identifier.birth_date(), date, "{number}");
            assert_eq!(identifier.sex(), sex, "{number}");
        }
    }

    #[test]
    fn id_3_reserve_number_that_cannot_be_is_refused() {
        use IdentifierError::{CheckDigit, DateDoesNotExist, DateInFuture, Format};
        for (number, error) in [
            ("98240301AA07", CheckDigit),
            ("98240230AA06", DateDoesNotExist),
            ("00340101BZ31", DateDoesNotExist),
            ("00341245BZ31", DateDoesNotExist),
            ("23990101AA06", DateInFuture),
            ("98240301AI06", Format(NationelltReservnummer)),
            ("20210325K069", Format(NationelltReservnummer)),
            ("199002222397", Format(NationelltReservnummer)),
        ] {
            assert_eq!(parsed(number), Err(error), "{number}");
        }
    }
}
