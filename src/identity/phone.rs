//! Telephone numbers: written by people in many ways, kept in one (ITU-T E.164).
//!
//! A municipality's referral has a telephone number and no CPR number (APS-2), and duplicates are
//! found by it (ID-4): so two ways of writing one number must become the same text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::calendar::Country;

/// A telephone number (telefonnummer) in international form, E.164: `+`, country code, subscriber number.
// ID-6: `Debug` does not show it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = String, pattern = r"^\+[1-9][0-9]{6,14}$", example = "+4532105432")]
pub struct Phone(String);

impl Phone {
    /// Reads a number as people write it: spaces, hyphens, dots, slashes and brackets are ignored,
    /// `00` is the same as `+`, and a number without a country code belongs to `default_country`.
    ///
    /// Denmark (+45): exactly eight digits, the first 2–9. Sweden (+46): a national number begins
    /// with 0, which the international form leaves out, and has 7 to 10 digits after it. Other countries:
    /// 7 to 15 digits after `+`, nothing more is checked. `(0)` after a country code is ignored.
    ///
    /// # Errors
    /// [`PhoneError::Empty`], [`PhoneError::Format`], or [`PhoneError::ShortNumber`] for emergency and
    /// other short numbers (112, 1813, 1177): they are services, not a person's telephone.
    pub fn parse(raw: &str, default_country: Country) -> Result<Self, PhoneError> {
        let unspaced: String = raw.chars().filter(|c| !c.is_whitespace()).collect();
        let mut compact = unspaced.replace(is_punctuation, "");
        if compact.starts_with('+') || compact.starts_with("00") {
            // "+44 (0)20 …" shows the 0 to dial inside the country; it is not part of the number.
            compact = unspaced.replace("(0)", "").replace(is_punctuation, "");
        }
        if let Some(rest) = compact.strip_prefix("00") {
            compact = format!("+{rest}");
        }
        if compact.is_empty() {
            return Err(PhoneError::Empty);
        }
        let digits = compact.strip_prefix('+').unwrap_or(&compact);
        if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
            return Err(PhoneError::Format);
        }
        let international = digits.len() < compact.len();
        let (country, national) = match (international, default_country) {
            (true, _) => match (digits.strip_prefix("45"), digits.strip_prefix("46")) {
                (Some(rest), _) => (Some(Country::Denmark), rest),
                (_, Some(rest)) => (Some(Country::Sweden), rest),
                _ => (None, digits),
            },
            (false, country) => (Some(country), digits),
        };
        if country.is_some() && (2..=6).contains(&national.len()) {
            return Err(PhoneError::ShortNumber);
        }
        let number = match country {
            Some(Country::Denmark) => {
                let begins_right = matches!(national.as_bytes().first(), Some(b'2'..=b'9'));
                (national.len() == 8 && begins_right).then(|| format!("+45{national}"))
            }
            Some(Country::Sweden) => {
                let subscriber = match (national.strip_prefix('0'), international) {
                    (Some(rest), _) => Some(rest),
                    (None, true) => Some(national),
                    // Without 0 and without +46 it may be a number of any country.
                    (None, false) => None,
                };
                subscriber
                    .filter(|s| (7..=10).contains(&s.len()) && !s.starts_with('0'))
                    .map(|s| format!("+46{s}"))
            }
            None => ((7..=15).contains(&national.len()) && !national.starts_with('0'))
                .then(|| format!("+{national}")),
        };
        number.map(Self).ok_or(PhoneError::Format)
    }

    /// Rebuilds an accepted number from storage without checking it again.
    #[must_use]
    pub fn stored(e164: String) -> Self {
        Self(e164)
    }

    /// The number in E.164, for example `+4532105432`. Never log it (ID-6).
    #[must_use]
    pub fn value(&self) -> &str {
        &self.0
    }

    /// The country code's first two digits and the last two of the number, `+45******32`: enough to
    /// confirm a number with somebody who knows it, too little to call (ID-5).
    #[must_use]
    pub fn masked(&self) -> String {
        match (
            self.0.get(..3),
            self.0.get(self.0.len().saturating_sub(2)..),
        ) {
            (Some(head), Some(tail)) if self.0.len() > 5 => {
                format!("{head}{}{tail}", "*".repeat(self.0.len() - 5))
            }
            _ => "****".to_owned(),
        }
    }
}

fn is_punctuation(c: char) -> bool {
    matches!(
        c,
        '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}'
    )
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(..)")
    }
}

/// On the wire a number has its country code: a body does not know the programme's country.
impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        let explicit = raw.trim_start().starts_with('+') || raw.trim_start().starts_with("00");
        let parsed = if explicit {
            Self::parse(&raw, Country::Denmark)
        } else {
            Err(PhoneError::Format)
        };
        parsed.map_err(|error| serde::de::Error::custom(error.detail()))
    }
}

