//! Versions of governing documents in storage. The database refuses to change or delete one that was
//! approved (triggers), and to have two valid ones (HAL-6).

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::model::{
    GoverningDocumentId, GoverningDocumentState, GoverningDocumentVersion,
    GoverningDocumentVersionId, GoverningVersionApproval, GoverningVersionChange,
    GoverningVersionContent, GoverningVersionState, NewGoverningVersion,
};
use super::rules;
use super::store;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::governing_document_versions as versions;
use crate::platform::db::{Instant, Json, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::text::Name;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = versions, treat_none_as_default_value = false)]
struct Row {
    id: GoverningDocumentVersionId,
    controller_id: OrganisationId,
    document_id: GoverningDocumentId,
    number: i32,
    state: GoverningVersionState,
    content: Json<GoverningVersionContent>,
    approver: Option<String>,
    valid_from: Option<Instant>,
    valid_to: Option<Instant>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for GoverningDocumentVersion {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            governing_document_id: row.document_id,
            number: row.number,
            state: row.state,
            digest: rules::digest(&row.content.0),
            content: row.content.0,
            approver: row.approver.map(Name::from),
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The versions of a document that are not history: of each one at most.
#[derive(Default)]
pub(super) struct Current {
    /// The valid one.
    pub valid: Option<GoverningDocumentVersion>,
    /// The one that somebody writes on.
    pub draft_id: Option<GoverningDocumentVersionId>,
}

/// The current versions of some documents.
pub(super) fn current(
    cx: &mut Cx<'_>,
    documents: &[GoverningDocumentId],
) -> Result<BTreeMap<GoverningDocumentId, Current>> {
    let states = [GoverningVersionState::Valid, GoverningVersionState::Draft];
    let rows: Vec<Row> = versions::table
        .filter(one_of(versions::document_id, documents))
        .filter(one_of(versions::state, &states))
        .select(Row::as_select())
        .load(cx.conn())?;
    let mut found: BTreeMap<GoverningDocumentId, Current> = BTreeMap::new();
    for row in rows {
        let current = found.entry(row.document_id).or_default();
        if row.state == GoverningVersionState::Draft {
            current.draft_id = Some(row.id);
        } else {
            current.valid = Some(row.into());
        }
    }
    Ok(found)
}

fn find_row(
    cx: &mut Cx<'_>,
    document: GoverningDocumentId,
    id: GoverningDocumentVersionId,
) -> Result<Row> {
    versions::table
        .find(id)
        .filter(versions::controller_id.eq(cx.scope().controller))
        .filter(versions::document_id.eq(document))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)
}

/// One version of a document that the actor sees.
pub fn find(
    cx: &mut Cx<'_>,
    document: GoverningDocumentId,
    id: GoverningDocumentVersionId,
) -> Result<GoverningDocumentVersion> {
    store::find_row(cx, document)?;
    Ok(find_row(cx, document, id)?.into())
}

/// The same by the version's id alone: all that an event names of it.
pub fn find_by_id(
    cx: &mut Cx<'_>,
    id: GoverningDocumentVersionId,
) -> Result<GoverningDocumentVersion> {
    let document: GoverningDocumentId = versions::table
        .find(id)
        .filter(versions::controller_id.eq(cx.scope().controller))
        .select(versions::document_id)
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)?;
    find(cx, document, id)
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only in this state.
    pub state: Option<GoverningVersionState>,
    /// Only the one that was valid at this time.
    pub valid_at: Option<Instant>,
}

