//! Imports in storage: jobs, the pieces of their files, and what became of the rows.

use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{Import, ImportCounts, ImportId, ImportKind, ImportMode, ImportState, Layout};
use crate::on_engine;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::config::Config;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::schema::imports;
use crate::platform::db::{AnyConnection, Condition, Instant, Json};
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;

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
    pub requester_id: Id<Requester>,
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
    pub file_gone_at: Option<Instant>,
    pub results_gone_at: Option<Instant>,
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

    /// Until when its results are kept, where it has ended.
    pub(super) fn results_until(&self, config: &Config) -> Option<Instant> {
        self.finished_at.map(|end| end + kept(config))
    }

    /// As it is shown, with what is left at the speed it has had so far.
    pub(super) fn shown(&self, now: Instant, config: &Config) -> Import {
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
            results_until: self.results_until(config),
            updated_at: self.updated_at,
        }
    }
}

/// For how long results are kept.
pub(super) fn kept(config: &Config) -> Duration {
    Duration::days(i64::from(config.import_results_days))
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

/// Notes that an upload goes on, unless it was cancelled meanwhile.
pub(super) fn came_on(conn: &mut AnyConnection, id: ImportId, now: Instant) -> Result<()> {
    let going_on = imports::table
        .find(id)
        .filter(imports::state.eq(ImportState::Receiving))
        .filter(imports::cancel_asked.eq(false));
    let noted = diesel::update(going_on)
        .set(imports::updated_at.eq(now))
        .execute(conn)?;
    if noted == 0 {
        return Err(Error::conflict(
            "The import was stopped while its file came in.",
        ));
    }
    Ok(())
}

/// A job of any controller.
pub(super) fn job(conn: &mut AnyConnection, id: ImportId) -> Result<Row> {
    on_engine!(conn, conn => imports::table.find(id).select(Row::as_select()).first(conn))
        .optional()?
        .ok_or_else(Error::not_found)
}

/// A job of the actor's controller; of those who are limited to programmes, only what they sent.
pub(super) fn find(cx: &mut Cx<'_>, id: ImportId) -> Result<Row> {
    let (controller, actor) = (cx.scope().controller, cx.actor.id);
    let sees_all = cx.scope().programmes.is_none();
    let row = job(cx.conn(), id)?;
    if row.controller_id == controller && (sees_all || row.requester_id.uuid() == actor) {
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
    if cx.scope().programmes.is_some() {
        query = query.filter(imports::requester_id.eq(Id::<Requester>::from_uuid(cx.actor.id)));
    }
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
        .filter(imports::finished_at.is_null())
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

/// The jobs where this holds, in the order of their ids.
fn jobs(
    cx: &mut Cx<'_>,
    wanted: Condition<imports::table>,
    after: Option<ImportId>,
    limit: i64,
) -> Result<Vec<ImportId>> {
    let mut query = imports::table
        .filter(imports::controller_id.eq(cx.scope().controller))
        .filter(wanted)
        .order(imports::id.asc())
        .limit(limit)
        .select(imports::id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(imports::id.gt(after));
    }
    Ok(query.load(cx.conn())?)
}

/// Uploads that have not gone on since `before`: whoever sent them has gone.
pub(super) fn abandoned(
    cx: &mut Cx<'_>,
    after: Option<ImportId>,
    before: Instant,
    limit: i64,
) -> Result<Vec<ImportId>> {
    let receiving = imports::state.eq(ImportState::Receiving);
    let open = imports::finished_at.is_null().and(receiving);
    let wanted = open.and(imports::updated_at.lt(before));
    jobs(cx, Box::new(wanted), after, limit)
}

/// Jobs that ended before `before` and whose results are there still.
pub(super) fn with_old_results(
    cx: &mut Cx<'_>,
    after: Option<ImportId>,
    before: Instant,
    limit: i64,
) -> Result<Vec<ImportId>> {
    let ended = imports::finished_at.is_not_null();
    let ended = ended.and(imports::finished_at.assume_not_null().lt(before));
    let wanted = ended.and(imports::results_gone_at.is_null());
    jobs(cx, Box::new(wanted), after, limit)
}

/// Notes that no results of a job are left.
pub(super) fn results_are_gone(cx: &mut Cx<'_>, id: ImportId) -> Result<()> {
    let now = cx.now;
    diesel::update(imports::table.find(id))
        .set(imports::results_gone_at.eq(Some(now)))
        .execute(cx.conn())?;
    Ok(())
}

/// A job that has ended and of whose file something may be left, or the one that is asked for.
pub(super) fn with_file(
    conn: &mut AnyConnection,
    only: Option<ImportId>,
) -> Result<Option<ImportId>> {
    let mut query = imports::table
        .filter(imports::finished_at.is_not_null())
        .filter(imports::file_gone_at.is_null())
        .order(imports::id.asc())
        .select(imports::id)
        .into_boxed();
    if let Some(only) = only {
        query = query.filter(imports::id.eq(only));
    }
    Ok(query.first(conn).optional()?)
}

/// Notes that nothing of a job's file is left.
pub(super) fn file_is_gone(conn: &mut AnyConnection, id: ImportId, now: Instant) -> Result<()> {
    diesel::update(imports::table.find(id))
        .set(imports::file_gone_at.eq(Some(now)))
        .execute(conn)?;
    Ok(())
}
