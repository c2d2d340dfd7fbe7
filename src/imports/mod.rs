//! Imports (indlæsning / import): a file with many rows becomes a job, and each row a record, by the
//! same rules as if it had come alone.
//!
//! ```text
//! receiving ──▶ queued ──▶ running ──▶ completed, completedWithRejections
//!     ├────────────┴──────────┴─────▶ cancelled, failed
//!     └─▶ (nothing: the sender has gone)
//! ```
//!
//! Invariants:
//! - A file is never in memory as a whole: it is unpacked, cut into rows and stored in sealed pieces
//!   as it comes (`split`, `receive`, `upload`). What is wrong with the file itself is answered at
//!   once, and nothing of it is kept.
//! - A row goes through the schema, the functions and the rules of the API's own handlers (`rows`,
//!   `kinds`); its audit rows and events are the same, on behalf of whoever sent the file.
//! - The rows of a transaction, what became of them and how far the job is are stored together:
//!   killed at any moment, a job goes on behind the last stored row (`batch`). A worker has a job by
//!   a lease that each transaction renews and checks, so that two instances never both store a row.
//! - Each row of the file has one result, with the number of the line it begins on. A job of which
//!   rows were rejected is never `completed`.
//! - No result, problem or log line holds a value that was sent (ID-6).
//! - Checking (`validateOnly`) writes the rows and undoes it; earlier rows of the file that a row
//!   stands on are written before it, and undone with it.
//! - Sent again, the same file changes nothing: a row that says nothing new is `unchanged`.
//!
//! Reading order: `model`, `split`, `paths`, `columns`, `building`, `rows`, `kinds`, `receive`, `upload`, `store`, `pieces`,
//! `jobs`, `batch`, `work`, `report`, `templates`, `export`, `api`, `api_upload`.

mod api;
mod api_upload;
mod batch;
mod building;
mod columns;
mod export;
mod jobs;
mod kinds;
mod model;
mod paths;
mod pieces;
mod receive;
mod report;
mod rows;
mod split;
mod store;
mod templates;
mod upload;
mod work;

pub use api::routes;
pub use export::{export, flat, head};
pub use jobs::{abandoned, forget_results, give_up, outdated};
pub use model::{
    Import, ImportCounts, ImportId, ImportKind, ImportMode, ImportState, RowOutcome, RowProblem,
    RowResult,
};
pub use receive::Packing;
pub use report::{ReportFormat, lines};
pub use templates::template;
pub use upload::{Asked, upload};
pub use work::{Importing, start, work};

use crate::platform::app::App;
use crate::platform::error::Result;

/// A job as it stands now. Blocking; for the command line and for tests.
pub fn follow(app: &App, id: ImportId) -> Result<Import> {
    let now = app.clock.now();
    app.db
        .read_blocking(|conn| Ok(store::job(conn, id)?.shown(now, &app.config)))
}

/// Hands every result of a job to `each`, some at a time, in the order of the rows. Blocking.
pub fn results(
    app: &App,
    id: ImportId,
    mut each: impl FnMut(Vec<RowResult>) -> Result<()>,
) -> Result<()> {
    let mut from = 0;
    loop {
        let rows = app
            .db
            .read_blocking(|conn| pieces::results(conn, id, from, 20))?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        from = last.first_row + 1;
        for row in &rows {
            each(row.open(&app.keys)?)?;
        }
    }
}
