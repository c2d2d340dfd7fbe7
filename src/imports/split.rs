//! Cuts what comes in into rows, byte by byte, and never holds more than one of them.
//!
//! A row of a CSV file may hold line breaks inside quotation marks: it has the number of the line
//! that it begins on. Quotation marks mean something at the beginning of a field only, as every
//! reader of RFC 4180 has it; the fields themselves are read later (`cells`).

use crate::platform::error::{Error, FieldError, ProblemCode, Result};

/// The longest row, in bytes: as much as a body of one request may have.
pub const LONGEST_ROW: usize = 1024 * 1024;

/// A row as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// The line that it begins on, from 1.
    pub line: u32,
    /// Its bytes, without the line break that ends it.
    pub bytes: Vec<u8>,
}

/// Where in a row the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    FieldStart,
    Plain,
    Quoted,
    /// Behind a quotation mark inside a quoted field: the end of it, or one that is doubled.
    MaybeEnd,
}

/// Cuts bytes into rows.
#[derive(Debug)]
pub struct Splitter {
    /// Whether rows are CSV; lines of NDJSON know no quotation marks.
    csv: bool,
    /// What separates fields. Before the header has been read, all that may.
    separators: Vec<u8>,
    place: Place,
    row: Vec<u8>,
    line: u32,
    begins: u32,
    /// Whether the byte before was a carriage return, so that a line feed belongs to it.
    after_return: bool,
    /// The first bytes, while it is not known whether they are a byte order mark.
    head: Option<Vec<u8>>,
}

/// What may stand between two fields, the most usual first.
pub const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

impl Splitter {
    /// For CSV or for NDJSON.
    #[must_use]
    pub fn new(csv: bool) -> Self {
        Self {
            csv,
            separators: SEPARATORS.to_vec(),
            place: Place::FieldStart,
            row: Vec::new(),
            line: 1,
            begins: 1,
            after_return: false,
            head: Some(Vec::new()),
        }
    }

    /// What separates fields, known from the header on.
    pub fn set_separator(&mut self, separator: u8) {
        self.separators = vec![separator];
    }

    /// Takes some bytes; every row that they end is handed to `rows`.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        rows: &mut dyn FnMut(&mut Self, RawRow) -> Result<()>,
    ) -> Result<()> {
        for byte in bytes {
            match &mut self.head {
                Some(head) => {
                    head.push(*byte);
                    if head.len() == 3 {
                        self.begin(rows)?;
                    }
                }
                None => self.take(*byte, rows)?,
            }
        }
        Ok(())
    }

    /// The file has ended.
    pub fn finish(&mut self, rows: &mut dyn FnMut(&mut Self, RawRow) -> Result<()>) -> Result<()> {
        self.begin(rows)?;
        if self.place == Place::Quoted {
            return Err(broken(
                self.begins,
                "unclosedQuote",
                "begins a row with a quotation mark that is never closed",
            ));
        }
        self.end_row(rows)
    }

    /// Looks at the first bytes: a byte order mark of UTF-8 is left out, others say that the file
    /// is not UTF-8.
    fn begin(&mut self, rows: &mut dyn FnMut(&mut Self, RawRow) -> Result<()>) -> Result<()> {
        let Some(head) = self.head.take() else {
            return Ok(());
        };
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            return Err(broken(
                1,
                "notUtf8",
                "shows that the file is UTF-16: save it as UTF-8 (in spreadsheets: CSV UTF-8)",
            ));
        }
        let skip = if head == [0xef, 0xbb, 0xbf] { 3 } else { 0 };
        for byte in head.into_iter().skip(skip) {
            self.take(byte, rows)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        byte: u8,
        rows: &mut dyn FnMut(&mut Self, RawRow) -> Result<()>,
    ) -> Result<()> {
        let ends_line = byte == b'\n' || (byte == b'\r' && self.csv);
        let belongs = byte == b'\n' && self.after_return;
        self.after_return = byte == b'\r' && self.csv;
        if ends_line && self.place != Place::Quoted {
            if belongs {
                // The line was counted with the return that ended it.
                if self.row.is_empty() {
                    self.begins = self.line;
                }
                return Ok(());
            }
            self.end_row(rows)?;
            self.line += 1;
            self.begins = self.line;
            return Ok(());
        }
        if ends_line && !belongs {
            self.line += 1;
        }
        if self.row.len() >= LONGEST_ROW {
            let detail = if self.place == Place::Quoted {
                "begins a row of more than 1 MiB: a quotation mark may not be closed"
            } else {
                "begins a row of more than 1 MiB"
            };
            return Err(broken(self.begins, "rowTooLong", detail));
        }
        self.row.push(byte);
        if self.csv {
            self.place = self.next_place(byte);
        }
        Ok(())
    }

    fn next_place(&self, byte: u8) -> Place {
        let separates = self.separators.contains(&byte);
        match (self.place, byte) {
            (Place::FieldStart | Place::MaybeEnd, b'"') => Place::Quoted,
            (Place::Quoted, b'"') => Place::MaybeEnd,
            (Place::Quoted, _) => Place::Quoted,
            _ if separates => Place::FieldStart,
            _ => Place::Plain,
        }
    }

    fn end_row(&mut self, rows: &mut dyn FnMut(&mut Self, RawRow) -> Result<()>) -> Result<()> {
        let mut bytes = std::mem::take(&mut self.row);
        self.place = Place::FieldStart;
        if !self.csv && bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        // A line without anything on it is no row.
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let row = RawRow {
            line: self.begins,
            bytes,
        };
        rows(self, row)
    }
}

