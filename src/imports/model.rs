//! What an import is: a file that is worked through row by row.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::closed_enum;
use crate::platform::db::Instant;
use crate::platform::id::Id;

/// The id of an import.
pub type ImportId = Id<Import>;

closed_enum! {
    /// What the rows of a file are: patients (patienter), relatives (pårørende / närstående),
    /// consents (samtykker / samtycken), referrals (henvisninger / remisser), volunteers
    /// (frivillige / volontärer), staff (personale / personal), organisations (organisationer),
    /// measurements (målinger / mätningar).
    pub enum ImportKind {
        /// Patients.
        Patients = "patients",
        /// Relatives.
        Relatives = "relatives",
        /// Consents.
        Consents = "consents",
        /// Referrals.
        Referrals = "referrals",
        /// Volunteers.
        Volunteers = "volunteers",
        /// Staff.
        Staff = "staff",
        /// Organisations.
        Organisations = "organisations",
        /// Measurements of indicators.
        Measurements = "measurements",
    }
}

closed_enum! {
    /// What becomes of rows whose record is there already: insert (indsæt / infoga) leaves it as it
    /// is and rejects a row that says something else of it, upsert (indsæt eller opdatér / infoga
    /// eller uppdatera) changes it to what the row says.
    pub enum ImportMode {
        /// Only new records.
        Insert = "insert",
        /// New records, and changes of known ones.
        Upsert = "upsert",
    }
}

closed_enum! {
    /// Where an import stands: receiving (modtages / tas emot), queued (i kø), running (i gang /
    /// pågår), completed (afsluttet / avslutad), completedWithRejections (afsluttet med afviste
    /// rækker / avslutad med avvisade rader), cancelled (afbrudt / avbruten), failed (fejlet /
    /// misslyckad).
    pub enum ImportState {
        /// The file is coming in.
        Receiving = "receiving",
        /// The file is here; nobody has begun.
        Queued = "queued",
        /// Its rows are being worked through.
        Running = "running",
        /// All rows are done, and none was rejected.
        Completed = "completed",
        /// All rows are done, and some were rejected.
        CompletedWithRejections = "completedWithRejections",
        /// Stopped on request: what was done stays done.
        Cancelled = "cancelled",
        /// Stopped by the service; `failure` says why. What was done stays done.
        Failed = "failed",
    }
}

impl ImportState {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Receiving | Self::Queued | Self::Running => false,
            Self::Completed | Self::CompletedWithRejections | Self::Cancelled | Self::Failed => {
                true
            }
        }
    }
}

closed_enum! {
    /// What became of a row: created (oprettet / skapad), updated (opdateret / uppdaterad),
    /// unchanged (uændret / oförändrad), rejected (afvist / avvisad), ignored (sprunget over /
    /// överhoppad: a comment, or a row without any value).
    pub enum RowOutcome {
        /// A new record.
        Created = "created",
        /// A change of a known record.
        Updated = "updated",
        /// The record says all that the row says already.
        Unchanged = "unchanged",
        /// Nothing was written; `problems` says why.
        Rejected = "rejected",
        /// A comment, or a row without any value.
        Ignored = "ignored",
    }
}

/// How a file is written, and what its columns stand for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Layout {
    /// One JSON object a line.
    Ndjson,
    /// A table (RFC 4180) with these columns.
    Csv {
        /// What stands between two fields: `,`, `;` or a tab.
        separator: u8,
        /// The columns, by the names of the contract.
        columns: Vec<String>,
    },
}

impl Layout {
    /// As it is named.
    #[must_use]
    pub const fn format(&self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv { .. } => "csv",
        }
    }
}

/// One thing wrong with a row. Never holds a value that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"column": "telephones.1.number", "pointer": "/telephones/0/number", "code": "tooShort", "detail": "is too short for a telephone number"}))]
pub struct RowProblem {
    /// The column of a CSV file to correct; absent where the whole row is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub column: Option<String>,
    /// JSON Pointer (RFC 6901) into the row as an object; empty where the whole row is meant.
    pub pointer: String,
    /// A stable word for what is wrong.
    pub code: String,
    /// What is expected instead.
    pub detail: String,
}

