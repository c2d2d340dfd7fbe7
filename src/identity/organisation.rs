//! Identifiers of organisations: public numbers, so nothing here is hidden or masked.
//!
//! Sources: HL7 Denmark, DK Core (SOR, GLN); Erhvervsstyrelsen (CVR modulus 11); GS1 General
//! Specifications (GLN); SNOMED CT Technical Implementation Guide (SCTID, the form of a SOR code);
//! Inera, "HSA-id" (HSA-id).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::check_digits::{digits, gs1, modulus_11, verhoeff};

/// Which register an organisation's identifier comes from, named by its URI:
/// `urn:oid:1.2.208.176.1.1` SOR-kode, Sundhedsvæsenets Organisationsregister (DK);
/// `http://cvr.dk` CVR-nummer (DK);
/// `https://www.gs1.org/gln` GLN, lokationsnummer, EAN-nummer (DK, SE);
/// `urn:oid:1.2.752.29.4.19` HSA-id (SE);
/// `urn:oid:1.2.208.176.1.4` ydernummer (DK).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
pub enum OrganisationIdentifierSystem {
    /// SOR-kode (DK).
    #[serde(rename = "urn:oid:1.2.208.176.1.1")]
    Sor,
    /// CVR-nummer (DK).
    #[serde(rename = "http://cvr.dk")]
    Cvr,
    /// GLN, lokationsnummer. The URI is the one of MedCom's messages and of DK Core's GLN profile.
    #[serde(rename = "https://www.gs1.org/gln")]
    Gln,
    /// HSA-id (SE).
    #[serde(rename = "urn:oid:1.2.752.29.4.19")]
    HsaId,
    /// Ydernummer (DK), the number of a general practice.
    #[serde(rename = "urn:oid:1.2.208.176.1.4")]
    Ydernummer,
}

impl OrganisationIdentifierSystem {
    /// Every system, in the order of the documentation.
    pub const ALL: [Self; 5] = [
        Self::Sor,
        Self::Cvr,
        Self::Gln,
        Self::HsaId,
        Self::Ydernummer,
    ];

    /// The URI that stands for this system in messages and in storage.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Sor => "urn:oid:1.2.208.176.1.1",
            Self::Cvr => "http://cvr.dk",
            Self::Gln => "https://www.gs1.org/gln",
            Self::HsaId => "urn:oid:1.2.752.29.4.19",
            Self::Ydernummer => "urn:oid:1.2.208.176.1.4",
        }
    }

    /// The system with exactly this URI, if it is one we know.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.uri() == uri)
    }
}

/// One identifier of an organisation: a system and a normalised value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganisationIdentifier {
    /// The register the number comes from.
    system: OrganisationIdentifierSystem,
    /// The number without separators, for example 29190941 for a CVR number.
    value: String,
}

impl OrganisationIdentifier {
    /// Reads what a person or a system wrote; white space is dropped and letters become capitals.
    ///
    /// # Errors
    /// [`OrganisationIdentifierError::Format`] where the shape is wrong,
    /// [`OrganisationIdentifierError::CheckDigit`] where the system has a check digit and it fails.
    pub fn parse(
        system: OrganisationIdentifierSystem,
        raw: &str,
    ) -> Result<Self, OrganisationIdentifierError> {
        let compact: String = raw
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let value = match system {
            OrganisationIdentifierSystem::HsaId => hsa_id(compact),
            _ => number(system, &compact),
        }?;
        Ok(Self { system, value })
    }

    /// Rebuilds an accepted identifier from storage without checking it again.
    #[must_use]
    pub fn stored(system: OrganisationIdentifierSystem, value: String) -> Self {
        Self { system, value }
    }

    /// The register the number comes from.
    #[must_use]
    pub fn system(&self) -> OrganisationIdentifierSystem {
        self.system
    }

