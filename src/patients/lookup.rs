//! By what a patient is found: normalised texts whose keyed digests are stored. Two ways of
//! writing the same number or name give the same text.

use chrono::NaiveDate;

use super::model::{Patient, PersonName};
use crate::closed_enum;
use crate::identity::{Identifier, Phone, search_key};
use crate::places::MunicipalityCode;

closed_enum! {
    /// What a look-up is made of.
    pub enum LookupKind {
        /// System and number.
        Identifier = "identifier",
        /// Full name and date of birth.
        NameAndBirthDate = "nameAndBirthDate",
        /// Telephone number.
        Phone = "phone",
        /// Full name, telephone number and municipality (ID-4).
        NameAndPhoneAndMunicipality = "nameAndPhoneAndMunicipality",
    }
}

/// A text by which a patient is found. It is digested before it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Lookup {
    /// What it is made of.
    pub kind: LookupKind,
    /// In normal form.
    pub text: String,
}

impl Lookup {
    /// By identity number.
    #[must_use]
    pub fn identifier(identifier: &Identifier) -> Self {
        Self {
            kind: LookupKind::Identifier,
            text: format!("{}|{}", identifier.system().uri(), identifier.value()),
        }
    }

    /// By telephone.
    #[must_use]
    pub fn phone(phone: &Phone) -> Self {
        Self {
            kind: LookupKind::Phone,
            text: phone.value().to_owned(),
        }
    }

    /// By full name and date of birth.
    #[must_use]
    pub fn name_and_birth_date(name: &PersonName, birth_date: NaiveDate) -> Self {
        Self {
            kind: LookupKind::NameAndBirthDate,
            text: format!("{}|{birth_date}", full_name_key(name)),
        }
    }

    /// By full name, telephone and municipality (ID-4).
    #[must_use]
    pub fn name_phone_municipality(
        name: &PersonName,
        phone: &Phone,
        municipality: MunicipalityCode,
    ) -> Self {
        Self {
            kind: LookupKind::NameAndPhoneAndMunicipality,
            text: format!("{}|{}|{municipality}", full_name_key(name), phone.value()),
        }
    }
}

/// The key of the full name. Where the given names end and the family name begins does not
/// matter: people and systems draw that line differently.
pub(super) fn full_name_key(name: &PersonName) -> String {
    search_key(&format!("{} {}", name.given.as_str(), name.family.as_str()))
}

/// Everything by which a patient is found without an identity number (ID-4).
#[must_use]
pub fn without_number(patient: &Patient) -> Vec<Lookup> {
    let Some(municipality) = patient.municipality_code else {
        return Vec::new();
    };
    patient
        .telephones
        .iter()
        .map(|phone| Lookup::name_phone_municipality(&patient.name, &phone.number, municipality))
        .collect()
}

/// Everything by which a patient is found, each once.
#[must_use]
pub fn all(patient: &Patient) -> Vec<Lookup> {
    let mut all: Vec<Lookup> = patient.identifiers.iter().map(Lookup::identifier).collect();
    all.extend(
        patient
            .telephones
            .iter()
            .map(|phone| Lookup::phone(&phone.number)),
    );
    all.extend(
        patient
            .birth_date
            .map(|date| Lookup::name_and_birth_date(&patient.name, date)),
    );
    all.extend(without_number(patient));
    let mut each = Vec::with_capacity(all.len());
    for lookup in all {
        if !each.contains(&lookup) {
            each.push(lookup);
        }
    }
    each
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;
    use crate::calendar::Country;
    use crate::identity::IdentifierSystem;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn spaced(text: &str, every: usize) -> String {
        text.chars()
            .enumerate()
            .flat_map(|(at, c)| {
                let space = (at % every == 0).then_some(' ');
                space.into_iter().chain(std::iter::once(c))
            })
            .collect()
    }

    proptest! {
        /// What was stored is found, whatever case, spacing and composition it is searched in.
        #[test]
        fn id_4_a_name_is_found_however_it_is_written(
            given in "[A-Za-zÅÄÖÆØåäöæøéü]{1,9}( [A-Za-zÅÄÖÆØåäöæøéü]{1,9})?",
            family in "[A-Za-zÅÄÖÆØåäöæøéü]{1,12}",
            upper: bool, decomposed: bool, spaces in 1_usize..4,
        ) {
            let name = |given: &str, family: &str| PersonName { given: given.into(), family: family.into() };
            let stored = name(&given, &family);
            let write = |text: &str| {
                let text = text.replace(' ', &" ".repeat(spaces));
                let text = if upper { text.to_uppercase() } else { text.to_lowercase() };
                let text = format!(" {text} ");
                if decomposed { text.nfd().collect::<String>() } else { text.nfc().collect() }
            };
            let searched = name(&write(&given), &write(&family));
            let born = day("1961-07-07");
            prop_assert!(Lookup::name_and_birth_date(&stored, born) == Lookup::name_and_birth_date(&searched, born));
            prop_assert!(Lookup::name_and_birth_date(&stored, born) != Lookup::name_and_birth_date(&searched, day("1961-07-08")));
        }

        #[test]
        fn id_4_a_telephone_is_found_however_it_is_written(number in 20_000_000_u32..=99_999_999, every in 1_usize..5, prefix in 0_usize..3) {
            let plain = number.to_string();
            let stored = Phone::parse(&format!("+45{plain}"), Country::Denmark).unwrap();
            let prefix = ["", "+45", "0045"][prefix];
            let searched = Phone::parse(&format!("{prefix}{}", spaced(&plain, every)), Country::Denmark).unwrap();
            prop_assert!(Lookup::phone(&stored) == Lookup::phone(&searched));
        }

        #[test]
        fn id_1_a_number_is_found_however_it_is_written(serial in 0_u32..10_000, every in 1_usize..5, dash: bool) {
            let plain = format!("070761{serial:04}");
            let today = day("2026-03-27");
            let parse = |raw: &str| Identifier::parse(IdentifierSystem::Cpr, raw, today);
            let Ok(stored) = parse(&plain) else { return Ok(()); };
            let written = if dash { format!("070761-{serial:04}") } else { plain };
            let searched = parse(&spaced(&written, every)).unwrap();
            prop_assert!(Lookup::identifier(&stored) == Lookup::identifier(&searched));
        }
    }

    #[test]
    fn id_4_the_line_between_given_and_family_name_does_not_matter() {
        let born = day("1961-07-07");
        let name = |given: &str, family: &str| PersonName {
            given: given.into(),
            family: family.into(),
        };
        assert!(
            Lookup::name_and_birth_date(&name("Anna", "Bo Prøvesen"), born)
                == Lookup::name_and_birth_date(&name("Anna Bo", "Prøvesen"), born)
        );
    }
}
