//! `/patients`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use super::list::{self, Filter};
use super::lookup::Lookup;
use super::model::{NewPatient, Patient, PatientChange, PatientId, PersonIdentifier, PersonName};
use super::view::{self, PatientView};
use super::{merge, register, rules, store};
use crate::places::MunicipalityCode;
use crate::platform::access::Permit;
use crate::platform::access::policy::{PatientsMerge, PatientsRead, PatientsWrite};
use crate::platform::app::{App, Cx};
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Body, Path, Query, rule};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::platform::text::Line;
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        read_patient,
        search_patients,
        create_patient,
        list_patients,
        change_patient,
        merge_patient,
    ]
}

/// Which patients.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PatientFilter {
    /// Only those changed at this time or later, in the order of change instead of the order
    /// they were made.
    #[param(nullable = false)]
    updated_since: Option<Instant>,
    /// Only residents of this municipality (bopælskommune / hemkommun). Leaves out protected
    /// persons where you may not see where they live (ID-5).
    #[param(nullable = false)]
    municipality_code: Option<MunicipalityCode>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of patients.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PatientPage {
    /// The patients.
    items: Vec<PatientView>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Whom to look for: exactly one of `identifier`, `name` with `birthDate`, `telephone`.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": "070761-4285"}}))]
#[validate(schema(function = "one_way_of_searching"))]
pub struct PatientSearch {
    /// An identity number, also one that was replaced since (ID-2).
    #[serde(default)]
    #[schema(nullable = false)]
    identifier: Option<PersonIdentifier>,
    /// The full name; case, spacing and the way accents are composed do not matter.
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<PersonName>,
    /// The date of birth, with `name`.
    #[serde(default)]
    #[schema(nullable = false)]
    birth_date: Option<NaiveDate>,
    /// A telephone number.
    #[serde(default)]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 40,
        example = "+4532105432"
    )]
    telephone: Option<String>,
}

fn one_way_of_searching(search: &PatientSearch) -> Result<(), ValidationError> {
    if search.name.is_some() && search.birth_date.is_none() {
        return Err(rule("/birthDate", "required", "is needed with name"));
    }
    if search.birth_date.is_some() && search.name.is_none() {
        return Err(rule("/name", "required", "is needed with birthDate"));
    }
    let ways = [
        search.identifier.is_some(),
        search.name.is_some(),
        search.telephone.is_some(),
    ];
    if ways.into_iter().filter(|way| *way).count() == 1 {
        Ok(())
    } else {
        Err(rule(
            "",
            "oneOf",
            "must hold exactly one of identifier, name with birthDate, telephone",
        ))
    }
}

/// Whom a search has found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PatientsFound {
    /// Everybody who fits, at most 50.
    items: Vec<PatientView>,
}

/// Which record is the same person's, and how that is known.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"duplicateId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "reason": "Registered twice; confirmed by the patient."}))]
pub struct PatientMerge {
    /// The record that is merged into the one in the path.
    duplicate_id: PatientId,
    /// How it is known that both are of one person. Kept sealed.
    reason: Line,
}

/// Register a patient
///
/// Identity numbers are optional (ID-4). A number that is known already answers 409
/// `duplicatePatient`. So does, unless `allowDuplicate` is sent, a person with the full name,
/// telephone and municipality of a known one where either has no identity number; protected
/// persons whom you may not see do not count there (ID-5).
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.write"])),
    request_body = NewPatient,
    responses((status = 201, description = "The new patient.", body = PatientView)))]
#[post("/patients")]
async fn create_patient(
    app: App,
    permit: Permit<PatientsWrite>,
    body: Body<NewPatient>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let patient = register::create(cx, new)?;
        view::reply(cx, patient, true)
    })
    .await
}

/// Read a patient
///
/// The id of a merged record answers with its survivor: `id` is the survivor's, `previousIds`
/// holds the one you sent. Protected persons are masked for those who may not see them (ID-5).
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.read"])),
    params(("patientId" = PatientId, Path, description = "The patient's id.")),
    responses((status = 200, description = "The patient.", body = PatientView)))]
#[get("/patients/{patientId}")]
async fn read_patient(
    app: App,
    permit: Permit<PatientsRead>,
    id: Path<PatientId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let patient = store::find(cx, id.0)?;
        view::reply(cx, patient, false)
    })
    .await
}

