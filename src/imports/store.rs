//! Imports in storage: jobs, the pieces of their files, and what became of the rows.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{
    Import, ImportCounts, ImportId, ImportKind, ImportMode, ImportState, Layout, RowResult,
};
use super::split::RawRow;
use crate::on_engine;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::schema::{import_chunks, import_keys, import_results, imports};
use crate::platform::db::{AnyConnection, Instant, Json};
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;

/// Rows of a file that stand together.
#[derive(Debug)]
pub struct Chunk;

/// One worker of one instance.
#[derive(Debug)]
pub struct Worker;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = imports, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: ImportId,
    pub controller_id: OrganisationId,
    pub kind: ImportKind,
    pub mode: ImportMode,
    pub validate_only: bool,
    pub state: ImportState,
    pub layout: Json<Layout>,
    pub requester: Vec<u8>,
    pub bytes: i64,
    pub rows_total: i32,
    pub rows_done: i32,
    pub created_count: i32,
    pub updated_count: i32,
    pub unchanged_count: i32,
    pub rejected_count: i32,
    pub ignored_count: i32,
    pub cancel_asked: bool,
    pub failure: Option<String>,
    pub worker_id: Option<Id<Worker>>,
    pub leased_until: Option<Instant>,
    pub version: i32,
    pub created_at: Instant,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
    pub updated_at: Instant,
}

fn count(stored: i32) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}

impl Row {
    pub(super) fn counts(&self) -> ImportCounts {
        ImportCounts {
            created: count(self.created_count),
            updated: count(self.updated_count),
            unchanged: count(self.unchanged_count),
            rejected: count(self.rejected_count),
            ignored: count(self.ignored_count),
        }
    }

    pub(super) fn set_counts(&mut self, counts: ImportCounts) {
        let stored = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        self.created_count = stored(counts.created);
        self.updated_count = stored(counts.updated);
        self.unchanged_count = stored(counts.unchanged);
        self.rejected_count = stored(counts.rejected);
        self.ignored_count = stored(counts.ignored);
    }

    /// As it is shown, with what is left at the speed it has had so far.
    pub(super) fn shown(&self, now: Instant) -> Import {
        let (rows, done) = (count(self.rows_total), count(self.rows_done));
        let progress = match (rows, self.state.is_final()) {
            (0, true) => 100,
            (0, false) => 0,
            _ => u32::try_from(u64::from(done) * 100 / u64::from(rows)).unwrap_or(100),
        };
        let seconds_left = match (self.state, self.started_at) {
            (ImportState::Running, Some(started)) if done > 0 => {
                let took = u64::try_from(now.micros() - started.micros()).unwrap_or_default();
                Some(took * u64::from(rows - done.min(rows)) / u64::from(done) / 1_000_000)
            }
            _ => None,
        };
        Import {
            id: self.id,
            kind: self.kind,
            mode: self.mode,
            validate_only: self.validate_only,
            format: self.layout.0.format().to_owned(),
            state: self.state,
            bytes: u64::try_from(self.bytes).unwrap_or_default(),
            rows,
            rows_done: done,
            progress,
            counts: self.counts(),
            seconds_left,
            failure: self.failure.clone(),
            version: self.version,
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            updated_at: self.updated_at,
        }
    }
}

/// Who sent a file, with what rights and for what purpose: its rows are written on their behalf.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Requester {
    pub kind: crate::platform::access::ActorKind,
    pub id: Uuid,
    pub name: String,
    pub roles: Vec<crate::platform::access::Role>,
    pub scopes: Vec<String>,
    pub programmes: Option<Vec<crate::programmes::ProgrammeId>>,
    pub sees_protected: bool,
    pub request_id: String,
    pub purpose: Option<String>,
}

fn requester_place(id: ImportId) -> Place<'static> {
    Place::new("imports.requester", id.uuid())
}

