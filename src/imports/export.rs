//! Records as rows that import reads back unchanged: with `id`, so that also somebody without any
//! number or telephone is found again.

use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::kinds;
use super::model::ImportKind;
use crate::organisations::OrganisationId;
use crate::platform::app::{App, Cx};
use crate::platform::error::{Error, Result};
use crate::platform::external_ids::{self, RecordKind};
use crate::platform::id::Id;
use crate::{agreements, consents, organisations, patients, referrals, staff, volunteers};

/// How many records are read in one transaction.
const TOGETHER: i64 = 200;

/// Hands every record of a kind in a data controller to `each` as a row, some at a time, in the
/// order they were made. Whoever's data it is leaves an audit row. Blocking.
pub fn export(
    app: &App,
    controller: OrganisationId,
    kind: ImportKind,
    mut each: impl FnMut(Vec<Value>) -> Result<()>,
) -> Result<()> {
    let mut after: Option<Uuid> = None;
    loop {
        let from = after;
        let found = app.by_itself(controller, "export", move |cx| {
            let (rows, last) = page(cx, kind, from)?;
            Ok(last.map(|last| (rows, last)))
        })?;
        let Some((rows, last)) = found else {
            return Ok(());
        };
        after = Some(last);
        each(rows)?;
    }
}

/// Some rows behind an id, and the last id that was looked at.
fn page(
    cx: &mut Cx<'_>,
    kind: ImportKind,
    after: Option<Uuid>,
) -> Result<(Vec<Value>, Option<Uuid>)> {
    let mut rows = Vec::new();
    let mut last = None;
    match kind {
        ImportKind::Patients => {
            for patient in patients::page(cx, after.map(Id::from_uuid), TOGETHER)? {
                last = Some(patient.id.uuid());
                rows.push(patient_row(&patient)?);
            }
        }
        ImportKind::Relatives => {
            for relative in patients::page_of_relatives(cx, after.map(Id::from_uuid), TOGETHER)? {
                last = Some(relative.id.uuid());
                let external = external_ids::of(cx, RecordKind::Relative, relative.id)?;
                let telephones = telephones(&relative.telephones);
                rows.push(row(
                    relative.id.uuid(),
                    external,
                    &json!({
                        "patientId": relative.patient_id, "relation": relative.relation,
                        "name": relative.name, "telephones": telephones,
                        "takesPart": relative.takes_part, "supported": relative.supported,
                        "note": relative.note,
                    }),
                )?);
            }
        }
        ImportKind::Consents => {
            for consent in consents::page(cx, after.map(Id::from_uuid), TOGETHER)? {
                last = Some(consent.id.uuid());
                let external = external_ids::of(cx, RecordKind::Consent, consent.id)?;
                let details = &consent.details;
                rows.push(row(
                    consent.id.uuid(),
                    external,
                    &json!({
                        "patientId": consent.patient_id, "programmeId": consent.programme_id,
                        "purpose": consent.purpose, "form": consent.form,
                        "decision": consent.decision, "givenAt": consent.given_at,
                        "expiresOn": consent.expires_on, "givenBy": details.given_by,
                        "takenBy": details.taken_by, "givenTo": consent.given_to,
                        "legalBasis": details.legal_basis, "note": details.note,
                    }),
                )?);
            }
        }
        ImportKind::Referrals => {
            for referral in referrals::page(cx, after.map(Id::from_uuid), TOGETHER)? {
                last = Some(referral.id.uuid());
                let external = external_ids::of(cx, RecordKind::Referral, referral.id)?;
                rows.push(row(
                    referral.id.uuid(),
                    external,
                    &json!({
                        "programmeId": referral.programme_id, "channel": referral.channel,
                        "sentAt": referral.sent_at, "receivedAt": referral.received_at,
                        "statedProgramme": referral.stated_programme,
                        "patientId": referral.patient_id, "consentId": referral.consent_id,
                        "referrer": referral.referrer, "reason": referral.reason,
                        "criteria": referral.criteria,
                    }),
                )?);
            }
        }
        ImportKind::Volunteers => {
            for volunteer in volunteers::page(cx, after.map(Id::from_uuid), TOGETHER)? {
                last = Some(volunteer.id.uuid());
                let external = external_ids::of(cx, RecordKind::Volunteer, volunteer.id)?;
                let fields = [
                    "programmeId",
                    "name",
                    "birthDate",
                    "contact",
                    "subtypes",
                    "phases",
                    "languages",
                    "wardIds",
                    "experience",
                    "lifeSituation",
                    "conflicts",
                    "capacityPerWeek",
                    "publicProfile",
                ];
                let body = only(&volunteer, &fields)?;
                rows.push(row(volunteer.id.uuid(), external, &body)?);
            }
        }
        ImportKind::Staff => {
            for member in staff::page(cx, after.map(Id::from_uuid), TOGETHER)? {
                last = Some(member.id.uuid());
                let external = external_ids::of(cx, RecordKind::Staff, member.id)?;
                let body = only(&member, &["organisationId", "name", "title", "roles"])?;
                rows.push(row(member.id.uuid(), external, &body)?);
            }
        }
        ImportKind::Organisations => {
            for organisation in organisations::page(cx, after.map(Id::from_uuid), TOGETHER)? {
                last = Some(organisation.id.uuid());
                // A data controller is made on the command line, and nothing that a row can be.
                if organisation.part_of.is_none() {
                    continue;
                }
                let external = external_ids::of(cx, RecordKind::Organisation, organisation.id)?;
                let numbers: Vec<Value> = organisation
                    .identifiers
                    .iter()
                    .map(|number| json!({"system": number.system(), "value": number.value()}))
                    .collect();
                rows.push(row(
                    organisation.id.uuid(),
                    external,
                    &json!({
                        "partOf": organisation.part_of, "kind": organisation.kind,
                        "name": organisation.name, "identifiers": numbers,
                    }),
                )?);
            }
        }
        ImportKind::Measurements => {
            for measurement in
                agreements::page_of_measurements(cx, after.map(Id::from_uuid), TOGETHER)?
            {
                last = Some(measurement.id.uuid());
                let external = external_ids::of(cx, RecordKind::Measurement, measurement.id)?;
                // Where there are both parts of it, the value is computed from them.
                let value = measurement.numerator.is_none().then_some(measurement.value);
                rows.push(row(
                    measurement.id.uuid(),
                    external,
                    &json!({
                        "indicatorId": measurement.indicator_id, "area": measurement.area,
                        "periodFrom": measurement.period_from, "periodTo": measurement.period_to,
                        "numerator": measurement.numerator,
                        "denominator": measurement.denominator, "value": value,
                        "note": measurement.note,
                    }),
                )?);
            }
        }
    }
    Ok((rows, last))
}

