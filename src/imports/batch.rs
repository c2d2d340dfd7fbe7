//! Some rows become records in one transaction, together with what became of them and with how far
//! the job is: killed at any moment, it goes on behind the last row that is stored, and no row is
//! lost or done twice.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use chrono::Duration;
use diesel::connection::SimpleConnection as _;

use super::kinds::{Done, Keys};
use super::model::{ImportId, ImportMode, ImportState, RowOutcome, RowProblem, RowResult};
use super::pieces::{self, Chunk, ChunkRow};
use super::rows::{Read, Reader, rejected, result, without_made};
use super::split::RawRow;
use super::store::{self, Requester, Row, Worker};
use crate::organisations::OrganisationId;
use crate::platform::access::permit::OnBehalf;
use crate::platform::access::policy::action_of;
use crate::platform::access::{Actor, ActorKind, Scope, clients};
use crate::platform::app::App;
use crate::platform::audit::Entry;
use crate::platform::db::{AnyConnection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::http::request::RequestInfo;
use crate::platform::id::Id;
use crate::staff;

/// How long nobody else takes a job over from a worker that says nothing.
pub(super) const LEASE_SECONDS: i64 = 15;
/// How many earlier rows those that are checked together may stand on, and how many more for each
/// of them.
const MOST_EARLIER: usize = 200;
const EARLIER_EACH: usize = 4;

/// A job in one worker's hands.
pub(super) struct Task {
    pub app: App,
    pub id: ImportId,
    pub worker: Id<Worker>,
    pub reader: Reader,
    mode: ImportMode,
    pub validate_only: bool,
    by: OnBehalf,
}

/// Rows that have been read, from one piece of the file.
pub(super) struct Batch {
    /// The number of the first one, from 0.
    pub first: i32,
    pub reads: Vec<Read>,
    /// The piece; none where all rows were done.
    pub ends: Option<Id<Chunk>>,
}

/// How rows are written together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// All in one go: the first one that is refused undoes them all.
    None,
    /// Each so that it can be undone alone.
    EachRow,
    /// Not at all: they have failed in every other way.
    GiveUp,
}

/// What came of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// There is more to do.
    GoesOn,
    /// The job has ended.
    Ended,
    /// Somebody else has taken the job over.
    Lost,
}

impl Task {
    pub(super) fn new(app: &App, row: &Row, worker: Id<Worker>) -> Result<Self> {
        let requester = Requester::open(&app.keys, row)?;
        Ok(Self {
            app: app.clone(),
            id: row.id,
            worker,
            reader: Reader::new(row.kind, &row.layout.0)?,
            mode: row.mode,
            validate_only: row.validate_only,
            by: on_behalf(row, requester),
        })
    }

    /// Stores some rows of a batch. Blocking.
    pub(super) fn store(
        self: &Arc<Self>,
        batch: &Arc<Batch>,
        rows: Range<usize>,
        care: Care,
    ) -> Result<Stored> {
        let (task, batch) = (Arc::clone(self), Arc::clone(batch));
        self.app
            .db
            .write_blocking(move |tx| task.run(tx, &batch, rows.clone(), care))
    }

    fn run(
        &self,
        tx: &mut Tx<'_>,
        batch: &Batch,
        rows: Range<usize>,
        care: Care,
    ) -> Result<Stored> {
        let mut job = store::job(tx.conn(), self.id)?;
        let offset = i32::try_from(rows.start).map_err(Error::internal)?;
        let first = batch.first + offset;
        if job.worker_id != Some(self.worker)
            || job.state != ImportState::Running
            || job.rows_done != first
        {
            return Ok(Stored::Lost);
        }
        if job.cancel_asked {
            return self.end(tx, job, ImportState::Cancelled);
        }
        if !self.is_active(tx.conn(), job.controller_id)? {
            job.failure = Some("requesterInactive".to_owned());
            return self.end(tx, job, ImportState::Failed);
        }
        let is_last = rows.end == batch.reads.len();
        let reads = batch.reads.get(rows).unwrap_or_default();
        let mut entries = Vec::new();
        let results = if self.validate_only {
            self.check(tx.conn(), first, reads, care, &mut entries)?
        } else {
            let written = self.write(tx.conn(), reads, care, &mut entries)?;
            written.into_iter().map(|(result, _)| result).collect()
        };
        for entry in entries {
            tx.record(entry);
        }
        let mut counts = job.counts();
        for result in &results {
            counts.count(result.outcome);
        }
        job.set_counts(counts);
        job.rows_done += i32::try_from(results.len()).map_err(Error::internal)?;
        if !results.is_empty() {
            pieces::add_results(tx.conn(), &self.app.keys, self.id, first, &results)?;
        }
        if let Some(chunk) = batch.ends.filter(|_| is_last && !self.validate_only) {
            pieces::drop_chunk(tx.conn(), chunk)?;
        }
        if job.rows_done >= job.rows_total {
            let state = if counts.rejected > 0 {
                ImportState::CompletedWithRejections
            } else {
                ImportState::Completed
            };
            return self.end(tx, job, state);
        }
        let now = self.app.clock.now();
        job.leased_until = Some(now + Duration::seconds(LEASE_SECONDS));
        store::save(tx.conn(), &mut job, now)?;
        Ok(Stored::GoesOn)
    }