impl Requester {
    pub(super) fn seal(&self, keys: &KeyRing, id: ImportId) -> Result<Vec<u8>> {
        keys.seal_json(requester_place(id), self)
    }

    pub(super) fn open(keys: &KeyRing, row: &Row) -> Result<Self> {
        keys.open_json(requester_place(row.id), &row.requester)
    }
}

/// Stores a new job.
pub(super) fn insert(conn: &mut AnyConnection, row: &Row) -> Result<()> {
    on_engine!(conn, conn => diesel::insert_into(imports::table).values(row).execute(conn))?;
    Ok(())
}

/// Stores a job as it stands after another step of it.
pub(super) fn save(conn: &mut AnyConnection, row: &mut Row, now: Instant) -> Result<()> {
    row.version += 1;
    row.updated_at = now;
    on_engine!(conn, conn => diesel::update(imports::table.find(row.id))
        .set((
            imports::state.eq(row.state),
            imports::bytes.eq(row.bytes),
            imports::rows_total.eq(row.rows_total),
            imports::rows_done.eq(row.rows_done),
            imports::created_count.eq(row.created_count),
            imports::updated_count.eq(row.updated_count),
            imports::unchanged_count.eq(row.unchanged_count),
            imports::rejected_count.eq(row.rejected_count),
            imports::ignored_count.eq(row.ignored_count),
            imports::cancel_asked.eq(row.cancel_asked),
            imports::failure.eq(&row.failure),
            imports::worker_id.eq(row.worker_id),
            imports::leased_until.eq(row.leased_until),
            imports::version.eq(row.version),
            imports::started_at.eq(row.started_at),
            imports::finished_at.eq(row.finished_at),
            imports::updated_at.eq(row.updated_at),
        ))
        .execute(conn))?;
    Ok(())
}

/// Stores how the file is written, which is known when all of it is there.
pub(super) fn save_layout(conn: &mut AnyConnection, row: &Row) -> Result<()> {
    diesel::update(imports::table.find(row.id))
        .set(imports::layout.eq(row.layout.clone()))
        .execute(conn)?;
    Ok(())
}

