//! A row of a file becomes something that can be written: read as CSV or JSON, checked against
//! the contract's schema, understood as what its kind is. No database is asked here.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::building::Built;
use super::columns::{Columns, Shape};
use super::kinds::{self, Row};
use super::model::{ImportKind, Layout, RowOutcome, RowProblem, RowResult};
use super::split::RawRow;
use crate::platform::app::App;
use crate::platform::error::{Error, Problem, Result};
use crate::platform::http::json;

/// How the rows of one file are read.
pub(super) struct Reader {
    kind: ImportKind,
    shape: Shape,
    separator: Option<u8>,
    columns: Columns,
}

/// A row that has been read.
pub(super) struct Read {
    /// The line it begins on.
    pub line: u32,
    /// What it is, or what is settled about it already.
    pub row: Result<Box<dyn Row>, RowResult>,
    /// Where its fields came from.
    built: Option<Built>,
}

impl Reader {
    pub(super) fn new(kind: ImportKind, layout: &Layout) -> Result<Self> {
        let shape = kinds::shape(kind)?;
        let (separator, columns) = match layout {
            Layout::Ndjson => (None, shape.columns(&[])),
            Layout::Csv { separator, columns } => (Some(*separator), shape.columns(columns)),
        };
        Ok(Self {
            kind,
            shape,
            separator,
            columns,
        })
    }

    /// Reads a row.
    pub(super) fn read(&self, app: &App, raw: &RawRow) -> Read {
        let settled = |row: RowResult, built| Read {
            line: raw.line,
            row: Err(row),
            built,
        };
        let (value, built) = match self.value(raw) {
            Ok(Some(found)) => found,
            Ok(None) => return settled(result(raw.line, RowOutcome::Ignored), None),
            Err(problems) => return settled(rejected(raw.line, problems), None),
        };
        match kinds::read(app, self.kind, value) {
            Ok(row) => Read {
                line: raw.line,
                row: Ok(row),
                built,
            },
            Err(error) => {
                let problems = self.problems(built.as_ref(), error);
                settled(rejected(raw.line, problems), built)
            }
        }
    }

    /// The row as an object; none where it is a comment or says nothing.
    fn value(
        &self,
        raw: &RawRow,
    ) -> Result<Option<(serde_json::Value, Option<Built>)>, Vec<RowProblem>> {
        let Some(separator) = self.separator else {
            let value = json::parse(&raw.bytes).map_err(|error| not_json(&self.shape, &error))?;
            return Ok(Some((value, None)));
        };
        let cells = fields(&raw.bytes, separator).map_err(|place| {
            vec![RowProblem {
                column: self.columns.names().get(place).cloned(),
                pointer: String::new(),
                code: "notUtf8".to_owned(),
                detail: "is not UTF-8: save the file as CSV UTF-8".to_owned(),
            }]
        })?;
        let said = cells
            .iter()
            .rposition(|cell| !cell.trim().is_empty())
            .map_or(0, |last| last + 1);
        // In quotation marks it is what somebody has written, and data.
        // Blanks before it are nothing; a tab may be the separator, with an empty field before it.
        let first = raw.bytes.iter().find(|byte| **byte != b' ');
        let is_comment = first == Some(&b'#');
        if said == 0 || is_comment {
            return Ok(None);
        }
        // Separators behind the last field are the spreadsheet's; a field without a column is not.
        if said > self.columns.count() || cells.len() < self.columns.count() {
            return Err(vec![RowProblem::whole(
                "wrongFieldCount",
                format!(
                    "has {} fields where the header has {}: a separator is missing or one too many, or a quotation mark",
                    cells.len(),
                    self.columns.count()
                ),
            )]);
        }
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let mut built = self.columns.build(&cells)?;
        let value = std::mem::take(&mut built.value);
        Ok(Some((value, Some(built))))
    }

    /// What an error says of a row, field by field.
    pub(super) fn problems_of(&self, read: &Read, error: Error) -> Vec<RowProblem> {
        self.problems(read.built.as_ref(), error)
    }

