//! Patients in storage. What is personal is sealed in one column; look-up goes by keyed digests.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::{Deserialize, Serialize};

use super::lookup::{self, Lookup, LookupKind};
use super::model::{
    Address, ExternalId, Patient, PatientId, PersonName, Telephone, TelephoneLabel,
};
use super::{upsert, view};
use crate::calendar::local_date;
use crate::closed_enum;
use crate::identity::{Identifier, IdentifierSystem, Phone};
use crate::organisations::OrganisationId;
use crate::places::MunicipalityCode;
use crate::platform::app::Cx;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::Instant;
use crate::platform::db::schema::{patient_lookups, patients};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::text::Line;
use crate::{insert_all, on_engine};

const PERSON: &str = "patients.person";

closed_enum! {
    /// Whether the record is in use.
    pub enum RecordState {
        /// In use.
        Active = "active",
        /// Merged into another record, which has taken its place.
        Merged = "merged",
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = patients, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub(super) id: PatientId,
    controller_id: OrganisationId,
    person: Vec<u8>,
    protected: bool,
    municipality_code: Option<String>,
    state: RecordState,
    pub(super) merged_into: Option<PatientId>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

#[derive(Insertable)]
#[diesel(table_name = patient_lookups, treat_none_as_default_value = false)]
struct LookupRow {
    patient_id: PatientId,
    kind: LookupKind,
    digest: Vec<u8>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    identifiers: Vec<(IdentifierSystem, String)>,
    name: PersonName,
    birth_date: Option<NaiveDate>,
    telephones: Vec<(TelephoneLabel, String)>,
    address: Option<Address>,
    language: Option<String>,
    external_id: Option<ExternalId>,
    previous_ids: Vec<PatientId>,
    /// Why this record was merged into another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged_because: Option<Line>,
}

/// Telephones as they are sealed.
pub(super) fn stored_telephones(telephones: &[Telephone]) -> Vec<(TelephoneLabel, String)> {
    telephones
        .iter()
        .map(|telephone| (telephone.label, telephone.number.value().to_owned()))
        .collect()
}

/// Telephones as they were sealed.
pub(super) fn opened_telephones(stored: Vec<(TelephoneLabel, String)>) -> Vec<Telephone> {
    stored
        .into_iter()
        .map(|(label, number)| Telephone {
            label,
            number: Phone::stored(number),
        })
        .collect()
}

impl Row {
    fn of(keys: &KeyRing, patient: &Patient, merged_because: Option<Line>) -> Result<Self> {
        let person = Person {
            identifiers: patient
                .identifiers
                .iter()
                .map(|known| (known.system(), known.value().to_owned()))
                .collect(),
            name: patient.name.clone(),
            birth_date: patient.birth_date,
            telephones: stored_telephones(&patient.telephones),
            address: patient.address.clone(),
            language: patient.language.clone(),
            external_id: patient.external_id.clone(),
            previous_ids: patient.previous_ids.clone(),
            merged_because,
        };
        Ok(Self {
            id: patient.id,
            controller_id: patient.controller_id,
            person: keys.seal_json(Place::new(PERSON, patient.id.uuid()), &person)?,
            protected: patient.protected,
            municipality_code: patient.municipality_code.map(|code| code.to_string()),
            state: RecordState::Active,
            merged_into: None,
            version: patient.version,
            created_at: patient.created_at,
            updated_at: patient.updated_at,
        })
    }

    pub(super) fn open(self, keys: &KeyRing) -> Result<Patient> {
        let person: Person = keys.open_json(Place::new(PERSON, self.id.uuid()), &self.person)?;
        Ok(Patient {
            id: self.id,
            controller_id: self.controller_id,
            identifiers: person
                .identifiers
                .into_iter()
                .map(|(system, value)| Identifier::stored(system, value))
                .collect(),
            name: person.name,
            birth_date: person.birth_date,
            telephones: opened_telephones(person.telephones),
            address: person.address,
            municipality_code: self
                .municipality_code
                .as_deref()
                .map(MunicipalityCode::parse)
                .transpose()
                .map_err(|_| Error::internal("a stored municipality code is unknown"))?,
            language: person.language,
            protected: self.protected,
            external_id: person.external_id,
            previous_ids: person.previous_ids,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// The day it is where the patients live: Denmark and Sweden keep the same time.
pub(super) fn today(cx: &Cx<'_>) -> NaiveDate {
    local_date(cx.now.utc(), chrono_tz::Europe::Copenhagen)
}

/// One row of the actor's controller, merged or not.
fn find_row(cx: &mut Cx<'_>, id: PatientId) -> Result<Row> {
    let controller = cx.scope().controller;
    on_engine!(cx.conn(), conn => patients::table
        .find(id)
        .filter(patients::controller_id.eq(controller))
        .select(Row::as_select())
        .first(conn))
    .optional()?
    .ok_or_else(Error::not_found)
}

/// One patient of the actor's controller. The id of a merged record finds the survivor. The
/// patient is touched: an audit row.
pub fn find(cx: &mut Cx<'_>, id: PatientId) -> Result<Patient> {
    let mut row = find_row(cx, id)?;
    // A survivor that is merged itself takes its duplicates along: one step is enough.
    if let Some(survivor) = row.merged_into {
        row = find_row(cx, survivor)?;
    }
    seen(cx, row)
}

/// The patient of a row that the actor sees; touched.
pub(super) fn seen(cx: &mut Cx<'_>, row: Row) -> Result<Patient> {
    let patient = row.open(cx.keys)?;
    // The token of a patient may still name a record that was merged since.
    match cx.scope().patient {
        Some(own) if own != patient.id && !patient.previous_ids.contains(&own) => {
            return Err(Error::not_found());
        }
        _ => {}
    }
    cx.touch(patient.id);
    Ok(patient)
}

/// One patient whose record is in use; touched. A merged one is a conflict.
pub(super) fn find_active(cx: &mut Cx<'_>, id: PatientId) -> Result<Patient> {
    let row = find_row(cx, id)?;
    cx.scope().check_patient(id)?;
    cx.touch(id);
    if row.state == RecordState::Merged {
        let no_steps: [&str; 0] = [];
        return Err(Error::state(
            "The record has been merged into another one.",
            row.state,
            no_steps,
        ));
    }
    row.open(cx.keys)
}

fn digest(cx: &Cx<'_>, lookup: &Lookup) -> Vec<u8> {
    cx.keys.digest(
        &[
            cx.scope().controller.uuid().as_bytes(),
            lookup.kind.as_str().as_bytes(),
        ],
        &lookup.text,
    )
}

/// The records in use that are found by `lookup`, oldest first, at most `limit`. Not touched.
/// Protected ones are found by identity number only where the actor may not see their name and
/// telephones: that a guess at those is right is told to nobody else (ID-5).
pub(super) fn find_by(cx: &mut Cx<'_>, lookup: &Lookup, limit: i64) -> Result<Vec<Patient>> {
    let (controller, digest) = (cx.scope().controller, digest(cx, lookup));
    let own = cx.scope().patient;
    let all = lookup.kind == LookupKind::Identifier || view::sees_protected(cx.scope());
    // One text whoever asks, so that the statement stays prepared.
    let anybody = own.is_none().into_sql::<Bool>();
    let all = all.into_sql::<Bool>();
    let rows: Vec<Row> = on_engine!(cx.conn(), conn => patients::table
        .inner_join(patient_lookups::table.on(patient_lookups::patient_id.eq(patients::id)))
        .filter(patient_lookups::digest.eq(digest))
        .filter(patients::state.eq(RecordState::Active))
        .filter(anybody.or(patients::id.nullable().eq(own)))
        .filter(all.or(patients::protected.eq(false)))
        // Oldest first, in an order that no index has, and the controller is not asked for (it is
        // in the digest): there is no other way then than by the digest. PostgreSQL, where it has
        // no statistics yet, would else walk all patients of the controller.
        .order((patients::created_at.asc(), patients::id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .load(conn))?;
    let keys = cx.keys;
    rows.into_iter()
        .filter(|row| row.controller_id == controller)
        .map(|row| row.open(keys))
        .collect()
}

/// The most records that a search answers with.
pub(super) const MOST_FOUND: i64 = 50;

/// Everybody who is found by `lookup`; touched.
pub fn search(cx: &mut Cx<'_>, lookup: &Lookup) -> Result<Vec<Patient>> {
    let found = find_by(cx, lookup, MOST_FOUND)?;
    for patient in &found {
        cx.touch(patient.id);
    }
    Ok(found)
}

/// Stores a new patient with its look-ups; touched.
pub(super) fn insert(cx: &mut Cx<'_>, patient: Patient) -> Result<Patient> {
    upsert::claim_external_id(cx, &patient)?;
    let row = Row::of(cx.keys, &patient, None)?;
    on_engine!(cx.conn(), conn => diesel::insert_into(patients::table)
        .values(&row)
        .execute(conn))?;
    let lookups: Vec<LookupRow> = lookup::all(&patient)
        .into_iter()
        .map(|lookup| LookupRow {
            patient_id: patient.id,
            kind: lookup.kind,
            digest: digest(cx, &lookup),
        })
        .collect();
    insert_all!(cx.conn(), patient_lookups::table, lookups)?;
    cx.touch(patient.id);
    cx.emit(&Event::new("patient.created", patient.id).patient(patient.id))?;
    Ok(patient)
}

fn insert_lookup(
    cx: &mut Cx<'_>,
    patient: PatientId,
    kind: LookupKind,
    digest: &[u8],
) -> Result<()> {
    let row = LookupRow {
        patient_id: patient,
        kind,
        digest: digest.to_vec(),
    };
    Ok(insert_all!(cx.conn(), patient_lookups::table, vec![row])?)
}

/// Stores a patient as it is after a change, with the look-ups that the change brings and
/// without those it takes away.
pub(super) fn save(cx: &mut Cx<'_>, before: &Patient, mut after: Patient) -> Result<Patient> {
    let (old, new) = (lookup::all(before), lookup::all(&after));
    for gone in old.iter().filter(|lookup| !new.contains(lookup)) {
        let digest = digest(cx, gone);
        diesel::delete(patient_lookups::table.find((after.id, digest))).execute(cx.conn())?;
    }
    for added in new.iter().filter(|lookup| !old.contains(lookup)) {
        let digest = digest(cx, added);
        if !has_lookup(cx, after.id, &digest)? {
            insert_lookup(cx, after.id, added.kind, &digest)?;
        }
    }
    after.external_id = upsert::move_external_id(cx, before, &after)?;
    let after = write(cx, after)?;
    cx.emit(&Event::new("patient.changed", after.id).patient(after.id))?;
    Ok(after)
}

/// Writes the row of a patient in use, as its next version.
pub(super) fn write(cx: &mut Cx<'_>, mut patient: Patient) -> Result<Patient> {
    patient.version += 1;
    patient.updated_at = cx.now;
    let row = Row::of(cx.keys, &patient, None)?;
    diesel::update(patients::table.find(patient.id))
        .set((
            patients::person.eq(row.person),
            patients::protected.eq(row.protected),
            patients::municipality_code.eq(row.municipality_code),
            patients::version.eq(row.version),
            patients::updated_at.eq(row.updated_at),
        ))
        .execute(cx.conn())?;
    Ok(patient)
}

/// Marks a record as merged into `survivor`, with everything merged into it before.
pub(super) fn mark_merged(
    cx: &mut Cx<'_>,
    duplicate: &Patient,
    survivor: PatientId,
    reason: &Line,
) -> Result<()> {
    let row = Row::of(cx.keys, duplicate, Some(reason.clone()))?;
    let now = cx.now;
    diesel::update(patients::table.find(duplicate.id))
        .set((
            patients::person.eq(row.person),
            patients::state.eq(RecordState::Merged),
            patients::merged_into.eq(survivor),
            patients::version.eq(duplicate.version + 1),
            patients::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    diesel::update(patients::table.filter(patients::merged_into.eq(duplicate.id)))
        .set(patients::merged_into.eq(survivor))
        .execute(cx.conn())?;
    Ok(())
}

/// Moves the look-ups of a merged record to its survivor: it stays searchable by all of them.
pub(super) fn move_lookups(cx: &mut Cx<'_>, from: PatientId, to: PatientId) -> Result<()> {
    let moved: Vec<(LookupKind, Vec<u8>)> = patient_lookups::table
        .filter(patient_lookups::patient_id.eq(from))
        .select((patient_lookups::kind, patient_lookups::digest))
        .load(cx.conn())?;
    diesel::delete(patient_lookups::table.filter(patient_lookups::patient_id.eq(from)))
        .execute(cx.conn())?;
    for (kind, digest) in moved {
        if !has_lookup(cx, to, &digest)? {
            insert_lookup(cx, to, kind, &digest)?;
        }
    }
    Ok(())
}

fn has_lookup(cx: &mut Cx<'_>, patient: PatientId, digest: &[u8]) -> Result<bool> {
    let count: i64 = patient_lookups::table
        .find((patient, digest))
        .count()
        .get_result(cx.conn())?;
    Ok(count > 0)
}