/// Notes that an upload goes on.
pub(super) fn came_on(conn: &mut AnyConnection, id: ImportId, now: Instant) -> Result<()> {
    diesel::update(imports::table.find(id))
        .set(imports::updated_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// A job of any controller.
pub(super) fn job(conn: &mut AnyConnection, id: ImportId) -> Result<Row> {
    on_engine!(conn, conn => imports::table.find(id).select(Row::as_select()).first(conn))
        .optional()?
        .ok_or_else(Error::not_found)
}

/// A job of the actor's controller.
pub(super) fn find(cx: &mut Cx<'_>, id: ImportId) -> Result<Row> {
    let controller = cx.scope().controller;
    let row = job(cx.conn(), id)?;
    if row.controller_id == controller {
        Ok(row)
    } else {
        Err(Error::not_found())
    }
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub(super) struct Filter {
    pub kind: Option<ImportKind>,
    pub state: Option<ImportState>,
}

/// A page of the actor's imports, the latest first, and one row more.
pub(super) fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Row>> {
    let mut query = imports::table
        .filter(imports::controller_id.eq(cx.scope().controller))
        .order(imports::id.desc())
        .limit(limit + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(kind) = filter.kind {
        query = query.filter(imports::kind.eq(kind));
    }
    if let Some(state) = filter.state {
        query = query.filter(imports::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(imports::id.lt(after.id::<Import>()));
    }
    Ok(query.load(cx.conn())?)
}

/// The oldest job that nobody works on, or the one that is asked for; whoever worked on it before
/// and does no more has let the lease run out.
pub(super) fn claimable(
    conn: &mut AnyConnection,
    only: Option<ImportId>,
    now: Instant,
) -> Result<Option<Row>> {
    let mut query = imports::table
        .filter(
            imports::state
                .eq(ImportState::Queued)
                .or(imports::state.eq(ImportState::Running)),
        )
        .filter(
            imports::leased_until
                .is_null()
                .or(imports::leased_until.assume_not_null().lt(now)),
        )
        .order(imports::id.asc())
        .select(Row::as_select())
        .into_boxed();
    if let Some(only) = only {
        query = query.filter(imports::id.eq(only));
    }
    Ok(query.first(conn).optional()?)
}

/// Uploads that have not gone on since `before`: whoever sent them has gone.
pub(super) fn abandoned(
    cx: &mut Cx<'_>,
    after: Option<ImportId>,
    before: Instant,
    limit: i64,
) -> Result<Vec<ImportId>> {
    let mut query = imports::table
        .filter(imports::controller_id.eq(cx.scope().controller))
        .filter(imports::state.eq(ImportState::Receiving))
        .filter(imports::updated_at.lt(before))
        .order(imports::id.asc())
        .limit(limit)
        .select(imports::id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(imports::id.gt(after));
    }
    Ok(query.load(cx.conn())?)
}

/// Some rows of a file, sealed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = import_chunks, treat_none_as_default_value = false)]
pub(super) struct ChunkRow {
    pub id: Id<Chunk>,
    pub import_id: ImportId,
    pub first_row: i32,
    pub row_count: i32,
    content: Vec<u8>,
}

fn chunk_place(id: Id<Chunk>) -> Place<'static> {
    Place::new("import_chunks.content", id.uuid())
}

impl ChunkRow {
    /// Seals rows: of each its line, its length, its bytes.
    pub(super) fn seal(
        keys: &KeyRing,
        import_id: ImportId,
        first_row: i32,
        rows: &[RawRow],
    ) -> Result<Self> {
        let id = Id::new();
        let mut plain = zeroize::Zeroizing::new(Vec::new());
        for row in rows {
            let length = u32::try_from(row.bytes.len()).map_err(Error::internal)?;
            plain.extend_from_slice(&row.line.to_be_bytes());
            plain.extend_from_slice(&length.to_be_bytes());
            plain.extend_from_slice(&row.bytes);
        }
        Ok(Self {
            id,
            import_id,
            first_row,
            row_count: i32::try_from(rows.len()).map_err(Error::internal)?,
            content: keys.seal(chunk_place(id), &plain)?,
        })
    }

    /// The rows in it.
    pub(super) fn open(&self, keys: &KeyRing) -> Result<Vec<RawRow>> {
        let plain = keys.open(chunk_place(self.id), &self.content)?;
        let mut rest = plain.as_slice();
        let mut rows = Vec::with_capacity(usize::try_from(self.row_count).unwrap_or_default());
        let torn = || Error::internal("a piece of a file is torn");
        while let Some((line, tail)) = rest.split_first_chunk::<4>() {
            let (length, tail) = tail.split_first_chunk::<4>().ok_or_else(torn)?;
            let length = usize::try_from(u32::from_be_bytes(*length)).map_err(Error::internal)?;
            let (bytes, tail) = tail.split_at_checked(length).ok_or_else(torn)?;
            rows.push(RawRow {
                line: u32::from_be_bytes(*line),
                bytes: bytes.to_vec(),
            });
            rest = tail;
        }
        Ok(rows)
    }
}

/// Stores a piece of a file.
pub(super) fn add_chunk(conn: &mut AnyConnection, chunk: &ChunkRow) -> Result<()> {
    on_engine!(conn, conn => diesel::insert_into(import_chunks::table).values(chunk).execute(conn))?;
    Ok(())
}

/// The piece of a file that holds a row.
pub(super) fn chunk_with(
    conn: &mut AnyConnection,
    import: ImportId,
    row: i32,
) -> Result<Option<ChunkRow>> {
    Ok(on_engine!(conn, conn => import_chunks::table
        .filter(import_chunks::import_id.eq(import))
        .filter(import_chunks::first_row.le(row))
        .order(import_chunks::first_row.desc())
        .select(ChunkRow::as_select())
        .first(conn))
    .optional()?
    .filter(|chunk| row < chunk.first_row + chunk.row_count))
}

/// Forgets a piece whose rows are done.
pub(super) fn drop_chunk(conn: &mut AnyConnection, chunk: Id<Chunk>) -> Result<()> {
    diesel::delete(import_chunks::table.find(chunk)).execute(conn)?;
    Ok(())
}

/// Forgets what is left of a file that nobody works on any more.
pub(super) fn drop_file(conn: &mut AnyConnection, import: ImportId) -> Result<()> {
    diesel::delete(import_chunks::table.filter(import_chunks::import_id.eq(import)))
        .execute(conn)?;
    diesel::delete(import_keys::table.filter(import_keys::import_id.eq(import))).execute(conn)?;
    Ok(())
}

/// Forgets a job that came to nothing, with its file.
pub(super) fn forget(conn: &mut AnyConnection, import: ImportId) -> Result<()> {
    drop_file(conn, import)?;
    diesel::delete(imports::table.find(import)).execute(conn)?;
    Ok(())
}

/// What became of some rows.
#[derive(Debug)]
pub(super) struct Results;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = import_results, treat_none_as_default_value = false)]
pub(super) struct ResultRow {
    id: Id<Results>,
    import_id: ImportId,
    pub first_row: i32,
    row_count: i32,
    content: Vec<u8>,
}

fn result_place(id: Id<Results>) -> Place<'static> {
    Place::new("import_results.content", id.uuid())
}

impl ResultRow {
    /// The results in it, in the order of the rows.
    pub(super) fn open(&self, keys: &KeyRing) -> Result<Vec<RowResult>> {
        keys.open_json(result_place(self.id), &self.content)
    }
}

/// Stores what became of some rows.
pub(super) fn add_results(
    conn: &mut AnyConnection,
    keys: &KeyRing,
    import: ImportId,
    first_row: i32,
    results: &[RowResult],
) -> Result<()> {
    let id = Id::new();
    let row = ResultRow {
        id,
        import_id: import,
        first_row,
        row_count: i32::try_from(results.len()).map_err(Error::internal)?,
        content: keys.seal_json(result_place(id), &results)?,
    };
    on_engine!(conn, conn => diesel::insert_into(import_results::table).values(&row).execute(conn))?;
    Ok(())
}

/// Results from a row on, some together.
pub(super) fn results(
    conn: &mut AnyConnection,
    import: ImportId,
    from_row: i32,
    limit: i64,
) -> Result<Vec<ResultRow>> {
    Ok(import_results::table
        .filter(import_results::import_id.eq(import))
        .filter(import_results::first_row.ge(from_row))
        .order(import_results::first_row.asc())
        .limit(limit)
        .select(ResultRow::as_select())
        .load(conn)?)
}

/// Notes what a row that is only checked would make.
pub(super) fn add_keys(
    conn: &mut AnyConnection,
    import: ImportId,
    row: i32,
    digests: &[Vec<u8>],
) -> Result<()> {
    for digest in digests {
        diesel::insert_into(import_keys::table)
            .values((
                import_keys::import_id.eq(import),
                import_keys::digest.eq(digest),
                import_keys::row_number.eq(row),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The earlier rows that would make one of these.
pub(super) fn rows_that_make(
    conn: &mut AnyConnection,
    import: ImportId,
    digests: &[Vec<u8>],
) -> Result<Vec<i32>> {
    let mut rows = Vec::new();
    for digest in digests {
        let found: Vec<i32> = import_keys::table
            .filter(import_keys::import_id.eq(import))
            .filter(import_keys::digest.eq(digest))
            .order(import_keys::row_number.asc())
            .limit(20)
            .select(import_keys::row_number)
            .load(conn)?;
        rows.extend(found);
    }
    Ok(rows)
}
