//! Governing documents in storage.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{
    GoverningDocument, GoverningDocumentId, GoverningDocumentKind, GoverningDocumentState,
    GoverningDocumentWithdrawal, NewGoverningDocument,
};
use super::rules;
use super::versions::{self, Current};
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::governing_documents;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::Result;
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::text::Name;
use crate::programmes::{self, ProgrammeId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = governing_documents, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: GoverningDocumentId,
    pub controller_id: OrganisationId,
    pub programme_id: ProgrammeId,
    pub kind: GoverningDocumentKind,
    pub state: GoverningDocumentState,
    pub title: String,
    pub review_on: Option<NaiveDate>,
    withdrawn_by: Option<String>,
    withdrawn_at: Option<Instant>,
    pub version: i32,
    created_at: Instant,
    updated_at: Instant,
}

fn with(row: Row, current: Current) -> GoverningDocument {
    GoverningDocument {
        id: row.id,
        programme_id: row.programme_id,
        kind: row.kind,
        state: row.state,
        title: row.title.into(),
        valid_version: current.valid,
        // Nobody writes on a document that was withdrawn.
        draft_version_id: current
            .draft_id
            .filter(|_| row.state != GoverningDocumentState::Withdrawn),
        withdrawn_by: row.withdrawn_by.map(Name::from),
        withdrawn_at: row.withdrawn_at,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn shown(cx: &mut Cx<'_>, row: Row) -> Result<GoverningDocument> {
    let current = versions::current(cx, &[row.id])?.remove(&row.id);
    Ok(with(row, current.unwrap_or_default()))
}

pub(super) fn find_row(cx: &mut Cx<'_>, id: GoverningDocumentId) -> Result<Row> {
    find_seen!(cx, governing_documents, Row, id)
}

/// One document that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: GoverningDocumentId) -> Result<GoverningDocument> {
    let row = find_row(cx, id)?;
    shown(cx, row)
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only of this kind.
    pub kind: Option<GoverningDocumentKind>,
    /// Only in this state.
    pub state: Option<GoverningDocumentState>,
}

/// A page of documents, in the order they were made.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<GoverningDocument>, Option<Cursor>)> {
    let scope = cx.scope();
    let bound_to = format!("governingDocuments {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = governing_documents::table
        .filter(governing_documents::controller_id.eq(scope.controller))
        .order(governing_documents::id.asc())
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(governing_documents::programme_id, visible));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(governing_documents::programme_id.eq(programme));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(governing_documents::kind.eq(kind));
    }
    if let Some(state) = filter.state {
        query = query.filter(governing_documents::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(governing_documents::id.gt(after.id::<GoverningDocument>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position::of(row.id));
    let ids: Vec<GoverningDocumentId> = rows.iter().map(|row| row.id).collect();
    let mut current = versions::current(cx, &ids)?;
    let items = rows
        .into_iter()
        .map(|row| {
            let current = current.remove(&row.id).unwrap_or_default();
            with(row, current)
        })
        .collect();
    Ok((items, next))
}

/// Valid documents that are to be looked through again on this day or earlier, the earliest first.
pub fn to_review(
    cx: &mut Cx<'_>,
    programme: Option<ProgrammeId>,
    until: NaiveDate,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<(GoverningDocumentId, ProgrammeId, String, NaiveDate)>> {
    let scope = cx.scope();
    let mut query = governing_documents::table
        .filter(governing_documents::controller_id.eq(scope.controller))
        .filter(governing_documents::review_on.is_not_null())
        .filter(governing_documents::review_on.assume_not_null().le(until))
        .order((
            governing_documents::review_on.asc(),
            governing_documents::id.asc(),
        ))
        .limit(limit)
        .select((
            governing_documents::id,
            governing_documents::programme_id,
            governing_documents::title,
            governing_documents::review_on.assume_not_null(),
        ))
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(governing_documents::programme_id, visible));
    }
    if let Some(programme) = programme {
        query = query.filter(governing_documents::programme_id.eq(programme));
    }
    if let Some(after) = after {
        let day = after.date();
        query = query.filter(
            governing_documents::review_on
                .assume_not_null()
                .ge(day)
                .and(
                    governing_documents::review_on
                        .assume_not_null()
                        .gt(day)
                        .or(governing_documents::id.gt(after.id::<GoverningDocument>())),
                ),
        );
    }
    Ok(query.load(cx.conn())?)
}

/// Makes a document with its first version as a draft.
pub fn create(cx: &mut Cx<'_>, new: &NewGoverningDocument) -> Result<GoverningDocument> {
    let programme =
        programmes::find(cx, new.programme_id).map_err(|error| error.referred("/programmeId"))?;
    let row = Row {
        id: Id::new(),
        controller_id: programme.controller_id,
        programme_id: programme.id,
        kind: new.kind,
        state: GoverningDocumentState::Draft,
        title: new.content.title.as_str().to_owned(),
        review_on: None,
        withdrawn_by: None,
        withdrawn_at: None,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(governing_documents::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("governingDocument.created", row.id).programme(row.programme_id))?;
    versions::insert(cx, row.id, 1, &new.content)?;
    shown(cx, row)
}

/// Writes what has changed of a document, one version on, and says what happened.
pub(super) fn save(cx: &mut Cx<'_>, row: &Row, kind: &'static str) -> Result<()> {
    let now = cx.now;
    diesel::update(governing_documents::table.find(row.id))
        .set((
            governing_documents::state.eq(row.state),
            governing_documents::title.eq(row.title.clone()),
            governing_documents::review_on.eq(row.review_on),
            governing_documents::withdrawn_by.eq(row.withdrawn_by.clone()),
            governing_documents::withdrawn_at.eq(row.withdrawn_at),
            governing_documents::version.eq(row.version + 1),
            governing_documents::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&Event::new(kind, row.id).programme(row.programme_id))
}

/// Withdraws a valid document. Its versions stay, and none is valid or written on any more.
pub fn withdraw(
    cx: &mut Cx<'_>,
    id: GoverningDocumentId,
    withdrawal: &GoverningDocumentWithdrawal,
) -> Result<GoverningDocument> {
    let mut row = find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    rules::check_valid(row.state)?;
    versions::withdraw(cx, id)?;
    row.state = GoverningDocumentState::Withdrawn;
    row.review_on = None;
    row.withdrawn_by = Some(withdrawal.decided_by.as_str().to_owned());
    row.withdrawn_at = Some(cx.now);
    save(cx, &row, "governingDocument.withdrawn")?;
    find(cx, id)
}
