//! A file comes in: unpacked, cut into rows, sealed in pieces, and never held as a whole. What is
//! wrong with the file itself (its encoding, its header) is said at once, before anything is kept.

use std::io::Write as _;

use flate2::write::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::columns::Columns;
use super::kinds;
use super::model::{ImportId, ImportKind, Layout};
use super::pieces::ChunkRow;
use super::rows::fields;
use super::split::{RawRow, SEPARATORS, Splitter, broken, refuse};
use crate::platform::app::App;
use crate::platform::error::{Error, FieldError, ProblemCode, Result};
use crate::platform::id::Id;

/// How many bytes of rows stand together at most; a single row may be longer.
const CHUNK_BYTES: usize = 128 * 1024;
/// How many rows stand together at most.
const CHUNK_ROWS: usize = 1000;
/// How much of a file that is not packed is taken at a time. One that is packed is unpacked in steps
/// of 32 KiB, whatever it grows to: so many rows are stored in one transaction at most.
const STEP: usize = 16 * 1024;
/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As it is; unpacked all the same where it begins as a gzip file does.
    Plain,
    /// gzip.
    Gzip,
}

/// Takes a file in.
pub struct Receiver {
    splitter: Splitter,
    file: File,
    unpacker: Option<MultiGzDecoder<Vec<u8>>>,
    started: bool,
}

/// What has come in of a file.
struct File {
    app: App,
    id: ImportId,
    kind: ImportKind,
    csv: bool,
    separator: Option<u8>,
    columns: Option<Columns>,
    hash: Sha256,
    bytes: u64,
    rows: i32,
    waiting: Vec<RawRow>,
    waiting_bytes: usize,
    full: Vec<ChunkRow>,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Receiver({})", self.file.id)
    }
}

/// A file that has come in.
pub(super) struct Received {
    pub layout: Layout,
    pub bytes: u64,
    pub rows: i32,
    /// Of everything that came in, unpacked.
    pub hash: [u8; 32],
    /// The last pieces.
    pub chunks: Vec<ChunkRow>,
}

impl Receiver {
    /// For a file of this kind, CSV or NDJSON.
    #[must_use]
    pub fn new(app: &App, kind: ImportKind, csv: bool, packing: Packing) -> Self {
        Self {
            splitter: Splitter::new(csv),
            file: File {
                app: app.clone(),
                id: Id::new(),
                kind,
                csv,
                separator: None,
                columns: None,
                hash: Sha256::new(),
                bytes: 0,
                rows: 0,
                waiting: Vec::new(),
                waiting_bytes: 0,
                full: Vec::new(),
            },
            unpacker: (packing == Packing::Gzip).then(|| MultiGzDecoder::new(Vec::new())),
            started: false,
        }
    }

    /// The id that the job has.
    pub(super) fn id(&self) -> ImportId {
        self.file.id
    }

    /// Takes some of the bytes, and answers how many: whoever has more asks for what is full first.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<usize> {
        if !self.started && !bytes.is_empty() {
            self.started = true;
            if self.unpacker.is_none() && bytes.starts_with(&GZIP) {
                self.unpacker = Some(MultiGzDecoder::new(Vec::new()));
            }
        }
        let Some(unpacker) = &mut self.unpacker else {
            let taken = bytes.len().min(STEP);
            self.take(bytes.get(..taken).unwrap_or_default())?;
            return Ok(taken);
        };
        let taken = unpacker.write(bytes).map_err(|_| torn())?;
        if taken == 0 {
            return Err(torn());
        }
        let plain = std::mem::take(unpacker.get_mut());
        self.take(&plain)?;
        Ok(taken)
    }

    fn take(&mut self, plain: &[u8]) -> Result<()> {
        let Self { splitter, file, .. } = self;
        file.count(plain)?;
        splitter.feed(plain, &mut |splitter, row| file.row(splitter, row))
    }

    /// Pieces that are full, to be stored.
    pub(super) fn full(&mut self) -> Vec<ChunkRow> {
        std::mem::take(&mut self.file.full)
    }

    /// The file has ended.
    pub(super) fn finish(mut self) -> Result<Received> {
        if let Some(mut unpacker) = self.unpacker.take() {
            unpacker.try_finish().map_err(|_| torn())?;
            let plain = std::mem::take(unpacker.get_mut());
            self.take(&plain)?;
        }
        let Self {
            mut splitter,
            mut file,
            ..
        } = self;
        splitter.finish(&mut |splitter, row| file.row(splitter, row))?;
        file.seal()?;
        let layout = match (file.csv, file.separator, file.columns) {
            (false, ..) => Layout::Ndjson,
            (true, Some(separator), Some(columns)) => Layout::Csv {
                separator,
                columns: columns.names(),
            },
            _ => {
                return Err(broken(1, "empty", "is empty: the file has no rows"));
            }
        };
        Ok(Received {
            layout,
            bytes: file.bytes,
            rows: file.rows,
            hash: file.hash.finalize().into(),
            chunks: file.full,
        })
    }
}

