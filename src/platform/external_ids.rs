//! The ids that other systems gave our records: `{system, value}`, each of one record of a kind
//! within a data controller, whatever runs at once (a unique index on a keyed digest).
//!
//! An id of another system may be an identity number in disguise: it is sealed, and looked up by
//! digest (ID-6). A record may have several; merging moves them to the survivor.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::app::Cx;
use super::crypto::Place;
use super::db::Instant;
use super::db::schema::external_ids;
use super::error::Result;
use super::id::Id;
use crate::organisations::Organisation;
use crate::{closed_enum, on_engine};

closed_enum! {
    /// What an id of another system is of.
    pub enum RecordKind {
        /// A patient.
        Patient = "patient",
        /// A relative.
        Relative = "relative",
        /// A consent.
        Consent = "consent",
        /// A referral.
        Referral = "referral",
        /// A volunteer.
        Volunteer = "volunteer",
        /// A member of the staff.
        Staff = "staff",
        /// An organisation.
        Organisation = "organisation",
        /// A measurement of an indicator.
        Measurement = "measurement",
    }
}

/// An id of another system, as a row of its table.
#[derive(Debug)]
pub struct Known;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = external_ids, treat_none_as_default_value = false)]
struct Row {
    id: Id<Known>,
    controller_id: Id<Organisation>,
    kind: RecordKind,
    record_id: Id<()>,
    digest: Vec<u8>,
    content: Vec<u8>,
    created_at: Instant,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Content {
    system: String,
    value: String,
}

fn place(id: Id<Known>) -> Place<'static> {
    Place::new("external_ids.content", id.uuid())
}

fn digest(cx: &Cx<'_>, kind: RecordKind, system: &str, value: &str) -> Vec<u8> {
    let scope = [
        cx.scope().controller.uuid().into_bytes().to_vec(),
        format!("external id of {kind}").into_bytes(),
        system.as_bytes().to_vec(),
    ];
    let scope: Vec<&[u8]> = scope.iter().map(Vec::as_slice).collect();
    cx.keys.digest(&scope, value)
}

/// The record that has this id in the actor's controller. Whether the actor may see the record is
/// for the record's own store to say.
pub fn find<T>(
    cx: &mut Cx<'_>,
    kind: RecordKind,
    system: &str,
    value: &str,
) -> Result<Option<Id<T>>> {
    let (controller, digest) = (cx.scope().controller, digest(cx, kind, system, value));
    let found: Option<Id<()>> = on_engine!(cx.conn(), conn => external_ids::table
        .filter(external_ids::controller_id.eq(controller))
        .filter(external_ids::kind.eq(kind))
        .filter(external_ids::digest.eq(digest))
        .select(external_ids::record_id)
        .first(conn))
    .optional()?;
    Ok(found.map(Id::cast))
}

/// Gives the id to `record`, unless another record has it: then that one is answered.
pub fn claim<T>(
    cx: &mut Cx<'_>,
    kind: RecordKind,
    record: Id<T>,
    system: &str,
    value: &str,
) -> Result<Option<Id<T>>> {
    if let Some(known) = find::<T>(cx, kind, system, value)? {
        return Ok((known != record).then_some(known));
    }
    let id = Id::new();
    let content = Content {
        system: system.to_owned(),
        value: value.to_owned(),
    };
    let row = Row {
        id,
        controller_id: cx.scope().controller,
        kind,
        record_id: record.cast(),
        digest: digest(cx, kind, system, value),
        content: cx.keys.seal_json(place(id), &content)?,
        created_at: cx.now,
    };
    on_engine!(cx.conn(), conn => diesel::insert_into(external_ids::table)
        .values(&row)
        .execute(conn))?;
    Ok(None)
}

/// Takes the id from `record`, which has another one now.
pub fn release<T>(
    cx: &mut Cx<'_>,
    kind: RecordKind,
    record: Id<T>,
    system: &str,
    value: &str,
) -> Result<()> {
    let (controller, digest) = (cx.scope().controller, digest(cx, kind, system, value));
    let record: Id<()> = record.cast();
    diesel::delete(
        external_ids::table
            .filter(external_ids::controller_id.eq(controller))
            .filter(external_ids::kind.eq(kind))
            .filter(external_ids::digest.eq(digest))
            .filter(external_ids::record_id.eq(record)),
    )
    .execute(cx.conn())?;
    Ok(())
}

/// The first id that `record` was given: system and value.
pub fn of<T>(cx: &mut Cx<'_>, kind: RecordKind, record: Id<T>) -> Result<Option<(String, String)>> {
    let record: Id<()> = record.cast();
    let row: Option<Row> = external_ids::table
        .filter(external_ids::record_id.eq(record))
        .filter(external_ids::kind.eq(kind))
        .order(external_ids::id.asc())
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?;
    row.map(|row| {
        let content: Content = cx.keys.open_json(place(row.id), &row.content)?;
        Ok((content.system, content.value))
    })
    .transpose()
}

/// The ids of this system that `record` has, as rows.
fn of_system<T>(
    cx: &mut Cx<'_>,
    kind: RecordKind,
    record: Id<T>,
    system: &str,
) -> Result<Vec<Id<Known>>> {
    let record: Id<()> = record.cast();
    let rows: Vec<Row> = external_ids::table
        .filter(external_ids::record_id.eq(record))
        .filter(external_ids::kind.eq(kind))
        .select(Row::as_select())
        .load(cx.conn())?;
    let mut found = Vec::new();
    for row in rows {
        let content: Content = cx.keys.open_json(place(row.id), &row.content)?;
        if content.system == system {
            found.push(row.id);
        }
    }
    Ok(found)
}

/// Whether `record` has an id of this system.
pub fn has_of<T>(cx: &mut Cx<'_>, kind: RecordKind, record: Id<T>, system: &str) -> Result<bool> {
    Ok(!of_system(cx, kind, record, system)?.is_empty())
}

/// Takes the ids of this system from `record`, which gets another one of it.
pub fn release_of<T>(cx: &mut Cx<'_>, kind: RecordKind, record: Id<T>, system: &str) -> Result<()> {
    for id in of_system(cx, kind, record, system)? {
        diesel::delete(external_ids::table.find(id)).execute(cx.conn())?;
    }
    Ok(())
}

/// Moves the ids of a merged record to its survivor.
pub fn repoint<T>(cx: &mut Cx<'_>, kind: RecordKind, from: Id<T>, to: Id<T>) -> Result<()> {
    let (from, to): (Id<()>, Id<()>) = (from.cast(), to.cast());
    diesel::update(
        external_ids::table
            .filter(external_ids::record_id.eq(from))
            .filter(external_ids::kind.eq(kind)),
    )
    .set(external_ids::record_id.eq(to))
    .execute(cx.conn())?;
    Ok(())
}