impl RowProblem {
    /// One that means the whole row.
    pub fn whole(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            column: None,
            pointer: String::new(),
            code: code.into(),
            detail: detail.into(),
        }
    }
}

/// What became of one row of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"line": 7, "outcome": "rejected", "candidates": [],
    "problems": [{"column": "consent.givenAt", "pointer": "/consent/givenAt", "code": "required", "detail": "is required"}]}))]
pub struct RowResult {
    /// The line of the file that the row begins on; the first one is 1.
    #[schema(minimum = 1)]
    pub line: u32,
    /// What became of it.
    pub outcome: RowOutcome,
    /// The record; absent where nothing came of the row, and where the record is one that only a
    /// check (`validateOnly`) would have made: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<Uuid>,
    /// Records that may be of the same person: decide, and send the row again with an identifier,
    /// with `id`, or with `allowDuplicate`.
    #[serde(default)]
    pub candidates: Vec<Uuid>,
    /// Everything that is wrong with a rejected row.
    #[serde(default)]
    pub problems: Vec<RowProblem>,
}

/// How many rows came out how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportCounts {
    /// New records.
    pub created: u32,
    /// Changes of known records.
    pub updated: u32,
    /// Rows that said nothing new.
    pub unchanged: u32,
    /// Rows of which nothing was written.
    pub rejected: u32,
    /// Comments, and rows without any value.
    pub ignored: u32,
}

impl ImportCounts {
    /// Counts one row.
    pub fn count(&mut self, outcome: RowOutcome) {
        let count = match outcome {
            RowOutcome::Created => &mut self.created,
            RowOutcome::Updated => &mut self.updated,
            RowOutcome::Unchanged => &mut self.unchanged,
            RowOutcome::Rejected => &mut self.rejected,
            RowOutcome::Ignored => &mut self.ignored,
        };
        *count += 1;
    }
}

/// A file that is worked through row by row (import / indlæsning).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "kind": "patients", "mode": "upsert", "validateOnly": false,
    "format": "csv", "state": "running", "bytes": 14200112, "rows": 100000, "rowsDone": 42000, "progress": 42,
    "counts": {"created": 41990, "updated": 0, "unchanged": 8, "rejected": 2, "ignored": 0},
    "secondsLeft": 9, "version": 421,
    "createdAt": "2026-03-27T09:15:00Z", "startedAt": "2026-03-27T09:15:02Z", "updatedAt": "2026-03-27T09:15:09Z"
}))]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// What its rows are.
    pub kind: ImportKind,
    /// What becomes of rows whose record is there already.
    pub mode: ImportMode,
    /// Whether it only checks.
    pub validate_only: bool,
    /// How the file is written: `csv` or `ndjson`.
    pub format: String,
    /// Where it stands.
    pub state: ImportState,
    /// The size of the file in bytes, unpacked.
    pub bytes: u64,
    /// How many rows the file has.
    pub rows: u32,
    /// How many of them are done.
    pub rows_done: u32,
    /// The same in percent, rounded down.
    #[schema(maximum = 100)]
    pub progress: u32,
    /// How they came out.
    pub counts: ImportCounts,
    /// How many seconds it will take at the speed it has had so far; absent where nobody can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub seconds_left: Option<u64>,
    /// Why it failed: `requesterInactive` (whoever sent the file is no longer active) or
    /// `incomplete` (the file did not come in to its end).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failure: Option<String>,
    /// Grows with each change; the `ETag`.
    pub version: i32,
    /// When it was sent.
    pub created_at: Instant,
    /// When somebody began with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub started_at: Option<Instant>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished_at: Option<Instant>,
    /// Until when its results can be read; absent while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub results_until: Option<Instant>,
    /// When it last went on.
    pub updated_at: Instant,
}
