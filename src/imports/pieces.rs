//! The pieces of a file, and what became of its rows, in storage: both some rows together, sealed.

use diesel::prelude::*;

use super::model::{ImportId, ImportState, RowResult};
use super::split::RawRow;
use crate::on_engine;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::AnyConnection;
use crate::platform::db::schema::{import_chunks, import_keys, import_results, imports};
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;

/// How many pieces of a file are forgotten in one transaction.
const CHUNKS_TOGETHER: i64 = 50;
/// How many notes of what rows would make are.
const KEYS_TOGETHER: i64 = 500;

/// Rows of a file that stand together.
#[derive(Debug)]
pub struct Chunk;

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

    /// Where a row of the file stands in it, if it does.
    pub(super) fn place_of(&self, row: i32) -> Option<usize> {
        let place = row - self.first_row;
        (place < self.row_count)
            .then(|| usize::try_from(place).ok())
            .flatten()
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
    .filter(|chunk| chunk.place_of(row).is_some()))
}

/// Forgets a piece whose rows are done.
pub(super) fn drop_chunk(conn: &mut AnyConnection, chunk: Id<Chunk>) -> Result<()> {
    diesel::delete(import_chunks::table.find(chunk)).execute(conn)?;
    Ok(())
}

/// Forgets some of a file, and of what was noted to check it: of a long one all of it together would
/// hold up everybody. Answers whether there was anything.
pub(super) fn drop_some(conn: &mut AnyConnection, import: ImportId) -> Result<bool> {
    let chunks = import_chunks::table.filter(import_chunks::import_id.eq(import));
    let firsts: Vec<i32> = chunks
        .order(import_chunks::first_row.asc())
        .limit(CHUNKS_TOGETHER)
        .select(import_chunks::first_row)
        .load(conn)?;
    if let Some(last) = firsts.last() {
        diesel::delete(chunks.filter(import_chunks::first_row.le(last))).execute(conn)?;
        return Ok(true);
    }
    let keys = import_keys::table.filter(import_keys::import_id.eq(import));
    let digests: Vec<Vec<u8>> = keys
        .order(import_keys::digest.asc())
        .limit(KEYS_TOGETHER)
        .select(import_keys::digest)
        .load(conn)?;
    if let Some(last) = digests.last() {
        diesel::delete(keys.filter(import_keys::digest.le(last))).execute(conn)?;
        return Ok(true);
    }
    Ok(false)
}

/// Forgets some of a job whose file does not come in to its end, and the job itself last. Answers
/// whether there may be more. One that was queued or cancelled meanwhile stays.
pub(super) fn forget_some(conn: &mut AnyConnection, import: ImportId) -> Result<bool> {
    // Marked, so that it cannot be queued between two steps.
    let receiving = imports::table
        .find(import)
        .filter(imports::state.eq(ImportState::Receiving));
    let marked = diesel::update(receiving)
        .set(imports::cancel_asked.eq(true))
        .execute(conn)?;
    if marked == 0 {
        return Ok(false);
    }
    if drop_some(conn, import)? {
        return Ok(true);
    }
    diesel::delete(imports::table.find(import)).execute(conn)?;
    Ok(false)
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

/// Forgets some results of a job. Answers how many pieces.
pub(super) fn forget_results(
    conn: &mut AnyConnection,
    import: ImportId,
    at_most: i64,
) -> Result<i64> {
    let old: Vec<Id<Results>> = import_results::table
        .filter(import_results::import_id.eq(import))
        .order(import_results::first_row.asc())
        .limit(at_most)
        .select(import_results::id)
        .load(conn)?;
    for id in &old {
        diesel::delete(import_results::table.find(*id)).execute(conn)?;
    }
    i64::try_from(old.len()).map_err(Error::internal)
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
