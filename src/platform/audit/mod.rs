//! Every access leaves a trace that nobody can quietly change.
//!
//! A row says who looked at or changed which patient or volunteer, for which organisation, by
//! which operation, why, with what outcome, when. Rows of one writer thread form a chain: each carries a keyed hash
//! over itself and the hash before it. `audit_heads` holds the end of each chain and an unbroken
//! numbering of the chains themselves, `audit_anchor` how many there are, so that a row or a whole
//! chain that is changed, removed or put in between is found by `brobygger audit verify`. There is
//! no update or delete path.
//!
//! What no log can tell from inside is a whole database put back from an older copy: keep the
//! numbers that `audit verify` prints somewhere else.

mod verify;

use std::sync::Arc;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use verify::{Verification, verify};

use super::crypto::KeyRing;
use super::db::schema::{audit_anchor, audit_heads, audit_rows};
use super::db::{AnyConnection, Instant};
use super::error::Result;
use super::id::Id;
use crate::on_engine;
use crate::organisations::Organisation;
use crate::patients::Patient;
use crate::volunteers::Volunteer;

/// A chain of audit rows: those of one writer thread of one run of the program.
#[derive(Debug)]
pub struct AuditWriter;

/// A person whose data leaves a trace when it is read or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// A patient.
    Patient(Id<Patient>),
    /// A volunteer.
    Volunteer(Id<Volunteer>),
}

impl Subject {
    fn patient(self) -> Option<Id<Patient>> {
        match self {
            Self::Patient(id) => Some(id),
            Self::Volunteer(_) => None,
        }
    }

    fn volunteer(self) -> Option<Id<Volunteer>> {
        match self {
            Self::Volunteer(id) => Some(id),
            Self::Patient(_) => None,
        }
    }
}

impl From<Id<Patient>> for Subject {
    fn from(id: Id<Patient>) -> Self {
        Self::Patient(id)
    }
}

impl From<Id<Volunteer>> for Subject {
    fn from(id: Id<Volunteer>) -> Self {
        Self::Volunteer(id)
    }
}

/// One access.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// The data controller whose data it was.
    pub controller_id: Id<Organisation>,
    /// `client`, `person`, `patient` or `service`.
    pub actor_kind: &'static str,
    /// The id of the client, person or patient.
    pub actor_id: Uuid,
    /// What the actor was called then; empty for a patient.
    pub actor_name: String,
    /// The roles it acted in.
    pub actor_roles: String,
    /// The operationId.
    pub operation: Arc<str>,
    /// Whose data it was, if it was one person's.
    pub subject: Option<Subject>,
    /// The reason that the caller gave (`Access-Purpose`).
    pub purpose: Option<String>,
    /// `ok`, or the code of the problem that was answered.
    pub outcome: &'static str,
    /// The request it was part of.
    pub request_id: String,
}

impl Entry {
    /// The same access, once for each of these persons.
    pub fn of_each(self, subjects: &[Subject]) -> impl Iterator<Item = Self> {
        subjects.iter().map(move |subject| Self {
            subject: Some(*subject),
            ..self.clone()
        })
    }
}

/// A row as it was stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit_rows)]
pub struct Row {
    /// The chain.
    pub writer_id: Id<AuditWriter>,
    /// The place in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// See [`Entry::controller_id`].
    pub controller_id: Id<Organisation>,
    /// See [`Entry::actor_kind`].
    pub actor_kind: String,
    /// See [`Entry::actor_id`].
    pub actor_id: Id<()>,
    /// See [`Entry::actor_name`].
    pub actor_name: String,
    /// See [`Entry::actor_roles`].
    pub actor_roles: String,
    /// See [`Entry::operation`].
    pub operation: String,
    /// The patient, see [`Entry::subject`].
    pub patient_id: Option<Id<Patient>>,
    /// The volunteer, see [`Entry::subject`].
    pub volunteer_id: Option<Id<Volunteer>>,
    /// See [`Entry::purpose`].
    pub purpose: Option<String>,
    /// See [`Entry::outcome`].
    pub outcome: String,
    /// See [`Entry::request_id`].
    pub request_id: String,
    /// The hash of this row and all before it.
    pub hash: Vec<u8>,
}