impl File {
    fn count(&mut self, plain: &[u8]) -> Result<()> {
        let limit = self.app.config.import_limit;
        self.bytes += u64::try_from(plain.len()).unwrap_or(u64::MAX);
        self.hash.update(plain);
        if self.bytes > limit {
            return Err(too_large(limit));
        }
        Ok(())
    }

    fn row(&mut self, splitter: &mut Splitter, row: RawRow) -> Result<()> {
        if self.csv && self.columns.is_none() {
            return self.header(splitter, &row);
        }
        if !self.csv && self.rows == 0 && self.waiting.is_empty() && row.bytes.starts_with(b"[") {
            return Err(broken(
                row.line,
                "notNdjson",
                "begins a JSON list: send one object a line, without brackets and commas around them",
            ));
        }
        self.waiting_bytes += row.bytes.len();
        self.waiting.push(row);
        let rows = usize::try_from(self.rows).unwrap_or(usize::MAX);
        let limit = self.app.config.import_rows;
        if rows + self.waiting.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(Error::problem(
                ProblemCode::BodyTooLarge,
                format!("The file has more than {limit} rows. Send it in parts."),
            ));
        }
        if self.waiting_bytes >= CHUNK_BYTES || self.waiting.len() >= CHUNK_ROWS {
            self.seal()?;
        }
        Ok(())
    }

    fn header(&mut self, splitter: &mut Splitter, row: &RawRow) -> Result<()> {
        let separator = separator_of(&row.bytes);
        let cells = fields(&row.bytes, separator).map_err(|_| {
            broken(
                row.line,
                "notUtf8",
                "is not UTF-8: save the file as CSV UTF-8",
            )
        })?;
        // Spreadsheets write separators behind the last column too.
        let named = cells
            .iter()
            .rposition(|cell| !cell.trim().is_empty())
            .map_or(0, |last| last + 1);
        let shape = kinds::shape(self.kind)?;
        let columns = shape.read_header(cells.get(..named).unwrap_or_default())?;
        splitter.set_separator(separator);
        self.separator = Some(separator);
        self.columns = Some(columns);
        Ok(())
    }

    fn seal(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        let chunk = ChunkRow::seal(&self.app.keys, self.id, self.rows, &rows)?;
        self.rows = self
            .rows
            .checked_add(chunk.row_count)
            .ok_or_else(|| too_large(self.app.config.import_limit))?;
        self.full.push(chunk);
        Ok(())
    }
}

/// What stands between the fields of a header: whichever there is most of, outside quotation marks.
fn separator_of(header: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [0_usize; SEPARATORS.len()];
    for byte in header {
        if *byte == b'"' {
            quoted = !quoted;
        } else if !quoted {
            for (count, separator) in counts.iter_mut().zip(SEPARATORS) {
                *count += usize::from(separator == *byte);
            }
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let place = counts.iter().position(|count| *count == most);
    place
        .and_then(|place| SEPARATORS.get(place).copied())
        .unwrap_or(b',')
}

/// The file is larger than the service takes.
pub(super) fn too_large(limit: u64) -> Error {
    Error::problem(
        ProblemCode::BodyTooLarge,
        format!("The file is larger than {limit} bytes, unpacked. Send it in parts."),
    )
}

fn torn() -> Error {
    refuse(
        "The file cannot be unpacked.",
        vec![FieldError::new(
            "",
            "notGzip",
            "is not a whole gzip file: pack it again, or send it as it is",
        )],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_what_separates_fields() {
        assert_eq!(separator_of(b"a;b;c"), b';');
        assert_eq!(separator_of(b"a,b;c,d"), b',');
        assert_eq!(separator_of(b"\"a;b\",c"), b',');
        assert_eq!(separator_of(b"a\tb"), b'\t');
        assert_eq!(separator_of(b"alone"), b',');
    }
}
