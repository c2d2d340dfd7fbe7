//! Every access leaves a trace that nobody can quietly change.
//!
//! A row says who looked at or changed which patient, for which organisation, by which operation,
//! why, with what outcome, when. Rows of one writer thread form a chain: each carries a keyed hash
//! over itself and the hash before it. `audit_heads` holds the end of each chain and an unbroken
//! numbering of the chains themselves, `audit_anchor` how many there are, so that a row or a whole
//! chain that is changed, removed or put in between is found by `brobygger audit verify`. There is
//! no update or delete path.
//!
//! What no log can tell from inside is a whole database put back from an older copy: keep the
//! numbers that `audit verify` prints somewhere else.

use std::sync::Arc;

use diesel::prelude::*;
use serde::Serialize;
use uuid::Uuid;

use super::crypto::{KeyRing, same};
use super::db::schema::{audit_anchor, audit_heads, audit_rows};
use super::db::{AnyConnection, Instant};
use super::error::{Error, Result};
use super::id::Id;
use crate::organisations::Organisation;
use crate::patients::Patient;

/// A chain of audit rows: those of one writer thread of one run of the program.
#[derive(Debug)]
pub struct AuditWriter;

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
    /// The patient whose data it was, if it was one patient's.
    pub patient_id: Option<Id<Patient>>,
    /// The reason that the caller gave (`Access-Purpose`).
    pub purpose: Option<String>,
    /// `ok`, or the code of the problem that was answered.
    pub outcome: &'static str,
    /// The request it was part of.
    pub request_id: String,
}

/// A row as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
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
    /// See [`Entry::patient_id`].
    pub patient_id: Option<Id<Patient>>,
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
            self.purpose.as_deref().unwrap_or_default().as_bytes(),
            self.outcome.as_bytes(),
            self.request_id.as_bytes(),
        ])
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_heads)]
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
        for entry in entries {
            self.seq += 1;
            let mut row = Row {
                writer_id: self.writer,
                seq: self.seq,
                at: entry.at,
                controller_id: entry.controller_id,
                actor_kind: entry.actor_kind.to_owned(),
                actor_id: Id::from_uuid(entry.actor_id),
                actor_name: entry.actor_name.clone(),
                actor_roles: entry.actor_roles.clone(),
                operation: entry.operation.to_string(),
                patient_id: entry.patient_id,
                purpose: entry.purpose.clone(),
                outcome: entry.outcome.to_owned(),
                request_id: entry.request_id.clone(),
                hash: Vec::new(),
            };
            row.hash = row.compute_hash(&self.keys, &self.hash);
            self.hash.clone_from(&row.hash);
            diesel::insert_into(audit_rows::table)
                .values(&row)
                .execute(conn)?;
        }
        diesel::update(audit_heads::table.find(self.writer))
            .set((
                audit_heads::seq.eq(self.seq),
                audit_heads::hash.eq(&self.hash),
                audit_heads::tag.eq(head_tag(&self.keys, self.writer, self.seq, &self.hash)),
            ))
            .execute(conn)?;
        Ok(())
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

/// What verification found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// How many rows were checked.
    pub rows: u64,
    /// How many chains they form.
    pub chains: u64,
    /// What does not fit, in words: chain, place and what is wrong.
    pub findings: Vec<String>,
}

/// How many rows of a chain are held in memory at a time.
const PAGE: i64 = 1000;

/// Recomputes every chain from its first row.
pub fn verify(conn: &mut AnyConnection, keys: &KeyRing) -> Result<Verification> {
    let mut found = Verification::default();
    let heads: Vec<Head> = audit_heads::table
        .order(audit_heads::ordinal.asc())
        .select(Head::as_select())
        .load(conn)?;
    let mut previous_opening = Vec::new();
    let mut known_rows = 0;
    for (expected, head) in (1_i64..).zip(&heads) {
        found.chains += 1;
        if head.ordinal != expected
            || !same(
                &head.opening,
                &opening_hash(keys, head.ordinal, head.writer_id, &previous_opening),
            )
        {
            found.findings.push(format!(
                "chain {} (number {}): its opening does not follow the chain before it: a chain was changed, removed or inserted",
                head.writer_id, head.ordinal
            ));
        }
        previous_opening.clone_from(&head.opening);
        known_rows += verify_chain(conn, keys, head, &mut found)?;
    }
    let anchor: Option<(i64, Vec<u8>)> = audit_anchor::table
        .find(1)
        .select((audit_anchor::chains, audit_anchor::tag))
        .first(conn)
        .optional()?;
    let count = heads.last().map_or(0, |head| head.ordinal);
    let anchored = match anchor {
        None => count == 0,
        Some((chains, tag)) => chains == count && same(&tag, &anchor_tag(keys, chains)),
    };
    if !anchored {
        found.findings.push(format!(
            "the number of chains is not what it should be: the last of {count} chains was inserted, or those after it were removed"
        ));
    }
    let all: i64 = audit_rows::table.count().get_result(conn)?;
    if all != known_rows {
        found.findings.push(format!(
            "{} rows belong to no known chain: inserted, or the end of their chain was removed",
            all - known_rows
        ));
    }
    found.rows = u64::try_from(all).map_err(Error::internal)?;
    Ok(found)
}

fn verify_chain(
    conn: &mut AnyConnection,
    keys: &KeyRing,
    head: &Head,
    found: &mut Verification,
) -> Result<i64> {
    let mut hash = head.opening.clone();
    let (mut last, mut count) = (0_i64, 0_i64);
    loop {
        let rows: Vec<Row> = audit_rows::table
            .filter(audit_rows::writer_id.eq(head.writer_id))
            .filter(audit_rows::seq.gt(last))
            .order(audit_rows::seq.asc())
            .limit(PAGE)
            .select(Row::as_select())
            .load(conn)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            count += 1;
            if row.seq != last + 1 {
                found.findings.push(format!(
                    "chain {} row {}: {} rows before it are missing",
                    head.writer_id,
                    row.seq,
                    row.seq - last - 1
                ));
            } else if !same(&row.hash, &row.compute_hash(keys, &hash)) {
                found.findings.push(format!(
                    "chain {} row {}: it or the row before it was changed or inserted",
                    head.writer_id, row.seq
                ));
            }
            last = row.seq;
            hash = row.hash;
        }
    }
    if last != head.seq
        || !same(&hash, &head.hash)
        || !same(
            &head.tag,
            &head_tag(keys, head.writer_id, head.seq, &head.hash),
        )
    {
        found.findings.push(format!(
            "chain {}: it should end at row {} and ends at row {last}, or its end was changed",
            head.writer_id, head.seq
        ));
    }
    Ok(count)
}
