//! The life of a job: it comes in, somebody takes it, it ends.

use chrono::Duration;

use super::batch::LEASE_SECONDS;
use super::model::{ImportId, ImportState};
use super::pieces;
use super::store::{self, Row, Worker};
use crate::platform::app::{App, Cx};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::id::Id;
use crate::upkeep::Page;

/// How long an upload may stand still before it is given up.
const PATIENCE_HOURS: i64 = 1;
/// How many pieces of results are forgotten in one transaction.
const RESULTS_TOGETHER: i64 = 500;

/// Takes the oldest job that nobody works on, or the one that is asked for. Blocking.
pub(super) fn claim(app: &App, worker: Id<Worker>, only: Option<ImportId>) -> Result<Option<Row>> {
    // Mostly there is none, and looking writes nothing.
    let now = app.clock.now();
    if app
        .db
        .read_blocking(|conn| store::claimable(conn, only, now))?
        .is_none()
    {
        return Ok(None);
    }
    app.db.write_blocking(move |tx| {
        let Some(mut row) = store::claimable(tx.conn(), only, now)? else {
            return Ok(None);
        };
        row.state = ImportState::Running;
        row.worker_id = Some(worker);
        row.leased_until = Some(now + Duration::seconds(LEASE_SECONDS));
        row.started_at = row.started_at.or(Some(now));
        store::save(tx.conn(), &mut row, now)?;
        Ok(Some(row))
    })
}

/// Lets others have a job at once, where its worker stops. Blocking.
pub(super) fn release(app: &App, id: ImportId, worker: Id<Worker>) -> Result<()> {
    let now = app.clock.now();
    app.db.write_blocking(move |tx| {
        let mut row = store::job(tx.conn(), id)?;
        if row.worker_id == Some(worker) && row.state == ImportState::Running {
            row.leased_until = None;
            row.worker_id = None;
            store::save(tx.conn(), &mut row, now)?;
        }
        Ok(())
    })
}

/// Ends a job. Its results stay; what is left of its file, and of what was noted to check it, is
/// forgotten by and by ([`tidy`]): of a long one it would hold up everybody.
pub(super) fn end(cx: &mut Cx<'_>, mut row: Row, state: ImportState) -> Result<Row> {
    let now = cx.now;
    row.state = state;
    row.finished_at = Some(now);
    row.leased_until = None;
    row.worker_id = None;
    store::save(cx.conn(), &mut row, now)?;
    cx.emit(&ended(state, row.id))?;
    Ok(row)
}

/// A job's own steps leave an event each.
fn ended(state: ImportState, id: ImportId) -> Event {
    match state {
        ImportState::Cancelled => Event::new("import.cancelled", id),
        ImportState::Failed => Event::new("import.failed", id),
        _ => Event::new("import.completed", id),
    }
}

/// Forgets some of the file of a job that has ended. Says whether there was one. Blocking.
pub(super) fn tidy(app: &App, only: Option<ImportId>) -> Result<bool> {
    // Mostly there is none, and looking writes nothing.
    let Some(id) = app.db.read_blocking(|conn| store::with_file(conn, only))? else {
        return Ok(false);
    };
    let now = app.clock.now();
    app.db.write_blocking(move |tx| {
        if !pieces::drop_some(tx.conn(), id)? {
            store::file_is_gone(tx.conn(), id, now)?;
        }
        Ok(true)
    })
}

/// Stops a job on request: at once where nobody works on it, else before its next rows.
pub(super) fn cancel(cx: &mut Cx<'_>, id: ImportId) -> Result<Row> {
    let mut row = store::find(cx, id)?;
    cx.request.heed_version(row.version)?;
    let now = cx.now;
    match row.state {
        // Whoever still sends it is told with the next piece.
        ImportState::Receiving | ImportState::Queued => end(cx, row, ImportState::Cancelled),
        ImportState::Running => {
            if !row.cancel_asked {
                row.cancel_asked = true;
                store::save(cx.conn(), &mut row, now)?;
            }
            Ok(row)
        }
        ImportState::Completed
        | ImportState::CompletedWithRejections
        | ImportState::Cancelled
        | ImportState::Failed => {
            let none: [&str; 0] = [];
            Err(Error::state("The import has ended.", row.state, none))
        }
    }
}

/// Uploads whose sender has gone.
pub fn abandoned(
    cx: &mut Cx<'_>,
    after: Option<ImportId>,
    limit: i64,
) -> Result<Page<super::model::Import>> {
    let before = cx.now + Duration::hours(-PATIENCE_HOURS);
    Ok(store::abandoned(cx, after, before, limit)?.into())
}

/// Gives an upload up whose sender has gone.
pub fn give_up(cx: &mut Cx<'_>, id: ImportId) -> Result<bool> {
    let mut row = store::find(cx, id)?;
    let before = cx.now + Duration::hours(-PATIENCE_HOURS);
    if row.state != ImportState::Receiving || row.updated_at >= before {
        return Ok(false);
    }
    row.failure = Some("incomplete".to_owned());
    end(cx, row, ImportState::Failed)?;
    Ok(true)
}

/// Jobs whose results are no longer kept.
pub fn outdated(
    cx: &mut Cx<'_>,
    after: Option<ImportId>,
    limit: i64,
) -> Result<Page<super::model::Import>> {
    let before = cx.now + -store::kept(cx.config);
    Ok(store::with_old_results(cx, after, before, limit)?.into())
}

/// Forgets results of a job that are no longer kept, some of them: the rest by the next run. The job
/// itself stays, with its counts.
pub fn forget_results(cx: &mut Cx<'_>, id: ImportId) -> Result<bool> {
    let row = store::find(cx, id)?;
    let now = cx.now;
    if row.results_until(cx.config).is_none_or(|until| until > now) {
        return Ok(false);
    }
    let forgotten = pieces::forget_results(cx.conn(), id, RESULTS_TOGETHER)?;
    if forgotten < RESULTS_TOGETHER {
        store::results_are_gone(cx, id)?;
    }
    Ok(forgotten > 0)
}

/// Gives a job up whose sender has gone, where nobody else looks after it. Blocking.
pub(super) fn give_up_alone(app: &App, id: ImportId) -> Result<()> {
    let job = app.db.read_blocking(|conn| store::job(conn, id))?;
    if job.state == ImportState::Receiving {
        app.by_itself(job.controller_id, "upkeep", move |cx| {
            Ok(give_up(cx, id)?.then_some(()))
        })?;
    }
    Ok(())
}