    /// The number itself, without separators.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// The four systems that are digits only.
fn number(
    system: OrganisationIdentifierSystem,
    compact: &str,
) -> Result<String, OrganisationIdentifierError> {
    let format = OrganisationIdentifierError::Format(system);
    let digits = digits(compact).ok_or(format)?;
    let starts_with_zero = digits.first() == Some(&0);
    let (shape, check) = match system {
        OrganisationIdentifierSystem::Sor => (
            (6..=18).contains(&digits.len()) && !starts_with_zero,
            verhoeff(&digits),
        ),
        OrganisationIdentifierSystem::Cvr => (
            digits.len() == 8 && !starts_with_zero,
            modulus_11(&digits, &[2, 7, 6, 5, 4, 3, 2, 1]),
        ),
        OrganisationIdentifierSystem::Gln => (digits.len() == 13, gs1(&digits)),
        OrganisationIdentifierSystem::Ydernummer => ((1..=6).contains(&digits.len()), true),
        OrganisationIdentifierSystem::HsaId => (false, false),
    };
    // Zeros alone satisfy every check digit and are what empty fields are filled with.
    if !shape || digits.iter().all(|digit| *digit == 0) {
        return Err(format);
    }
    if !check {
        return Err(OrganisationIdentifierError::CheckDigit(system));
    }
    Ok(match system {
        // MedCom writes six digits, people leave the zeros out: one practice, one value.
        OrganisationIdentifierSystem::Ydernummer => format!("{compact:0>6}"),
        _ => compact.to_owned(),
    })
}

/// `SE`, the ten digits of the organisation number, `-` and the unit's code; 31 characters at most.
fn hsa_id(compact: String) -> Result<String, OrganisationIdentifierError> {
    let well_formed = compact.len() <= 31
        && compact
            .strip_prefix("SE")
            .and_then(|rest| rest.split_once('-'))
            .is_some_and(|(organisation, unit)| {
                organisation.len() == 10
                    && digits(organisation).is_some()
                    && !unit.is_empty()
                    && unit.bytes().all(|c| c.is_ascii_alphanumeric())
            });
    if well_formed {
        Ok(compact)
    } else {
        Err(OrganisationIdentifierError::Format(
            OrganisationIdentifierSystem::HsaId,
        ))
    }
}

/// A text that cannot be the organisation identifier it was said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganisationIdentifierError {
    /// The characters do not have the shape of the system.
    Format(OrganisationIdentifierSystem),
    /// The check digit does not agree with the other digits.
    CheckDigit(OrganisationIdentifierSystem),
}

impl OrganisationIdentifierError {
    /// A stable camelCase code for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Format(_) => "organisationIdentifierFormat",
            Self::CheckDigit(_) => "organisationIdentifierCheckDigit",
        }
    }

    /// What is wrong and what to do, for a person.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::Format(OrganisationIdentifierSystem::Sor) => {
                "Write the SOR code as 6 to 18 digits without a leading zero."
            }
            Self::Format(OrganisationIdentifierSystem::Cvr) => {
                "Write the CVR number as eight digits without a leading zero."
            }
            Self::Format(OrganisationIdentifierSystem::Gln) => {
                "Write the GLN (EAN number) as thirteen digits."
            }
            Self::Format(OrganisationIdentifierSystem::HsaId) => {
                "Write the HSA-id as SE, ten digits, a hyphen and the unit's letters and digits."
            }
            Self::Format(OrganisationIdentifierSystem::Ydernummer) => {
                "Write the ydernummer as one to six digits."
            }
            Self::CheckDigit(_) => {
                "The check digit does not agree with the rest of the number. Check it for a typing error."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use OrganisationIdentifierSystem::{Cvr, Gln, HsaId, Sor, Ydernummer};

    #[test]
    fn uri_in_code_and_on_the_wire_is_the_same() {
        for system in OrganisationIdentifierSystem::ALL {
            let json = serde_json::to_string(&system).unwrap();
            assert_eq!(json, format!("\"{}\"", system.uri()));
            assert_eq!(
                OrganisationIdentifierSystem::from_uri(system.uri()),
                Some(system)
            );
        }
    }

    /// Public numbers: a region's CVR, MedCom's example GLN and SOR, Region Halland's HSA prefix.
    #[test]
    fn published_numbers_are_accepted_in_one_form() {
        for (system, raw, value) in [
            (Cvr, "29 19 09 41", "29190941"),
            (Gln, "5790001348120", "5790001348120"),
            (Sor, "953741000016009", "953741000016009"),
            (HsaId, "se2321000115-a1b2", "SE2321000115-A1B2"),
            (Ydernummer, "44369", "044369"),
            (Ydernummer, "044369", "044369"),
        ] {
            let parsed = OrganisationIdentifier::parse(system, raw)
                .unwrap_or_else(|e| panic!("{raw}: {e:?}"));
            assert_eq!((parsed.system(), parsed.value()), (system, value));
        }
    }

    #[test]
    fn wrong_shape_and_wrong_check_digit_are_told_apart() {
        for (system, raw) in [
            (Cvr, "2919094"),
            (Cvr, "00000000"),
            (Gln, "0000000000000"),
            (Sor, "09537410000160"),
            (Sor, "12345"),
            (HsaId, "SE232100-A1B2"),
            (HsaId, "SE2321000115-"),
            (HsaId, "SE2321000115-ABCDEFGHIJKLMNOPQRS"),
            (Ydernummer, "0"),
            (Ydernummer, "1234567"),
            (Ydernummer, ""),
        ] {
            assert_eq!(
                OrganisationIdentifier::parse(system, raw),
                Err(OrganisationIdentifierError::Format(system)),
                "{raw}"
            );
        }
        for (system, raw) in [
            (Cvr, "29190942"),
            (Gln, "5790001348121"),
            (Sor, "953741000016008"),
        ] {
            assert_eq!(
                OrganisationIdentifier::parse(system, raw),
                Err(OrganisationIdentifierError::CheckDigit(system)),
                "{raw}"
            );
        }
    }
}
