//! What is known of a person who is supported.
//!
//! None of these types shows its content through `Debug` (ID-6).

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::closed_enum;
use crate::identity::{Identifier, IdentifierSystem, Phone};
use crate::organisations::OrganisationId;
use crate::places::MunicipalityCode;
use crate::platform::db::Instant;
use crate::platform::http::input::present;
use crate::platform::id::Id;
use crate::platform::text::{Line, Name};
use crate::silent_debug;

/// The id of a patient.
pub type PatientId = Id<Patient>;

/// A person supported (patient, borger), as one data controller knows them.
#[derive(Clone)]
pub struct Patient {
    /// Its id: that of the survivor where records were merged.
    pub id: PatientId,
    /// The data controller.
    pub controller_id: OrganisationId,
    /// Identity numbers; none is possible (ID-4).
    pub identifiers: Vec<Identifier>,
    /// Given and family name.
    pub name: PersonName,
    /// Date of birth, where known.
    pub birth_date: Option<NaiveDate>,
    /// Telephones, the preferred one first.
    pub telephones: Vec<Telephone>,
    /// Where the person lives.
    pub address: Option<Address>,
    /// The municipality of residence.
    pub municipality_code: Option<MunicipalityCode>,
    /// The language the person prefers (BCP 47).
    pub language: Option<String>,
    /// Name-and-address protection (ID-5).
    pub protected: bool,
    /// The id in the system the record came from.
    pub external_id: Option<ExternalId>,
    /// Ids of records that were merged into this one; they still find it.
    pub previous_ids: Vec<PatientId>,
    /// Grows by one with each change.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// Given and family name (fornavn, efternavn / förnamn, efternamn).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"given": "Anna", "family": "Prøvesen"}))]
pub struct PersonName {
    /// Given names (fornavne / förnamn).
    pub given: Name,
    /// Family name (efternavn / efternamn).
    pub family: Name,
}

closed_enum! {
    /// Which telephone it is: home (hjem / hem), mobile (mobil), work (arbejde / arbete),
    /// relative (pårørendes / närståendes), other (anden / annan).
    pub enum TelephoneLabel {
        /// At home.
        Home = "home",
        /// Mobile.
        Mobile = "mobile",
        /// At work.
        Work = "work",
        /// A relative's.
        Relative = "relative",
        /// Any other.
        Other = "other",
    }
}

/// A telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telephone {
    /// Which one.
    pub label: TelephoneLabel,
    /// Its number.
    pub number: Phone,
}

/// A telephone as it is sent.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"label": "mobile", "number": "+4532105432"}))]
pub struct NewTelephone {
    /// Which one.
    pub label: TelephoneLabel,
    /// The number, best with its country code. Without one, a number that begins with 0 is
    /// Swedish and any other Danish.
    #[schema(min_length = 1, max_length = 40)]
    pub number: String,
}

/// An address (adresse / adress).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"lines": ["Prøvevej 1"], "postalCode": "4700", "city": "Næstved", "country": "DK"}))]
pub struct Address {
    /// Street and number, care of.
    #[schema(min_items = 1, max_items = 4)]
    pub lines: Vec<Line>,
    /// Postal code (postnummer).
    #[schema(pattern = "^[0-9A-Za-z][0-9A-Za-z -]{1,11}$", example = "4700")]
    pub postal_code: String,
    /// Post town (by / ort).
    pub city: Name,
    /// Country, ISO 3166-1 alpha-2.
    #[schema(pattern = "^[A-Z]{2}$", example = "DK")]
    pub country: String,
}

/// The id that another system gave the person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"system": "https://ehr.example.org", "value": "8d3f2a"}))]
pub struct ExternalId {
    /// The system, as a URI.
    #[schema(pattern = "^[a-z][a-z0-9+.-]*:[!-~]{1,200}$")]
    pub system: String,
    /// The id there.
    #[schema(min_length = 1, max_length = 64, pattern = "^[!-~]+$")]
    pub value: String,
}

/// An identity number as it is sent: spaces and separators do not matter.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"system": "urn:oid:1.2.208.176.1.2", "value": "070761-4285"}))]
pub struct PersonIdentifier {
    /// Which register.
    pub system: IdentifierSystem,
    /// The number (ID-1 to ID-3).
    #[schema(min_length = 1, max_length = 40)]
    pub value: String,
}

