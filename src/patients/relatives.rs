//! Relatives in storage: name, telephones and remark are sealed in one column. They are found,
//! changed and deleted through their patient, who is touched.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{NewTelephone, Patient, PatientId, PersonName, Telephone, TelephoneLabel};
use super::relatives_model::{NewRelative, Relation, Relative, RelativeChange, RelativeId};
use super::store::{opened_telephones, stored_telephones};
use super::{rules, store, view};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::Instant;
use crate::platform::db::schema::relatives;
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::platform::text::Line;

const PERSON: &str = "relatives.person";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = relatives, treat_none_as_default_value = false)]
struct Row {
    id: RelativeId,
    patient_id: PatientId,
    controller_id: OrganisationId,
    relation: Relation,
    person: Vec<u8>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    name: PersonName,
    telephones: Vec<(TelephoneLabel, String)>,
    takes_part: bool,
    supported: bool,
    note: Option<Line>,
}

fn seal(keys: &KeyRing, relative: &Relative) -> Result<Vec<u8>> {
    let person = Person {
        name: relative.name.clone(),
        telephones: stored_telephones(&relative.telephones),
        takes_part: relative.takes_part,
        supported: relative.supported,
        note: relative.note.clone(),
    };
    keys.seal_json(Place::new(PERSON, relative.id.uuid()), &person)
}

impl Row {
    fn open(self, keys: &KeyRing) -> Result<Relative> {
        let person: Person = keys.open_json(Place::new(PERSON, self.id.uuid()), &self.person)?;
        Ok(Relative {
            id: self.id,
            patient_id: self.patient_id,
            relation: self.relation,
            name: person.name,
            telephones: opened_telephones(person.telephones),
            takes_part: person.takes_part,
            supported: person.supported,
            note: person.note,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// A relative of a patient that the actor sees.
pub fn find(cx: &mut Cx<'_>, patient: PatientId, id: RelativeId) -> Result<(Patient, Relative)> {
    let patient = store::find(cx, patient)?;
    let row: Row = relatives::table
        .find(id)
        .filter(relatives::patient_id.eq(patient.id))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)?;
    Ok((patient, row.open(cx.keys)?))
}

/// A page of a patient's relatives in the order they were made, and one row more.
pub fn list(
    cx: &mut Cx<'_>,
    patient: PatientId,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Relative>> {
    let mut query = relatives::table
        .filter(relatives::patient_id.eq(patient))
        .order(relatives::id.asc())
        .limit(limit + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(relatives::id.gt(after.id::<Relative>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let keys = cx.keys;
    rows.into_iter().map(|row| row.open(keys)).collect()
}

/// Some of the controller's relatives behind an id, in the order they were made; their patients are
/// touched.
pub fn page(cx: &mut Cx<'_>, after: Option<RelativeId>, limit: i64) -> Result<Vec<Relative>> {
    let mut query = relatives::table
        .filter(relatives::controller_id.eq(cx.scope().controller))
        .order(relatives::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(relatives::id.gt(after));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    rows.into_iter()
        .map(|row| {
            cx.touch(row.patient_id);
            row.open(cx.keys)
        })
        .collect()
}

/// Registers a relative.
pub fn create(
    cx: &mut Cx<'_>,
    patient: PatientId,
    new: &NewRelative,
) -> Result<(Patient, Relative)> {
    let patient = store::find(cx, patient)?;
    cx.request.heed_version(patient.version)?;
    let relative = Relative {
        id: Id::new(),
        patient_id: patient.id,
        relation: new.relation,
        name: new.name.clone(),
        telephones: telephones(&new.telephones)?,
        takes_part: new.takes_part,
        supported: new.supported,
        note: new.note.clone(),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    let row = Row {
        id: relative.id,
        patient_id: patient.id,
        controller_id: patient.controller_id,
        relation: relative.relation,
        person: seal(cx.keys, &relative)?,
        version: relative.version,
        created_at: relative.created_at,
        updated_at: relative.updated_at,
    };
    diesel::insert_into(relatives::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("relative.created", relative.id).patient(patient.id))?;
    Ok((patient, relative))
}

fn telephones(sent: &[NewTelephone]) -> Result<Vec<Telephone>> {
    let mut wrong = Vec::new();
    let telephones = rules::parse_telephones(sent, &mut wrong);
    if wrong.is_empty() {
        Ok(telephones)
    } else {
        Err(Error::invalid(wrong))
    }
}

/// Changes a relative, if the version the actor has read is still the current one.
pub fn change(
    cx: &mut Cx<'_>,
    patient: PatientId,
    id: RelativeId,
    change: &RelativeChange,
) -> Result<(Patient, Relative)> {
    let (patient, mut relative) = find(cx, patient, id)?;
    cx.request.expect_version(relative.version)?;
    let hidden = change.name.is_some() || change.telephones.is_some() || change.note.is_some();
    if hidden {
        view::check_seen(
            cx.scope(),
            &patient,
            "Name, telephones and remark of a protected person's relative are changed by those who may see them.",
        )?;
    }
    if let Some(relation) = change.relation {
        relative.relation = relation;
    }
    if let Some(name) = &change.name {
        relative.name = name.clone();
    }
    if let Some(sent) = &change.telephones {
        relative.telephones = telephones(sent)?;
    }
    relative.takes_part = change.takes_part.unwrap_or(relative.takes_part);
    relative.supported = change.supported.unwrap_or(relative.supported);
    if let Some(note) = &change.note {
        relative.note.clone_from(note);
    }
    relative.version += 1;
    relative.updated_at = cx.now;
    diesel::update(relatives::table.find(id))
        .set((
            relatives::relation.eq(relative.relation),
            relatives::person.eq(seal(cx.keys, &relative)?),
            relatives::version.eq(relative.version),
            relatives::updated_at.eq(relative.updated_at),
        ))
        .execute(cx.conn())?;
    cx.emit(&Event::new("relative.changed", id).patient(patient.id))?;
    Ok((patient, relative))
}

/// Deletes a relative, if the version the actor has read is still the current one.
pub fn delete(cx: &mut Cx<'_>, patient: PatientId, id: RelativeId) -> Result<(Patient, Relative)> {
    let (patient, relative) = find(cx, patient, id)?;
    cx.request.expect_version(relative.version)?;
    view::check_seen(
        cx.scope(),
        &patient,
        "A protected person's relative is deleted by those who may see them.",
    )?;
    diesel::delete(relatives::table.find(id)).execute(cx.conn())?;
    cx.emit(&Event::new("relative.deleted", id).patient(patient.id))?;
    Ok((patient, relative))
}

/// Moves the relatives of a merged record to its survivor.
pub fn repoint(cx: &mut Cx<'_>, from: PatientId, to: PatientId) -> Result<()> {
    diesel::update(relatives::table.filter(relatives::patient_id.eq(from)))
        .set(relatives::patient_id.eq(to))
        .execute(cx.conn())?;
    Ok(())
}