/// List patients
///
/// The patients of your data controller in the order they were made, or with `updatedSince` in
/// the order they were changed. Merged records are not among them; see `previousIds`.
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.read"])),
    params(PatientFilter),
    responses((status = 200, description = "A page of patients.", body = PatientPage)))]
#[get("/patients")]
async fn list_patients(
    app: App,
    permit: Permit<PatientsRead>,
    query: Query<PatientFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            updated_since: query.updated_since,
            municipality_code: query.municipality_code,
        };
        let bound_to = format!("patients {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = list::list(cx, &filter, after, query.limit.rows())?;
        let (rows, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: row.updated_at.micros(),
            id: row.id.uuid(),
        });
        let items = show(cx, rows);
        Reply::page(next_cursor, |next_cursor| PatientPage {
            items,
            next_cursor,
        })
    })
    .await
}

fn show(cx: &mut Cx<'_>, patients: Vec<Patient>) -> Vec<PatientView> {
    patients
        .into_iter()
        .map(|patient| {
            cx.touch(patient.id);
            PatientView::of(patient, cx.scope())
        })
        .collect()
}

/// Search patients
///
/// By identity number, by full name and date of birth, or by telephone; personal data never
/// belongs in a URL (ID-6). Everybody found is recorded in the access log. Protected persons are
/// found by identity number only, where you may not see their name and telephones (ID-5).
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.read"])),
    request_body = PatientSearch,
    responses((status = 200, description = "Whom the search has found.", body = PatientsFound)))]
#[post("/patients/search")]
async fn search_patients(
    app: App,
    permit: Permit<PatientsRead>,
    body: Body<PatientSearch>,
) -> Result<Reply> {
    app.read(&permit, body, |cx, search| {
        cx.searched();
        let lookup = lookup_of(cx, &search)?;
        let found = store::search(cx, &lookup)?;
        let items = show(cx, found);
        Reply::ok(&PatientsFound { items })
    })
    .await
}

fn lookup_of(cx: &Cx<'_>, search: &PatientSearch) -> Result<Lookup> {
    if let Some(sent) = &search.identifier {
        let identifier = rules::parse_identifier(sent, store::today(cx), "/identifier/value")
            .map_err(|error| Error::invalid(vec![error]))?;
        return Ok(Lookup::identifier(&identifier));
    }
    if let (Some(name), Some(birth_date)) = (&search.name, search.birth_date) {
        return Ok(Lookup::name_and_birth_date(name, birth_date));
    }
    let telephone = search.telephone.as_deref().unwrap_or_default();
    rules::parse_phone(telephone)
        .map(|phone| Lookup::phone(&phone))
        .map_err(|error| Error::field("/telephone", error.code(), error.detail()))
}

/// Change a patient
///
/// A merge patch (RFC 7396): fields that are absent stay as they are, `null` clears. A person who
/// had a replacement number and gets a real one is sent with both: the old one stays searchable
/// (ID-2). Masked fields are changed by those who may see them.
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.write"])),
    params(("patientId" = PatientId, Path, description = "The patient's id.")),
    request_body = PatientChange,
    responses((status = 200, description = "The patient as it is now.", body = PatientView)))]
#[patch("/patients/{patientId}")]
async fn change_patient(
    app: App,
    permit: Permit<PatientsWrite>,
    id: Path<PatientId>,
    body: Body<PatientChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let patient = register::change(cx, id.0, change)?;
        view::reply(cx, patient, false)
    })
    .await
}

/// Merge two records of one person
///
/// The record in the path survives and keeps its id. It takes over identity numbers, telephones,
/// what it lacks otherwise, relatives, consents, referrals, courses, call sessions and enquiries of
/// the duplicate, whose id finds the survivor from now on. Different numbers of one system or
/// different dates of birth answer 409; those of replacement numbers do not count (ID-2). Records of
/// a protected person are merged by those who may see them (ID-5).
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.merge"])),
    params(("patientId" = PatientId, Path, description = "The patient's id.")),
    request_body = PatientMerge,
    responses((status = 200, description = "The survivor.", body = PatientView)))]
#[post("/patients/{patientId}/merge")]
async fn merge_patient(
    app: App,
    permit: Permit<PatientsMerge>,
    id: Path<PatientId>,
    body: Body<PatientMerge>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        let survivor = merge::merge(cx, id.0, sent.duplicate_id, &sent.reason)?;
        view::reply(cx, survivor, false)
    })
    .await
}