impl Row {
    fn as_new(&self) -> NewRow<'_> {
        NewRow {
            writer_id: self.writer_id,
            seq: self.seq,
            at: self.at,
            controller_id: self.controller_id,
            actor_kind: &self.actor_kind,
            actor_id: self.actor_id,
            actor_name: &self.actor_name,
            actor_roles: &self.actor_roles,
            operation: &self.operation,
            patient_id: self.patient_id,
            volunteer_id: self.volunteer_id,
            purpose: self.purpose.as_deref(),
            outcome: &self.outcome,
            request_id: &self.request_id,
            hash: Vec::new(),
        }
    }
}

/// A row on its way into the log.
#[derive(Insertable)]
#[diesel(table_name = audit_rows, treat_none_as_default_value = false)]
struct NewRow<'a> {
    writer_id: Id<AuditWriter>,
    seq: i64,
    at: Instant,
    controller_id: Id<Organisation>,
    actor_kind: &'a str,
    actor_id: Id<()>,
    actor_name: &'a str,
    actor_roles: &'a str,
    operation: &'a str,
    patient_id: Option<Id<Patient>>,
    volunteer_id: Option<Id<Volunteer>>,
    purpose: Option<&'a str>,
    outcome: &'a str,
    request_id: &'a str,
    hash: Vec<u8>,
}

impl NewRow<'_> {
    fn compute_hash(&self, keys: &KeyRing, previous: &[u8]) -> Vec<u8> {
        keys.chain_hash(&[
            b"row",
            previous,
            self.writer_id.uuid().as_bytes(),
            &self.seq.to_be_bytes(),
            &self.at.micros().to_be_bytes(),
            self.controller_id.uuid().as_bytes(),
            self.actor_kind.as_bytes(),
            self.actor_id.uuid().as_bytes(),
            self.actor_name.as_bytes(),
            self.actor_roles.as_bytes(),
            self.operation.as_bytes(),
            self.patient_id
                .map_or(Uuid::nil(), Id::uuid)
                .as_bytes()
                .as_slice(),
            self.volunteer_id
                .map_or(Uuid::nil(), Id::uuid)
                .as_bytes()
                .as_slice(),
            self.purpose.unwrap_or_default().as_bytes(),
            self.outcome.as_bytes(),
            self.request_id.as_bytes(),
        ])
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_heads, treat_none_as_default_value = false)]
struct Head {
    writer_id: Id<AuditWriter>,
    ordinal: i64,
    opening: Vec<u8>,
    seq: i64,
    hash: Vec<u8>,
    tag: Vec<u8>,
}

/// The end of the chain that one writer thread extends.
#[derive(Clone)]
pub struct Chain {
    keys: Arc<KeyRing>,
    writer: Id<AuditWriter>,
    seq: i64,
    hash: Vec<u8>,
}

impl Chain {
    /// A new chain. It costs nothing until its first row.
    #[must_use]
    pub fn new(keys: Arc<KeyRing>) -> Self {
        Self {
            keys,
            writer: Id::new(),
            seq: 0,
            hash: Vec::new(),
        }
    }

    /// A chain to go on with where nobody knows how far this one came: the connection was lost
    /// while it was being committed.
    #[must_use]
    pub fn successor(&self) -> Self {
        Self::new(Arc::clone(&self.keys))
    }

