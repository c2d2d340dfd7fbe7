//! How a patient is shown, and to whom: name, address and telephones of a protected person are
//! masked for actors who may not see them (ID-5). The municipality of residence is part of the
//! address. Patients see everything of themselves.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{
    Address, ExternalId, Patient, PatientChange, PatientId, PersonName, Telephone, TelephoneLabel,
};
use crate::identity::{Identifier, IdentifierSystem, IdentifierWarning};
use crate::places::MunicipalityCode;
use crate::platform::access::Scope;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::http::reply::Reply;

/// An identity number on a record.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"system": "urn:oid:1.2.208.176.1.2", "value": "0707614285", "warnings": []}))]
pub struct PatientIdentifier {
    /// Which register.
    system: IdentifierSystem,
    /// The number, without separators.
    value: String,
    /// What is unusual about it. `modulus11`: the CPR number does not satisfy modulus 11, as
    /// numbers issued since October 2007 need not (ID-1).
    warnings: Vec<IdentifierWarning>,
}

impl From<&Identifier> for PatientIdentifier {
    fn from(identifier: &Identifier) -> Self {
        Self {
            system: identifier.system(),
            value: identifier.value().to_owned(),
            warnings: identifier.warnings(),
        }
    }
}

/// A telephone.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Telephone, example = json!({"label": "mobile", "number": "+4532105432"}))]
pub struct TelephoneView {
    /// Which one.
    label: TelephoneLabel,
    /// Its number, E.164; where masked, with stars: `+45******32`.
    number: String,
}

impl TelephoneView {
    /// In full or masked.
    #[must_use]
    pub fn of(telephone: &Telephone, masked: bool) -> Self {
        Self {
            label: telephone.label,
            number: if masked {
                telephone.number.masked()
            } else {
                telephone.number.value().to_owned()
            },
        }
    }
}

/// A patient (patient, borger).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Patient, example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "previousIds": [],
    "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": "0707614285", "warnings": []}],
    "name": {"given": "Anna", "family": "Prøvesen"},
    "birthDate": "1961-07-07",
    "telephones": [{"label": "mobile", "number": "+4532105432"}],
    "municipalityCode": "0370",
    "protected": false,
    "masked": false,
    "version": 1,
    "createdAt": "2026-03-27T09:15:00Z",
    "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct PatientView {
    /// Its id. Where records were merged, that of the survivor.
    id: PatientId,
    /// Ids of records that were merged into this one; they still find it.
    previous_ids: Vec<PatientId>,
    /// Identity numbers; none is possible (ID-4).
    identifiers: Vec<PatientIdentifier>,
    /// Given and family name; absent where masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<PersonName>,
    /// Date of birth (fødselsdato / födelsedatum), where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    birth_date: Option<NaiveDate>,
    /// Telephones, the preferred one first; where masked, their numbers have stars.
    telephones: Vec<TelephoneView>,
    /// Where the person lives; absent where masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    address: Option<Address>,
    /// The municipality of residence (bopælskommune / hemkommun); absent where masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    municipality_code: Option<MunicipalityCode>,
    /// The language the person prefers to speak, BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "da")]
    language: Option<String>,
    /// Name-and-address protection (navne- og adressebeskyttelse, sekretessmarkering, skyddad
    /// folkbokföring), ID-5.
    protected: bool,
    /// Whether name, address and telephones are masked for you.
    masked: bool,
    /// The id in the system the record came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    external_id: Option<ExternalId>,
    /// Grows by one with each change; the `ETag` begins with it.
    version: i32,
    /// When it was made.
    created_at: Instant,
    /// When it was last changed.
    updated_at: Instant,
}

impl PatientView {
    /// As this actor sees it.
    #[must_use]
    pub fn of(patient: Patient, scope: &Scope) -> Self {
        let masked = is_masked(&patient, scope);
        Self {
            id: patient.id,
            previous_ids: patient.previous_ids,
            identifiers: patient.identifiers.iter().map(Into::into).collect(),
            name: (!masked).then_some(patient.name),
            birth_date: patient.birth_date,
            telephones: patient
                .telephones
                .iter()
                .map(|telephone| TelephoneView::of(telephone, masked))
                .collect(),
            address: patient.address.filter(|_| !masked),
            municipality_code: patient.municipality_code.filter(|_| !masked),
            language: patient.language,
            protected: patient.protected,
            masked,
            external_id: patient.external_id,
            version: patient.version,
            created_at: patient.created_at,
            updated_at: patient.updated_at,
        }
    }
}

/// A single patient as answered: 201 with its place where it was made. The masked form has an
/// `ETag` of its own.
pub fn reply(cx: &Cx<'_>, patient: Patient, created: bool) -> Result<Reply> {
    let variant = variant(&patient, cx.scope());
    let (id, version) = (patient.id, patient.version);
    let view = PatientView::of(patient, cx.scope());
    let reply = if created {
        Reply::created(format_args!("/patients/{id}"), &view)?
    } else {
        Reply::ok(&view)?
    };
    Ok(reply.version_variant(version, variant))
}

/// The mark in the `ETag` of what is masked.
#[must_use]
pub fn variant(patient: &Patient, scope: &Scope) -> &'static str {
    if is_masked(patient, scope) {
        "masked"
    } else {
        ""
    }
}

/// Whether the actor sees protected names, addresses and telephones.
#[must_use]
pub fn sees_protected(scope: &Scope) -> bool {
    // An actor who is a patient sees nobody else.
    scope.sees_protected || scope.patient.is_some()
}

/// Whether name, address and telephones of this patient are masked for the actor (ID-5).
#[must_use]
pub fn is_masked(patient: &Patient, scope: &Scope) -> bool {
    patient.protected && !sees_protected(scope)
}

/// Who may not see what is protected may not change it either (ID-5); `why` says so of the thing at
/// hand.
pub fn check_seen(scope: &Scope, patient: &Patient, why: &str) -> Result<()> {
    if is_masked(patient, scope) {
        Err(Error::problem(ProblemCode::Forbidden, why))
    } else {
        Ok(())
    }
}

/// Who may not see what is protected may not change it either, nor lift the protection.
pub fn check_change(scope: &Scope, patient: &Patient, change: &PatientChange) -> Result<()> {
    let hidden = change.name.is_some()
        || change.telephones.is_some()
        || change.address.is_some()
        || change.municipality_code.is_some()
        || change.protected == Some(false);
    if !hidden {
        return Ok(());
    }
    check_seen(
        scope,
        patient,
        "Name, address, telephones and protection of a protected person are changed by those who may see them.",
    )
}