    /// The last step of a job.
    fn end(&self, tx: &mut Tx<'_>, job: Row, state: ImportState) -> Result<Stored> {
        let (done, entries) = self
            .app
            .piece(tx.conn(), &self.by, |cx| super::jobs::end(cx, job, state));
        done?;
        // Of the job itself, not of a person: none but what a check leaves.
        drop(entries);
        Ok(Stored::Ended)
    }

    fn write(
        &self,
        conn: &mut AnyConnection,
        reads: &[Read],
        care: Care,
        entries: &mut Vec<Entry>,
    ) -> Result<Vec<(RowResult, bool)>> {
        reads
            .iter()
            .map(|read| self.row(conn, read, care, entries))
            .collect()
    }

    /// One row, by the same function that the API's handler calls; and whether it wrote anything.
    fn row(
        &self,
        conn: &mut AnyConnection,
        read: &Read,
        care: Care,
        entries: &mut Vec<Entry>,
    ) -> Result<(RowResult, bool)> {
        let row = match &read.row {
            Ok(row) => row,
            Err(settled) => return Ok((settled.clone(), false)),
        };
        if care == Care::GiveUp {
            let failed = RowProblem::whole(
                "internal",
                "could not be written: the service failed. Send it again; nothing of it was stored.",
            );
            return Ok((rejected(read.line, vec![failed]), false));
        }
        if care == Care::EachRow {
            conn.batch_execute("SAVEPOINT one_row")?;
        }
        let (done, trail) = self
            .app
            .piece(conn, &self.by, |cx| row.apply(cx, self.mode));
        let written = |outcome, id| RowResult {
            id: Some(id),
            ..result(read.line, outcome)
        };
        let changes = matches!(
            done,
            Ok(Done::Created(_) | Done::Updated(_) | Done::Noted(_))
        );
        let (result, stands) = match done {
            Ok(Done::Created(id)) => (written(RowOutcome::Created, id), true),
            Ok(Done::Updated(id)) => (written(RowOutcome::Updated, id), true),
            Ok(Done::Unchanged(id) | Done::Noted(id)) => (written(RowOutcome::Unchanged, id), true),
            Ok(Done::Refused {
                id,
                candidates,
                problem,
            }) => {
                let refused = RowResult {
                    id,
                    candidates,
                    ..rejected(read.line, vec![problem])
                };
                (refused, false)
            }
            Err(Error::Retry) => return Err(Error::Retry),
            Err(error) => {
                let problems = self.reader.problems_of(read, error);
                (rejected(read.line, problems), false)
            }
        };
        match (care, stands) {
            (Care::EachRow, true) => conn.batch_execute("RELEASE one_row")?,
            (Care::EachRow, false) => {
                conn.batch_execute("ROLLBACK TO one_row; RELEASE one_row")?;
            }
            (_, true) => {}
            // Nobody knows what it has written by then: all of it again, each row by itself.
            (_, false) => return Err(Error::DryRun),
        }
        entries.extend(trail);
        Ok((result, changes))
    }