/// A text that is no telephone number of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneError {
    /// Nothing was written.
    Empty,
    /// Not a telephone number, or one whose country cannot be known.
    Format,
    /// An emergency or other short number.
    ShortNumber,
}

impl PhoneError {
    /// A stable camelCase code for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "phoneEmpty",
            Self::Format => "phoneFormat",
            Self::ShortNumber => "phoneShortNumber",
        }
    }

    /// What is wrong and what to do, for a person.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::Empty => "The telephone number is empty. Leave it out or write the number.",
            Self::Format => {
                "Write the telephone number with its country code: +45 and eight digits, +46 and the number without its first 0, or + and the number of another country."
            }
            Self::ShortNumber => {
                "Emergency and other short numbers are not a person's telephone. Write the full number."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Country::{Denmark, Sweden};
    use proptest::prelude::*;

    // Danish and Swedish numbers of these tests are made up; 070-1740605 to 1740699 and 08-465004xx are
    // kept free for fiction by the Swedish authority PTS.

    #[test]
    fn aps_2_ways_of_writing_become_one_number() {
        for (raw, country, value) in [
            ("32 10 54 32", Denmark, "+4532105432"),
            ("+45 3210-5432", Sweden, "+4532105432"),
            ("0045 32105432", Denmark, "+4532105432"),
            ("(+45) 32.10.54.32", Denmark, "+4532105432"),
            ("070-174 06 05", Sweden, "+46701740605"),
            ("+46 (0)70 174 06 05", Denmark, "+46701740605"),
            ("0046701740605", Denmark, "+46701740605"),
            ("08-465 004 00", Sweden, "+46846500400"),
            ("+49 30 901820", Denmark, "+4930901820"),
            ("+49 (0)30 901820", Denmark, "+4930901820"),
            ("+46 070 174 06 05", Denmark, "+46701740605"),
        ] {
            let phone =
                Phone::parse(raw, country).unwrap_or_else(|e| panic!("{raw}: {}", e.code()));
            assert_eq!(phone.value(), value);
        }
    }

    #[test]
    fn aps_2_emergency_and_short_numbers_are_refused() {
        for raw in ["112", "1813", "+45 112", "114", "1177", "116 117", "11313"] {
            for country in [Denmark, Sweden] {
                assert_eq!(
                    Phone::parse(raw, country),
                    Err(PhoneError::ShortNumber),
                    "{raw}"
                );
            }
        }
    }

    #[test]
    fn aps_2_what_is_no_number_is_refused() {
        for (raw, country) in [
            ("3210543", Denmark),
            ("321054321", Denmark),
            ("12105432", Denmark),
            ("701740605", Sweden),
            ("0701740605123", Sweden),
            ("+46 00 70 174 06 05", Sweden),
            ("+", Denmark),
            ("+0123456789", Denmark),
            ("ring 32105432", Denmark),
            ("32105432 / 32105433", Denmark),
            ("+1234567890123456", Denmark),
        ] {
            assert_eq!(Phone::parse(raw, country), Err(PhoneError::Format), "{raw}");
        }
        assert_eq!(Phone::parse(" - ", Denmark), Err(PhoneError::Empty));
    }

    #[test]
    fn id_6_debug_and_json_error_do_not_show_the_number() {
        let phone = Phone::parse("32105432", Denmark).unwrap();
        assert_eq!(format!("{phone:?}"), "Phone(..)");
        assert_eq!(phone.masked(), "+45******32");
        let error = serde_json::from_str::<Phone>("\"32105432\"").unwrap_err();
        assert!(!error.to_string().contains("3210"));
    }

    #[test]
    fn json_is_the_e164_string() {
        let phone: Phone = serde_json::from_str("\"+45 32 10 54 32\"").unwrap();
        assert_eq!(serde_json::to_string(&phone).unwrap(), "\"+4532105432\"");
        use utoipa::PartialSchema;
        let schema = serde_json::to_value(Phone::schema()).unwrap();
        assert_eq!(schema["type"], "string");
        assert_eq!(schema["pattern"], r"^\+[1-9][0-9]{6,14}$");
    }

    proptest! {
        #[test]
        fn id_4_an_accepted_number_reads_back_as_itself(raw in "[+0-9() ./-]{0,18}") {
            for country in [Denmark, Sweden] {
                if let Ok(phone) = Phone::parse(&raw, country) {
                    prop_assert_eq!(Phone::parse(phone.value(), Denmark), Ok(phone.clone()));
                    prop_assert_eq!(Phone::parse(phone.value(), Sweden), Ok(phone.clone()));
                    prop_assert!(!phone.masked().contains(phone.value()));
                }
            }
        }
    }
}