/// A patient to be registered.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": "070761-4285"}],
    "name": {"given": "Anna", "family": "Prøvesen"},
    "telephones": [{"label": "mobile", "number": "+4532105432"}],
    "municipalityCode": "0370"
}))]
pub struct NewPatient {
    /// Identity numbers. May be empty (ID-4).
    #[serde(default)]
    #[schema(max_items = 5)]
    pub identifiers: Vec<PersonIdentifier>,
    /// Given and family name.
    pub name: PersonName,
    /// Date of birth (fødselsdato / födelsedatum). Taken from an identity number where absent;
    /// where both are sent they must agree. Neither in the future nor more than 130 years ago.
    #[serde(default)]
    #[schema(nullable = false)]
    pub birth_date: Option<NaiveDate>,
    /// Telephones, the preferred one first.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub telephones: Vec<NewTelephone>,
    /// Where the person lives.
    #[serde(default)]
    #[schema(nullable = false)]
    pub address: Option<Address>,
    /// The municipality of residence (bopælskommune / hemkommun).
    #[serde(default)]
    #[schema(nullable = false)]
    pub municipality_code: Option<MunicipalityCode>,
    /// The language the person prefers to speak, BCP 47.
    #[serde(default)]
    #[schema(
        nullable = false,
        max_length = 35,
        pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        example = "da"
    )]
    pub language: Option<String>,
    /// Name-and-address protection (navne- og adressebeskyttelse, sekretessmarkering, skyddad
    /// folkbokföring), ID-5.
    #[serde(default)]
    pub protected: bool,
    /// The id in the system the record comes from.
    #[serde(default)]
    #[schema(nullable = false)]
    pub external_id: Option<ExternalId>,
    /// Register a person without identity number although a record with the same full name,
    /// telephone and municipality exists (ID-4). Of no effect on identity numbers: those belong
    /// to one record.
    #[serde(default)]
    pub allow_duplicate: bool,
}

/// A change (merge patch, RFC 7396): what is absent stays, `null` clears.
#[derive(Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"telephones": [{"label": "home", "number": "+4532105432"}]}))]
pub struct PatientChange {
    /// All identity numbers anew. Replacement numbers of the record stay on it and must be
    /// among them (ID-2).
    #[schema(nullable = false, max_items = 20)]
    #[serde(default, deserialize_with = "present")]
    pub identifiers: Option<Vec<PersonIdentifier>>,
    /// Another name.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<PersonName>,
    /// Date of birth. Neither in the future nor more than 130 years ago.
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(default, deserialize_with = "present")]
    pub birth_date: Option<Option<NaiveDate>>,
    /// All telephones anew.
    #[schema(nullable = false, max_items = 5)]
    #[serde(default, deserialize_with = "present")]
    pub telephones: Option<Vec<NewTelephone>>,
    /// Another address.
    #[schema(value_type = Option<Address>)]
    #[serde(default, deserialize_with = "present")]
    pub address: Option<Option<Address>>,
    /// Another municipality of residence.
    #[schema(value_type = Option<MunicipalityCode>)]
    #[serde(default, deserialize_with = "present")]
    pub municipality_code: Option<Option<MunicipalityCode>>,
    /// Another language.
    #[schema(value_type = Option<String>, max_length = 35, pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", example = "da")]
    #[serde(default, deserialize_with = "present")]
    pub language: Option<Option<String>>,
    /// Name-and-address protection (ID-5).
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub protected: Option<bool>,
    /// The id in the system the record comes from. It takes the place of the one before of the same
    /// system. Ids that other systems gave the person (imports note them) stay and find the record as
    /// before; one of these is only shown instead. Null takes the shown one away: the oldest of the
    /// others is shown then, or none.
    #[schema(value_type = Option<ExternalId>)]
    #[serde(default, deserialize_with = "present")]
    pub external_id: Option<Option<ExternalId>>,
}

silent_debug!(
    NewTelephone,
    Address,
    ExternalId,
    PersonIdentifier,
    NewPatient,
    PatientChange
);

impl fmt::Debug for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Patient({})", self.id)
    }
}