/// A page of a document's versions, the first one first.
pub fn list(
    cx: &mut Cx<'_>,
    document: GoverningDocumentId,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<GoverningDocumentVersion>, Option<Cursor>)> {
    store::find_row(cx, document)?;
    let bound_to = format!("governingDocumentVersions {document} {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = versions::table
        .filter(versions::document_id.eq(document))
        .order(versions::number.asc())
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(state) = filter.state {
        query = query.filter(versions::state.eq(state));
    }
    if let Some(at) = filter.valid_at {
        query = query
            .filter(versions::valid_from.is_not_null())
            .filter(versions::valid_from.assume_not_null().le(at))
            .filter(
                versions::valid_to
                    .is_null()
                    .or(versions::valid_to.assume_not_null().gt(at)),
            );
    }
    if let Some(after) = after {
        let number = i32::try_from(after.key).unwrap_or(i32::MAX);
        query = query.filter(versions::number.gt(number));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position {
        key: i64::from(row.number),
        id: row.id.uuid(),
    });
    Ok((rows.into_iter().map(Into::into).collect(), next))
}

/// Adds a draft to a document, whose own part of the change is the caller's.
pub(super) fn insert(
    cx: &mut Cx<'_>,
    document: GoverningDocumentId,
    number: i32,
    content: &GoverningVersionContent,
) -> Result<GoverningDocumentVersionId> {
    let row = Row {
        id: Id::new(),
        controller_id: cx.scope().controller,
        document_id: document,
        number,
        state: GoverningVersionState::Draft,
        content: Json(content.clone()),
        approver: None,
        valid_from: None,
        valid_to: None,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(versions::table)
        .values(&row)
        .execute(cx.conn())?;
    Ok(row.id)
}

/// What is told of a document whose versions have made it another one than before: its draft, its
/// state, its title.
const CHANGED: &str = "governingDocument.changed";

/// Begins the next version of a document: one at a time.
pub fn draft(
    cx: &mut Cx<'_>,
    document: GoverningDocumentId,
    new: &NewGoverningVersion,
) -> Result<GoverningDocumentVersion> {
    let row = store::find_row(cx, document)?;
    cx.request.heed_version(row.version)?;
    rules::check_open(row.state)?;
    let current = current(cx, &[document])?.remove(&document);
    if current.is_some_and(|current| current.draft_id.is_some()) {
        return Err(Error::conflict(
            "The document has a draft already: change or approve that one.",
        ));
    }
    let last: i32 = versions::table
        .filter(versions::document_id.eq(document))
        .order(versions::number.desc())
        .select(versions::number)
        .first(cx.conn())?;
    let id = insert(cx, document, last + 1, &new.content)?;
    // The document names its draft, so it is another document than before.
    store::save(cx, &row, CHANGED)?;
    cx.emit(&Event::new("governingDocumentVersion.drafted", id).programme(row.programme_id))?;
    find(cx, document, id)
}

/// Changes a draft, if the version the actor has read is still the current one.
pub fn change(
    cx: &mut Cx<'_>,
    (document, id): (GoverningDocumentId, GoverningDocumentVersionId),
    change: &GoverningVersionChange,
) -> Result<GoverningDocumentVersion> {
    let mut owner = store::find_row(cx, document)?;
    let row = find_row(cx, document, id)?;
    cx.request.expect_version(row.version)?;
    rules::check_open(owner.state)?;
    rules::check_draft(row.state)?;
    let content = rules::changed(&row.content.0, change);
    let title = content.title.as_str().to_owned();
    let now = cx.now;
    diesel::update(versions::table.find(id))
        .set((
            versions::content.eq(Json(content)),
            versions::version.eq(row.version + 1),
            versions::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    if owner.state == GoverningDocumentState::Draft && owner.title != title {
        owner.title = title;
        store::save(cx, &owner, CHANGED)?;
    }
    let event = Event::new("governingDocumentVersion.changed", id);
    cx.emit(&event.programme(owner.programme_id))?;
    find(cx, document, id)
}

/// Ends the validity of the version that is valid, if one is.
fn end_validity(
    cx: &mut Cx<'_>,
    document: GoverningDocumentId,
    state: GoverningVersionState,
) -> Result<()> {
    let now = cx.now;
    diesel::update(
        versions::table
            .filter(versions::document_id.eq(document))
            .filter(versions::state.eq(GoverningVersionState::Valid)),
    )
    .set((
        versions::state.eq(state),
        versions::valid_to.eq(now),
        versions::version.eq(versions::version + 1),
        versions::updated_at.eq(now),
    ))
    .execute(cx.conn())?;
    Ok(())
}

/// Withdraws what is not history yet with its document: the valid version, and the draft of the next
/// one, which nobody can write on or approve any more.
pub(super) fn withdraw(cx: &mut Cx<'_>, document: GoverningDocumentId) -> Result<()> {
    end_validity(cx, document, GoverningVersionState::Withdrawn)?;
    let now = cx.now;
    diesel::update(
        versions::table
            .filter(versions::document_id.eq(document))
            .filter(versions::state.eq(GoverningVersionState::Draft)),
    )
    .set((
        versions::state.eq(GoverningVersionState::Withdrawn),
        versions::version.eq(versions::version + 1),
        versions::updated_at.eq(now),
    ))
    .execute(cx.conn())?;
    Ok(())
}

/// Approves a draft: it is the valid version from now on, and the one before no longer, at the same
/// moment.
pub fn approve(
    cx: &mut Cx<'_>,
    (document, id): (GoverningDocumentId, GoverningDocumentVersionId),
    approval: &GoverningVersionApproval,
) -> Result<GoverningDocumentVersion> {
    let mut owner = store::find_row(cx, document)?;
    let row = find_row(cx, document, id)?;
    cx.request.heed_version(row.version)?;
    rules::check_open(owner.state)?;
    rules::check_draft(row.state)?;
    end_validity(cx, document, GoverningVersionState::Superseded)?;
    let now = cx.now;
    diesel::update(versions::table.find(id))
        .set((
            versions::state.eq(GoverningVersionState::Valid),
            versions::approver.eq(approval.approver.as_str().to_owned()),
            versions::valid_from.eq(now),
            versions::version.eq(row.version + 1),
            versions::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    owner.state = GoverningDocumentState::Valid;
    owner.title = row.content.0.title.as_str().to_owned();
    owner.review_on = row.content.0.review_on;
    store::save(cx, &owner, CHANGED)?;
    let event = Event::new("governingDocumentVersion.approved", id);
    cx.emit(&event.programme(owner.programme_id))?;
    find(cx, document, id)
}
