//! Figures as comma-separated values (RFC 4180). Pure.

use super::model::{ActivityFigure, ActivityFigures};
use crate::platform::error::{Error, Result};

/// Comma-separated values with their names in the first line (RFC 4180, section 3).
pub const MEDIA: &str = "text/csv; charset=utf-8; header=present";

/// The names in the first line, as they are in JSON.
const COLUMNS: &[&str] = &[
    "programmeId",
    "year",
    "measure",
    "wardId",
    "wardName",
    "month",
    "subtype",
    "met",
    "phase",
    "count",
    "minutes",
    "suppressed",
];

/// The table, lines ended by CRLF. An empty field is a total over it, or in `count` and `minutes` a
/// number that is suppressed.
pub fn write(figures: &ActivityFigures) -> Result<String> {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(Error::internal)?;
    for figure in &figures.items {
        writer
            .write_record(record(figures, figure))
            .map_err(Error::internal)?;
    }
    let bytes = writer.into_inner().map_err(Error::internal)?;
    String::from_utf8(bytes).map_err(Error::internal)
}

fn record(figures: &ActivityFigures, figure: &ActivityFigure) -> [String; 12] {
    let text = |value: Option<String>| value.unwrap_or_default();
    [
        figures.programme_id.to_string(),
        figures.year.to_string(),
        text(figure.measure.map(|one| one.to_string())),
        text(figure.ward_id.map(|one| one.to_string())),
        text(figure.ward_name.as_ref().map(|name| tame(name.as_str()))),
        text(figure.month.clone()),
        text(figure.subtype.map(|one| one.to_string())),
        text(figure.met.map(|one| one.to_string())),
        text(figure.phase.map(|one| one.to_string())),
        text(figure.count.map(|one| one.to_string())),
        text(figure.minutes.map(|one| one.to_string())),
        figure.suppressed.to_string(),
    ]
}

/// A name that a spreadsheet would run as a formula begins with an apostrophe.
fn tame(name: &str) -> String {
    if name.starts_with(['=', '+', '-', '@']) {
        format!("'{name}")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::model::Measure;
    use crate::platform::id::Id;

    #[test]
    fn hf_7_csv_is_what_rfc_4180_says() {
        let figure = |name: &str, count| ActivityFigure {
            measure: Some(Measure::WardTalks),
            ward_id: Some(Id::from_uuid(uuid::Uuid::nil())),
            ward_name: Some(name.into()),
            suppressed: count == 0,
            count: (count > 0).then_some(count),
            ..ActivityFigure::default()
        };
        let figures = ActivityFigures {
            programme_id: Id::from_uuid(uuid::Uuid::nil()),
            year: 2026,
            months: Vec::new(),
            group_by: Vec::new(),
            smallest_cell: 5,
            smallest_shift_cell: 1,
            items: vec![figure("Afsnit \"B\", 2. sal", 7), figure("=1+1", 0)],
        };
        let text = write(&figures).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[0], COLUMNS.join(","));
        assert!(lines[1].contains(",\"Afsnit \"\"B\"\", 2. sal\",,,,,7,,false"));
        assert!(lines[2].ends_with(",'=1+1,,,,,,,true"));
        assert_eq!(lines[3], "");
    }
}