fn telephones(known: &[patients::Telephone]) -> Vec<Value> {
    known
        .iter()
        .map(|telephone| json!({"label": telephone.label, "number": telephone.number.value()}))
        .collect()
}

fn patient_row(patient: &patients::Patient) -> Result<Value> {
    let numbers: Vec<Value> = patient
        .identifiers
        .iter()
        .map(|number| json!({"system": number.system(), "value": number.value()}))
        .collect();
    let body = json!({
        "externalId": patient.external_id, "identifiers": numbers, "name": patient.name,
        "birthDate": patient.birth_date, "telephones": telephones(&patient.telephones),
        "address": patient.address, "municipalityCode": patient.municipality_code,
        "language": patient.language, "protected": patient.protected,
    });
    row(patient.id.uuid(), None, &body)
}

/// These fields of a record.
fn only(record: &impl Serialize, fields: &[&str]) -> Result<Value> {
    let Value::Object(mut all) = serde_json::to_value(record).map_err(Error::internal)? else {
        return Err(Error::internal("a record is no object"));
    };
    let mut body = Map::new();
    for field in fields {
        if let Some(value) = all.remove(*field) {
            body.insert((*field).to_owned(), value);
        }
    }
    Ok(Value::Object(body))
}

/// A row with its ids first, and without what says nothing.
fn row(id: Uuid, external: Option<(String, String)>, body: &Value) -> Result<Value> {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), json!(id));
    if let Some((system, value)) = external {
        fields.insert(
            "externalId".to_owned(),
            json!({"system": system, "value": value}),
        );
    }
    let body = body
        .as_object()
        .ok_or_else(|| Error::internal("a row is no object"))?;
    for (name, value) in body {
        let says_nothing = match value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if !says_nothing {
            fields.insert(name.clone(), value.clone());
        }
    }
    Ok(Value::Object(fields))
}

/// The columns of a table of this kind that has no rows: those that imports ask for.
pub fn head(kind: ImportKind) -> Result<Vec<String>> {
    let mut columns = vec!["id".to_owned()];
    columns.extend(kinds::shape(kind)?.required());
    Ok(columns)
}

/// The fields of a row as columns: the names that imports know, each with its text.
#[must_use]
pub fn flat(row: &Value) -> Vec<(String, String)> {
    let mut cells = Vec::new();
    flatten(row, "", &mut cells);
    cells
}

fn flatten(value: &Value, name: &str, cells: &mut Vec<(String, String)>) {
    let below = |part: &str| match name {
        "" => part.to_owned(),
        _ => format!("{name}.{part}"),
    };
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(value, &below(field), cells);
            }
        }
        Value::Array(items) => {
            let words: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            match words {
                // One column, unless a word holds what separates them there.
                Some(words)
                    if words
                        .iter()
                        .all(|word| !word.contains('|') && word.trim() == *word) =>
                {
                    cells.push((name.to_owned(), words.join("|")));
                }
                _ => {
                    for (index, value) in items.iter().enumerate() {
                        flatten(value, &below(&(index + 1).to_string()), cells);
                    }
                }
            }
        }
        Value::String(text) => cells.push((name.to_owned(), text.clone())),
        Value::Bool(_) | Value::Number(_) => cells.push((name.to_owned(), value.to_string())),
    }
}