    /// Checks rows by writing them, with the earlier rows of the file that they stand on, and
    /// undoing all of it.
    fn check(
        &self,
        conn: &mut AnyConnection,
        first: i32,
        reads: &[Read],
        care: Care,
        entries: &mut Vec<Entry>,
    ) -> Result<Vec<RowResult>> {
        conn.batch_execute("SAVEPOINT checked_rows")?;
        // What they did to nobody's surprise was said with their own results.
        let earlier: Vec<Read> = self.earlier(conn, first, reads)?.into_values().collect();
        let before = self.write(conn, &earlier, Care::EachRow, &mut Vec::new())?;
        let written = self.write(conn, reads, care, entries)?;
        conn.batch_execute("ROLLBACK TO checked_rows; RELEASE checked_rows")?;
        for (number, (read, (_, changes))) in (first..).zip(reads.iter().zip(&written)) {
            // What a row has not changed no later one stands on.
            if *changes && let Ok(row) = &read.row {
                let digests = self.digests(&row.keys().makes);
                pieces::add_keys(conn, self.id, number, &digests)?;
            }
        }
        Ok(without_made(&before, written))
    }

    /// The rows before `first` that would make what these rows speak of, and those that these
    /// stand on in turn, in the order of the file.
    fn earlier(
        &self,
        conn: &mut AnyConnection,
        first: i32,
        reads: &[Read],
    ) -> Result<BTreeMap<i32, Read>> {
        let mut found: BTreeMap<i32, Read> = BTreeMap::new();
        let mut open: Vec<Keys> = reads
            .iter()
            .filter_map(|read| Some(read.row.as_ref().ok()?.keys()))
            .collect();
        let mut opened: Option<(ChunkRow, Vec<RawRow>)> = None;
        let most = MOST_EARLIER + EARLIER_EACH * reads.len();
        while let Some(keys) = open.pop() {
            let mut wanted = self.digests(&keys.makes);
            wanted.extend(self.digests(&keys.names));
            for number in pieces::rows_that_make(conn, self.id, &wanted)? {
                if number >= first || found.contains_key(&number) || found.len() >= most {
                    continue;
                }
                // Mostly the rows that others stand on are in one piece.
                if opened
                    .as_ref()
                    .is_none_or(|(chunk, _)| chunk.place_of(number).is_none())
                {
                    let Some(chunk) = pieces::chunk_with(conn, self.id, number)? else {
                        continue;
                    };
                    let rows = chunk.open(&self.app.keys)?;
                    opened = Some((chunk, rows));
                }
                let raw = opened
                    .as_ref()
                    .and_then(|(chunk, rows)| rows.get(chunk.place_of(number)?));
                let Some(raw) = raw else {
                    continue;
                };
                let read = self.reader.read(&self.app, raw);
                if let Ok(row) = &read.row {
                    open.push(row.keys());
                }
                found.insert(number, read);
            }
        }
        Ok(found)
    }

    fn digests(&self, keys: &[String]) -> Vec<Vec<u8>> {
        let mut digests: Vec<Vec<u8>> = keys
            .iter()
            .map(|key| {
                let id = self.id.uuid();
                let scope: [&[u8]; 2] = [b"import key", id.as_bytes()];
                self.app.keys.digest(&scope, key)
            })
            .collect();
        digests.sort_unstable();
        digests.dedup();
        digests
    }

    /// Whether whoever sent the file may still act.
    fn is_active(&self, conn: &mut AnyConnection, controller: OrganisationId) -> Result<bool> {
        let id = self.by.actor.id;
        Ok(match self.by.actor.kind {
            ActorKind::Client => clients::active_name(conn, Id::from_uuid(id))?.is_some(),
            ActorKind::Person => staff::active_name(conn, controller, Id::from_uuid(id))?.is_some(),
            ActorKind::Service => true,
            ActorKind::Patient | ActorKind::Volunteer => false,
        })
    }
}

/// The requester as an actor, with the request that brought the file.
fn on_behalf(row: &Row, requester: Requester) -> OnBehalf {
    let actor = Actor {
        kind: requester.kind,
        id: requester.id,
        name: requester.name,
        roles: requester.roles,
        actions: requester
            .scopes
            .iter()
            .filter_map(|scope| action_of(scope))
            .collect(),
        scope: Scope {
            controller: row.controller_id,
            programmes: requester.programmes,
            patient: None,
            volunteer: None,
            sees_protected: requester.sees_protected,
        },
    };
    OnBehalf {
        actor: Arc::new(actor),
        request: Arc::new(RequestInfo {
            id: requester.request_id,
            operation: "create_import".into(),
            // A row speaks of the record as it is found in the same transaction.
            if_match: Some("*".to_owned()),
            purpose: requester.purpose,
            validate_only: row.validate_only,
            ..RequestInfo::default()
        }),
    }
}
