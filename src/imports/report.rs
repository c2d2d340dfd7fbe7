//! The result of an import as a file: one line for each row, in the order of the rows, as NDJSON
//! or CSV.

use super::model::{RowOutcome, RowProblem, RowResult};
use crate::closed_enum;
use crate::platform::error::{Error, Result};

closed_enum! {
    /// How a report is written: ndjson (one JSON object a line), csv (comma-separated values,
    /// RFC 4180).
    pub enum ReportFormat {
        /// One JSON object a line.
        Ndjson = "ndjson",
        /// Comma-separated values.
        Csv = "csv",
    }
}

impl ReportFormat {
    /// Its media type.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    /// What stands before the first result.
    #[must_use]
    pub const fn head(self) -> &'static str {
        match self {
            Self::Ndjson => "",
            Self::Csv => "line,outcome,id,candidates,problems\r\n",
        }
    }
}

/// Results as lines of a report; of one outcome only, where that is asked for.
pub fn lines(
    results: &[RowResult],
    format: ReportFormat,
    only: Option<RowOutcome>,
) -> Result<String> {
    let wanted = results
        .iter()
        .filter(|result| only.is_none_or(|only| result.outcome == only));
    match format {
        ReportFormat::Ndjson => {
            let mut text = String::new();
            for result in wanted {
                text.push_str(&serde_json::to_string(result).map_err(Error::internal)?);
                text.push('\n');
            }
            Ok(text)
        }
        ReportFormat::Csv => {
            let mut writer = csv::WriterBuilder::new()
                .terminator(csv::Terminator::CRLF)
                .from_writer(Vec::new());
            for result in wanted {
                let candidates: Vec<String> =
                    result.candidates.iter().map(ToString::to_string).collect();
                let problems: Vec<String> = result.problems.iter().map(words).collect();
                writer
                    .write_record([
                        result.line.to_string(),
                        result.outcome.to_string(),
                        result.id.map(|id| id.to_string()).unwrap_or_default(),
                        candidates.join("|"),
                        problems.join(" | "),
                    ])
                    .map_err(Error::internal)?;
            }
            String::from_utf8(writer.into_inner().map_err(Error::internal)?)
                .map_err(Error::internal)
        }
    }
}

/// `telephones.1.number: tooShort, is too short for a telephone number`
fn words(problem: &RowProblem) -> String {
    let RowProblem {
        column,
        pointer,
        code,
        detail,
    } = problem;
    let place = column.as_ref().unwrap_or(pointer);
    if place.is_empty() {
        format!("{code}, {detail}")
    } else {
        format!("{place}: {code}, {detail}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_one_line_in_both_forms() {
        let problem = |column: &str| RowProblem {
            column: Some(column.to_owned()),
            pointer: "/x".to_owned(),
            code: "required".to_owned(),
            detail: "is required".to_owned(),
        };
        let results = [
            RowResult {
                line: 2,
                outcome: RowOutcome::Rejected,
                id: None,
                candidates: Vec::new(),
                problems: vec![problem("name.given"), problem("name.family")],
            },
            RowResult {
                line: 4,
                outcome: RowOutcome::Created,
                id: Some(uuid::Uuid::nil()),
                candidates: Vec::new(),
                problems: Vec::new(),
            },
        ];
        let text = lines(&results, ReportFormat::Csv, None).unwrap();
        assert_eq!(
            text,
            "2,rejected,,,\"name.given: required, is required | name.family: required, is required\"\r\n\
             4,created,00000000-0000-0000-0000-000000000000,,\r\n"
        );
        let text = lines(&results, ReportFormat::Ndjson, None).unwrap();
        assert_eq!(text.lines().count(), 2);
        let only = lines(&results, ReportFormat::Ndjson, Some(RowOutcome::Created)).unwrap();
        assert_eq!(only.lines().count(), 1);
    }
}
