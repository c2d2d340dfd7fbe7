//! The kinds of identifier a person can have, and the URI each is exchanged under.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which register a person's identifier comes from, named by its URI:
/// `urn:oid:1.2.208.176.1.2` CPR-nummer (DK);
/// `urn:oid:1.2.208.176.1.6.1.1` X-eCPR, nationalt erstatningspersonnummer (DK);
/// `urn:oid:1.2.208.176.1.6.1.3` D-eCPR, lokalt erstatningspersonnummer (DK);
/// `http://electronichealth.se/identifier/personnummer` personnummer (SE);
/// `http://electronichealth.se/identifier/samordningsnummer` samordningsnummer (SE);
/// `http://electronichealth.se/identifier/nationelltReservnummer` nationellt reservnummer (SE).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
pub enum IdentifierSystem {
    /// CPR-nummer (DK), ID-1.
    #[serde(rename = "urn:oid:1.2.208.176.1.2")]
    Cpr,
    /// X-eCPR, nationalt erstatningspersonnummer (DK), ID-2.
    #[serde(rename = "urn:oid:1.2.208.176.1.6.1.1")]
    XEcpr,
    /// D-eCPR, lokalt erstatningspersonnummer (DK), ID-2.
    #[serde(rename = "urn:oid:1.2.208.176.1.6.1.3")]
    DEcpr,
    /// Personnummer (SE), ID-3.
    #[serde(rename = "http://electronichealth.se/identifier/personnummer")]
    Personnummer,
    /// Samordningsnummer (SE), ID-3.
    #[serde(rename = "http://electronichealth.se/identifier/samordningsnummer")]
    Samordningsnummer,
    /// Nationellt reservnummer (SE).
    #[serde(rename = "http://electronichealth.se/identifier/nationelltReservnummer")]
    NationelltReservnummer,
}

impl IdentifierSystem {
    /// Every system, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Cpr,
        Self::XEcpr,
        Self::DEcpr,
        Self::Personnummer,
        Self::Samordningsnummer,
        Self::NationelltReservnummer,
    ];

    /// The URI that stands for this system in messages and in storage.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Cpr => "urn:oid:1.2.208.176.1.2",
            Self::XEcpr => "urn:oid:1.2.208.176.1.6.1.1",
            Self::DEcpr => "urn:oid:1.2.208.176.1.6.1.3",
            Self::Personnummer => "http://electronichealth.se/identifier/personnummer",
            Self::Samordningsnummer => "http://electronichealth.se/identifier/samordningsnummer",
            Self::NationelltReservnummer => {
                "http://electronichealth.se/identifier/nationelltReservnummer"
            }
        }
    }

    /// The system with exactly this URI, if it is one we know.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.uri() == uri)
    }

    /// How a number of this system is written, in words for an error message.
    pub(super) fn writing(self) -> &'static str {
        match self {
            Self::Cpr => "Write the CPR number as ten digits, DDMMYYSSSS or DDMMYY-SSSS.",
            Self::XEcpr => {
                "Write the X-eCPR as ten characters: DDMMYY, then 1 or 7, two letters A-Z and a digit."
            }
            Self::DEcpr => {
                "Write the D-eCPR as ten characters: DDMMYY, then 0, 5 or 6, two letters A-Z and a digit."
            }
            Self::Personnummer => {
                "Write the personnummer as twelve digits, YYYYMMDDNNNN, or as YYMMDD-NNNN (YYMMDD+NNNN from the year the person turns 100)."
            }
            Self::Samordningsnummer => {
                "Write the samordningsnummer as twelve digits with 60 added to the day, YYYYMMDDNNNN, or as YYMMDD-NNNN."
            }
            Self::NationelltReservnummer => {
                "Write the nationellt reservnummer as twelve characters: eight digits, two letters, a digit or letter, and a check digit."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uri_in_code_and_on_the_wire_is_the_same() {
        for system in IdentifierSystem::ALL {
            let json = serde_json::to_string(&system).unwrap();
            assert_eq!(json, format!("\"{}\"", system.uri()));
            assert_eq!(
                serde_json::from_str::<IdentifierSystem>(&json).unwrap(),
                system
            );
            assert_eq!(IdentifierSystem::from_uri(system.uri()), Some(system));
        }
        assert_eq!(IdentifierSystem::from_uri("urn:oid:1.2.208.176.1.20"), None);
    }

    #[test]
    fn schema_is_a_closed_list_of_the_uris() {
        use utoipa::PartialSchema;
        let schema = serde_json::to_value(IdentifierSystem::schema()).unwrap();
        let listed: Vec<&str> = schema["enum"]
            .as_array()
            .unwrap()
            .iter()
            .map(|uri| uri.as_str().unwrap())
            .collect();
        assert_eq!(listed, IdentifierSystem::ALL.map(IdentifierSystem::uri));
        assert!(
            schema["description"]
                .as_str()
                .unwrap()
                .contains("erstatningspersonnummer")
        );
    }
}