/// The file cannot be read beyond this line.
pub fn broken(line: u32, code: &'static str, detail: &str) -> Error {
    refuse(
        "The file cannot be read as it is.",
        vec![FieldError::new(format!("line {line}"), code, detail)],
    )
}

/// The file is refused as a whole.
pub fn refuse(detail: &str, errors: Vec<FieldError>) -> Error {
    let mut error = Error::problem(ProblemCode::InvalidFile, detail);
    if let Error::Problem(problem) = &mut error {
        problem.errors = errors;
    }
    error
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(csv: bool, pieces: &[&[u8]]) -> Result<Vec<(u32, String)>> {
        let mut found = Vec::new();
        let mut splitter = Splitter::new(csv);
        let mut rows = |_: &mut Splitter, row: RawRow| {
            found.push((row.line, String::from_utf8_lossy(&row.bytes).into_owned()));
            Ok(())
        };
        for piece in pieces {
            splitter.feed(piece, &mut rows)?;
        }
        splitter.finish(&mut rows)?;
        Ok(found)
    }

    fn lines(text: &str) -> Vec<(u32, String)> {
        split(true, &[text.as_bytes()]).unwrap()
    }

    #[test]
    fn a_row_has_the_number_of_the_line_it_begins_on() {
        let text = "a,b\r\n1,\"two\r\nlines\"\r\n\r\n3,\"x \"\"y\"\" z\"\n4,5\" disk\n6,7";
        let expected = [
            (1, "a,b"),
            (2, "1,\"two\r\nlines\""),
            (5, "3,\"x \"\"y\"\" z\""),
            (6, "4,5\" disk"),
            (7, "6,7"),
        ];
        assert_eq!(lines(text), expected.map(|(n, t)| (n, t.to_owned())));
        assert_eq!(lines("a\rb\rc").len(), 3);
        assert_eq!(lines("\u{feff}a,b\n").first().unwrap().1, "a,b");
        assert!(lines("").is_empty());
        assert!(lines("\u{feff}").is_empty());
        assert_eq!(lines("x"), [(1, "x".to_owned())]);
    }

    #[test]
    fn lines_of_json_know_no_quotation_marks() {
        let found = split(false, &[b"{\"a\":\"\r\n\n{\"b\":1}\r\n"]).unwrap();
        assert_eq!(
            found,
            [(1, "{\"a\":\"".to_owned()), (3, "{\"b\":1}".to_owned())]
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let codes = |error: Error| match error {
            Error::Problem(problem) => problem.errors[0].code,
            other => panic!("{other:?}"),
        };
        let open = split(true, &[b"a\n\"never closed\n1\n2\n"]).unwrap_err();
        assert_eq!(codes(open), "unclosedQuote");
        assert_eq!(
            codes(split(true, &[&[0xff, 0xfe, b'a', 0]]).unwrap_err()),
            "notUtf8"
        );
        let long = vec![b'x'; LONGEST_ROW + 1];
        assert_eq!(codes(split(true, &[&long]).unwrap_err()), "rowTooLong");
    }

    proptest! {
        /// However it comes in, the rows are the same, and those of the csv crate.
        #[test]
        fn rows_are_those_of_every_csv_reader(
            table in proptest::collection::vec(proptest::collection::vec("[a-c\", ;\n\r]{0,6}", 3), 1..6),
            cut in 1_usize..7, crlf: bool,
        ) {
            let mut writer = csv::WriterBuilder::new()
                .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
                .quote_style(csv::QuoteStyle::Always)
                .from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
            let rows = split(true, &pieces).unwrap();
            prop_assert_eq!(rows.len(), table.len());
            for ((_, text), expected) in rows.iter().zip(&table) {
                let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
                let record = reader.records().next().unwrap().unwrap();
                prop_assert_eq!(record.iter().collect::<Vec<_>>(), expected.iter().map(String::as_str).collect::<Vec<_>>());
            }
        }
    }
}
