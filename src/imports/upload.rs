//! A file on its way into the database: a job that is not to be worked on yet, and the pieces of
//! its file, stored as they come.

use super::model::{ImportId, ImportKind, ImportMode, ImportState, Layout};
use super::pieces::{self, ChunkRow};
use super::receive::{Packing, Received, Receiver};
use super::store::{self, Requester, Row};
use crate::platform::access::permit::OnBehalf;
use crate::platform::app::{App, Cx};
use crate::platform::db::{Json, Tx};
use crate::platform::error::Result;
use crate::platform::events::Event;
use crate::platform::id::Id;

/// What an import shall be.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// What its rows are.
    pub kind: ImportKind,
    /// What becomes of rows whose record is there already.
    pub mode: ImportMode,
    /// Whether it only checks.
    pub validate_only: bool,
    /// CSV, or NDJSON.
    pub csv: bool,
    /// How the file is packed.
    pub packing: Packing,
}

/// A file that is coming in.
pub struct Upload {
    receiver: Receiver,
    row: Row,
    /// Whether there is a job in the database.
    stored: bool,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upload({})", self.row.id)
    }
}

/// Something to be stored; it may run more than once.
pub(super) struct Piece {
    job: Option<Row>,
    id: ImportId,
    chunks: Vec<ChunkRow>,
}

/// A file that has come in, and is to become a job.
pub(super) struct Whole {
    row: Row,
    stored: bool,
    chunks: Vec<ChunkRow>,
    /// Of the file and of what is asked: the same again is the same request.
    pub hash: Vec<u8>,
}

impl Upload {
    /// Begins.
    pub fn new(app: &App, by: &OnBehalf, asked: Asked) -> Result<Self> {
        let receiver = Receiver::new(app, asked.kind, asked.csv, asked.packing);
        let (id, now) = (receiver.id(), app.clock.now());
        let scope = &by.actor.scope;
        let requester = Requester {
            kind: by.actor.kind,
            id: by.actor.id,
            name: by.actor.name.clone(),
            roles: by.actor.roles.clone(),
            scopes: by
                .actor
                .actions
                .iter()
                .map(|action| action.scope().to_owned())
                .collect(),
            programmes: scope.programmes.clone(),
            sees_protected: scope.sees_protected,
            request_id: by.request.id.clone(),
            purpose: by.request.purpose.clone(),
        };
        let row = Row {
            id,
            controller_id: scope.controller,
            kind: asked.kind,
            mode: asked.mode,
            validate_only: asked.validate_only,
            state: ImportState::Receiving,
            layout: Json(Layout::Ndjson),
            requester: requester.seal(&app.keys, id)?,
            requester_id: Id::from_uuid(by.actor.id),
            bytes: 0,
            rows_total: 0,
            rows_done: 0,
            created_count: 0,
            updated_count: 0,
            unchanged_count: 0,
            rejected_count: 0,
            ignored_count: 0,
            cancel_asked: false,
            failure: None,
            worker_id: None,
            leased_until: None,
            version: 1,
            created_at: now,
            started_at: None,
            finished_at: None,
            updated_at: now,
            file_gone_at: None,
            results_gone_at: None,
        };
        Ok(Self {
            receiver,
            row,
            stored: false,
        })
    }

    /// The job's id, where something of it is stored already.
    pub(super) fn stored(&self) -> Option<ImportId> {
        self.stored.then_some(self.row.id)
    }

    /// Takes some of the bytes; answers how many, and what is to be stored before the others come.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(usize, Option<Piece>)> {
        let taken = self.receiver.feed(bytes)?;
        let chunks = self.receiver.full();
        if chunks.is_empty() {
            return Ok((taken, None));
        }
        let job = (!self.stored).then(|| self.row.clone());
        self.stored = true;
        let piece = Piece {
            job,
            id: self.row.id,
            chunks,
        };
        Ok((taken, Some(piece)))
    }

    /// The file has ended.
    pub(super) fn finish(self) -> Result<Whole> {
        let Self {
            receiver,
            mut row,
            stored,
        } = self;
        let Received {
            layout,
            bytes,
            rows,
            hash,
            chunks,
        } = receiver.finish()?;
        let mut all = hash.to_vec();
        all.extend_from_slice(row.kind.as_str().as_bytes());
        all.extend_from_slice(row.mode.as_str().as_bytes());
        row.layout = Json(layout);
        row.bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        row.rows_total = rows;
        Ok(Whole {
            row,
            stored,
            chunks,
            hash: all,
        })
    }
}

impl Piece {
    /// Stores it.
    pub(super) fn store(&self, tx: &mut Tx<'_>, now: crate::platform::db::Instant) -> Result<()> {
        if let Some(job) = &self.job {
            store::insert(tx.conn(), job)?;
        }
        for chunk in &self.chunks {
            pieces::add_chunk(tx.conn(), chunk)?;
        }
        store::came_on(tx.conn(), self.id, now)
    }
}

impl Whole {
    /// Makes it a job that is to be worked on.
    pub(super) fn queue(&self, cx: &mut Cx<'_>) -> Result<Row> {
        let mut row = self.row.clone();
        let now = cx.now;
        if self.stored {
            store::came_on(cx.conn(), row.id, now)?;
        } else {
            store::insert(cx.conn(), &row)?;
        }
        for chunk in &self.chunks {
            pieces::add_chunk(cx.conn(), chunk)?;
        }
        row.state = ImportState::Queued;
        store::save_layout(cx.conn(), &row)?;
        store::save(cx.conn(), &mut row, now)?;
        cx.emit(&Event::new("import.received", row.id))?;
        Ok(row)
    }
}

/// Takes a file in from a reader. Blocking; for the command line and for tests.
pub fn upload(
    app: &App,
    by: &OnBehalf,
    asked: Asked,
    mut from: impl std::io::Read,
) -> Result<ImportId> {
    use crate::platform::error::Error;
    let mut upload = Upload::new(app, by, asked)?;
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut take = || -> Result<()> {
        loop {
            let length = from.read(&mut buffer).map_err(Error::internal)?;
            if length == 0 {
                return Ok(());
            }
            let mut rest = buffer.get(..length).unwrap_or_default();
            while !rest.is_empty() {
                let (taken, piece) = upload.feed(rest)?;
                rest = rest.get(taken..).unwrap_or_default();
                if let Some(piece) = piece {
                    let now = app.clock.now();
                    app.db.write_blocking(move |tx| piece.store(tx, now))?;
                }
            }
        }
    };
    let taken = take();
    let stored = upload.stored();
    let whole = taken.and_then(|()| upload.finish());
    let done = whole.and_then(|whole| {
        let (shared, by) = (app.clone(), by.clone());
        app.db.write_blocking(move |tx| {
            let (row, _) = shared.piece(tx.conn(), &by, |cx| whole.queue(cx));
            Ok(row?.id)
        })
    });
    if let (Err(_), Some(id)) = (&done, stored) {
        while app
            .db
            .write_blocking(move |tx| pieces::forget_some(tx.conn(), id))?
        {}
    }
    done
}
