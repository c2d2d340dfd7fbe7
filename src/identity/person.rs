//! A person's identifier: parsed once, then carried as a value that does not leak.

use std::fmt;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{IdentifierError, IdentifierSystem, danish, reserve, swedish};

/// One identifier of one person: a system and a normalised value.
///
/// `Debug` shows the system only, and there is neither `Display` nor `Serialize` (ID-6).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identifier {
    system: IdentifierSystem,
    value: String,
}

impl Identifier {
    /// Reads what a person or a system wrote. `today` is the local date that "not in the future" and
    /// the century of a short personnummer are judged by.
    ///
    /// # Errors
    /// The first rule the number breaks (ID-1, ID-2, ID-3). A failed modulus 11 is not among them:
    /// see [`Identifier::warnings`].
    pub fn parse(
        system: IdentifierSystem,
        raw: &str,
        today: NaiveDate,
    ) -> Result<Self, IdentifierError> {
        let compact = compact(raw);
        if compact.is_empty() {
            return Err(IdentifierError::Empty);
        }
        let value = match system {
            IdentifierSystem::Cpr | IdentifierSystem::XEcpr | IdentifierSystem::DEcpr => {
                danish::parse(system, &compact, today)?
            }
            IdentifierSystem::Personnummer | IdentifierSystem::Samordningsnummer => {
                swedish::parse(system, &compact, today)?
            }
            IdentifierSystem::NationelltReservnummer => reserve::parse(&compact, today)?,
        };
        Ok(Self { system, value })
    }

    /// Rebuilds what [`Identifier::parse`] once accepted, from storage, without checking it again:
    /// a rule that becomes stricter must not make an old record unreadable.
    #[must_use]
    pub fn stored(system: IdentifierSystem, value: String) -> Self {
        Self { system, value }
    }

    /// The register the number comes from.
    #[must_use]
    pub fn system(&self) -> IdentifierSystem {
        self.system
    }

    /// The number itself, without separators: 10 characters (DK) or 12 (SE). Never log it (ID-6).
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The date of birth the number holds; none for a reservnummer without a known date.
    #[must_use]
    pub fn birth_date(&self) -> Option<NaiveDate> {
        match self.system {
            IdentifierSystem::Cpr | IdentifierSystem::XEcpr | IdentifierSystem::DEcpr => {
                danish::birth_date(&self.value)
            }
            IdentifierSystem::Personnummer | IdentifierSystem::Samordningsnummer => {
                swedish::birth_date(&self.value)
            }
            IdentifierSystem::NationelltReservnummer => reserve::birth_date(&self.value),
        }
    }

    /// The administrative sex the number was issued for: its last serial digit, odd is male.
    #[must_use]
    pub fn sex(&self) -> Option<AdministrativeSex> {
        let place = match self.system {
            IdentifierSystem::Cpr | IdentifierSystem::XEcpr | IdentifierSystem::DEcpr => 9,
            IdentifierSystem::Personnummer
            | IdentifierSystem::Samordningsnummer
            | IdentifierSystem::NationelltReservnummer => 10,
        };
        let digit = self.value.chars().nth(place)?.to_digit(10)?;
        Some(if digit % 2 == 1 {
            AdministrativeSex::Male
        } else {
            AdministrativeSex::Female
        })
    }

    /// What is unusual about an accepted number, to be shown on the record.
    #[must_use]
    pub fn warnings(&self) -> Vec<IdentifierWarning> {
        if self.system == IdentifierSystem::Cpr && !danish::satisfies_modulus_11(&self.value) {
            vec![IdentifierWarning::Modulus11]
        } else {
            Vec::new()
        }
    }

    /// The date part with the rest hidden, `070761-****`: enough for a member of staff to tell two
    /// records apart, and the form Danish and Swedish authorities print themselves. It is still personal
    /// data: for a screen, not for a log (ID-6).
    #[must_use]
    pub fn masked(&self) -> String {
        let date_length = self.value.len().saturating_sub(4);
        match self.value.get(..date_length) {
            Some(date) if !date.is_empty() => format!("{date}-****"),
            _ => "****".to_owned(),
        }
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identifier")
            .field("system", &self.system)
            .finish_non_exhaustive()
    }
}

/// The text without white space, letters in capitals and every dash as `-`: people copy numbers out of
/// letters and spreadsheets.
fn compact(raw: &str) -> String {
    raw.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            _ => c.to_ascii_uppercase(),
        })
        .collect()
}

/// Administrative sex (administrativt køn / juridiskt kön) as the number gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum AdministrativeSex {
    /// Kvinde / kvinna.
    Female,
    /// Mand / man.
    Male,
}

/// Something unusual about an identifier that was accepted all the same:
/// `modulus11` = CPR-nummer uden modulus 11-kontrol (such numbers are issued since October 2007).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum IdentifierWarning {
    /// The CPR number does not satisfy modulus 11 (ID-1).
    Modulus11,
}

impl IdentifierWarning {
    /// What it means and what to do, for a person.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::Modulus11 => {
                "The CPR number does not satisfy modulus 11. Such numbers are issued since October 2007; check it for a typing error."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 27).unwrap()
    }

    #[test]
    fn id_6_debug_does_not_show_the_value() {
        let cpr = Identifier::parse(IdentifierSystem::Cpr, "070761-4285", today()).unwrap();
        assert_eq!(format!("{cpr:?}"), "Identifier { system: Cpr, .. }");
    }

    #[test]
    fn id_6_mask_keeps_only_the_date_part() {
        let mask = |system, value: &str| Identifier::stored(system, value.to_owned()).masked();
        assert_eq!(mask(IdentifierSystem::Cpr, "0707614285"), "070761-****");
        assert_eq!(mask(IdentifierSystem::DEcpr, "0101800AB1"), "010180-****");
        assert_eq!(
            mask(IdentifierSystem::Personnummer, "199002222397"),
            "19900222-****"
        );
        assert_eq!(mask(IdentifierSystem::Cpr, "1"), "****");
    }

    #[test]
    fn empty_text_is_told_apart_from_a_wrong_number() {
        for system in IdentifierSystem::ALL {
            assert_eq!(
                Identifier::parse(system, " \u{a0}", today()),
                Err(IdentifierError::Empty)
            );
        }
    }

    #[test]
    fn stored_value_is_not_checked_again() {
        let old = Identifier::stored(IdentifierSystem::Cpr, "9999999999".to_owned());
        assert_eq!(old.value(), "9999999999");
        assert_eq!(old.birth_date(), None);
    }

    proptest! {
        /// No text of an error holds what was written, and every error says something.
        #[test]
        fn id_6_errors_never_echo(raw in "[0-9]{5,13}|[0-9A-Z+\\-]{6,13}") {
            for system in IdentifierSystem::ALL {
                if let Err(error) = Identifier::parse(system, &raw, today()) {
                    prop_assert!(!error.detail().contains(&raw));
                    let debug = format!("{error:?}");
                    prop_assert!(!debug.contains(&raw));
                    prop_assert!(error.code().starts_with("identifier"));
                }
            }
        }
    }
}