    fn problems(&self, built: Option<&Built>, error: Error) -> Vec<RowProblem> {
        let problem = match error {
            Error::Problem(problem) => *problem,
            other => {
                if let Error::Internal(what) = &other {
                    tracing::error!(what, "a row of an import failed");
                }
                return vec![RowProblem::whole(
                    "internal",
                    "could not be written: the service failed. Send it again; nothing of it was stored.",
                )];
            }
        };
        let Problem {
            code,
            detail,
            errors,
            ..
        } = problem;
        if errors.is_empty() {
            return vec![RowProblem::whole(code.as_str(), detail)];
        }
        let mut problems: Vec<RowProblem> = Vec::new();
        for error in errors {
            let problem = match error.code {
                "unknownField" => unknown(&error.pointer),
                code => RowProblem {
                    column: built
                        .and_then(|built| self.columns.at(&self.shape, built, &error.pointer)),
                    pointer: error.pointer,
                    code: code.to_owned(),
                    detail: error.detail,
                },
            };
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems
    }
}

/// Fields that the contract does not have. What makes names of what people are called, or of their
/// numbers, must not find them in a report (ID-6): the object is named that holds them.
fn unknown(pointer: &str) -> RowProblem {
    let holds = pointer.rsplit_once('/').map_or("", |(holds, _)| holds);
    RowProblem {
        pointer: holds.to_owned(),
        ..RowProblem::whole(
            "unknownField",
            "holds a field that is none here; its name is not repeated. The contract and the template of the kind have the names",
        )
    }
}

/// A pointer with the contract's own names only.
fn named(shape: &Shape, pointer: &str) -> String {
    let token = |token: &str| {
        let is_item = token.len() <= 3 && token.bytes().all(|byte| byte.is_ascii_digit());
        if is_item || shape.has_name(token) {
            token.to_owned()
        } else {
            "…".to_owned()
        }
    };
    let tokens: Vec<String> = pointer.split('/').map(token).collect();
    tokens.join("/")
}

fn not_json(shape: &Shape, error: &Error) -> Vec<RowProblem> {
    match error {
        Error::Problem(problem) if !problem.errors.is_empty() => problem
            .errors
            .iter()
            .map(|error| RowProblem {
                column: None,
                pointer: named(shape, &error.pointer),
                code: error.code.to_owned(),
                detail: error.detail.clone(),
            })
            .collect(),
        _ => vec![RowProblem::whole(
            "malformedJson",
            "is not one JSON object in UTF-8",
        )],
    }
}

pub(super) fn result(line: u32, outcome: RowOutcome) -> RowResult {
    RowResult {
        line,
        outcome,
        id: None,
        candidates: Vec::new(),
        problems: Vec::new(),
    }
}

pub(super) fn rejected(line: u32, problems: Vec<RowProblem>) -> RowResult {
    RowResult {
        problems,
        ..result(line, RowOutcome::Rejected)
    }
}

/// What came of rows that were checked, without the ids of records that they, or the rows `before`
/// that they stand on, have made: whoever looks for one finds nothing.
pub(super) fn without_made(
    before: &[(RowResult, bool)],
    checked: Vec<(RowResult, bool)>,
) -> Vec<RowResult> {
    let made: BTreeSet<Uuid> = before
        .iter()
        .chain(&checked)
        .filter(|(result, _)| result.outcome == RowOutcome::Created)
        .filter_map(|(result, _)| result.id)
        .collect();
    checked
        .into_iter()
        .map(|(mut result, _)| {
            result.id = result.id.filter(|id| !made.contains(id));
            result.candidates.retain(|id| !made.contains(id));
            result
        })
        .collect()
}

/// The fields of a row of CSV (RFC 4180); the number of the first one that is not UTF-8.
pub(super) fn fields(row: &[u8], separator: u8) -> Result<Vec<String>, usize> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .buffer_capacity(row.len().clamp(64, 8192))
        .from_reader(row);
    let mut record = csv::ByteRecord::new();
    if reader.read_byte_record(&mut record).is_err() {
        return Err(0);
    }
    record
        .iter()
        .enumerate()
        .map(|(place, field)| String::from_utf8(field.to_vec()).map_err(|_| place))
        .collect()
}