    /// Appends rows. Inside the caller's transaction; when that fails the caller goes back to
    /// the chain as it was before.
    pub fn append(&mut self, conn: &mut AnyConnection, entries: &[Entry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        if self.seq == 0 {
            self.open(conn)?;
        }
        let rows: Vec<NewRow<'_>> = entries.iter().map(|entry| self.next(entry)).collect();
        insert(conn, &rows)?;
        let tag = head_tag(&self.keys, self.writer, self.seq, &self.hash);
        on_engine!(conn, conn => diesel::update(audit_heads::table.find(self.writer))
            .set((
                audit_heads::seq.eq(self.seq),
                audit_heads::hash.eq(&self.hash),
                audit_heads::tag.eq(&tag),
            ))
            .execute(conn))?;
        Ok(())
    }

    /// The row of `entry` at the end of the chain.
    fn next<'e>(&mut self, entry: &'e Entry) -> NewRow<'e> {
        self.seq += 1;
        let mut row = NewRow {
            writer_id: self.writer,
            seq: self.seq,
            at: entry.at,
            controller_id: entry.controller_id,
            actor_kind: entry.actor_kind,
            actor_id: Id::from_uuid(entry.actor_id),
            actor_name: &entry.actor_name,
            actor_roles: &entry.actor_roles,
            operation: &entry.operation,
            patient_id: entry.subject.and_then(Subject::patient),
            volunteer_id: entry.subject.and_then(Subject::volunteer),
            purpose: entry.purpose.as_deref(),
            outcome: entry.outcome,
            request_id: &entry.request_id,
            hash: Vec::new(),
        };
        row.hash = row.compute_hash(&self.keys, &self.hash);
        self.hash.clone_from(&row.hash);
        row
    }

    fn open(&mut self, conn: &mut AnyConnection) -> Result<()> {
        let last: Option<(i64, Vec<u8>)> = audit_heads::table
            .order(audit_heads::ordinal.desc())
            .select((audit_heads::ordinal, audit_heads::opening))
            .first(conn)
            .optional()?;
        let (ordinal, previous) = last.unwrap_or_default();
        let opening = opening_hash(&self.keys, ordinal + 1, self.writer, &previous);
        self.hash.clone_from(&opening);
        diesel::insert_into(audit_heads::table)
            .values(&Head {
                writer_id: self.writer,
                ordinal: ordinal + 1,
                tag: head_tag(&self.keys, self.writer, 0, &opening),
                hash: opening.clone(),
                opening,
                seq: 0,
            })
            .execute(conn)?;
        let anchored = (
            audit_anchor::chains.eq(ordinal + 1),
            audit_anchor::tag.eq(anchor_tag(&self.keys, ordinal + 1)),
        );
        if ordinal == 0 {
            diesel::insert_into(audit_anchor::table)
                .values((audit_anchor::id.eq(1), anchored))
                .execute(conn)?;
        } else {
            diesel::update(audit_anchor::table.find(1))
                .set(anchored)
                .execute(conn)?;
        }
        Ok(())
    }
}

/// The most rows in one statement: PostgreSQL takes 65,535 values, 15 to a row.
const ROWS_AT_ONCE: usize = 500;

/// SQLite runs one prepared statement again and again; PostgreSQL is spared the round trips.
fn insert(conn: &mut AnyConnection, rows: &[NewRow<'_>]) -> Result<()> {
    match conn {
        AnyConnection::Postgres(conn) => {
            for rows in rows.chunks(ROWS_AT_ONCE) {
                match rows {
                    [row] => diesel::insert_into(audit_rows::table)
                        .values(row)
                        .execute(conn),
                    rows => diesel::insert_into(audit_rows::table)
                        .values(rows)
                        .execute(conn),
                }?;
            }
        }
        AnyConnection::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(audit_rows::table)
                    .values(row)
                    .execute(conn)?;
            }
        }
    }
    Ok(())
}

fn opening_hash(keys: &KeyRing, ordinal: i64, writer: Id<AuditWriter>, previous: &[u8]) -> Vec<u8> {
    keys.chain_hash(&[
        b"opening",
        &ordinal.to_be_bytes(),
        writer.uuid().as_bytes(),
        previous,
    ])
}

fn anchor_tag(keys: &KeyRing, chains: i64) -> Vec<u8> {
    keys.chain_hash(&[b"anchor", &chains.to_be_bytes()])
}

fn head_tag(keys: &KeyRing, writer: Id<AuditWriter>, seq: i64, hash: &[u8]) -> Vec<u8> {
    keys.chain_hash(&[b"head", writer.uuid().as_bytes(), &seq.to_be_bytes(), hash])
}
