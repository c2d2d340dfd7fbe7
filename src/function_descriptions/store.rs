//! Documents in storage.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{
    DocumentDecision, DocumentKind, DocumentOutcome, DocumentSubmission, DocumentVersion,
    FunctionDescription, FunctionDescriptionChange, FunctionDescriptionId, NewDocumentVersion,
    NewFunctionDescription, VersionState,
};
use super::rules::{self, Step};
use crate::meetings::{self, AgendaItemId, AgendaItemKind, Attachment, DecisionId, NewAgendaItem};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::schema::{function_description_versions, function_descriptions};
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::text::{Name, Prose};
use crate::steering::{self, Reach, SteeringGroup, SteeringGroupId};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = function_descriptions, treat_none_as_default_value = false)]
struct Row {
    id: FunctionDescriptionId,
    controller_id: OrganisationId,
    steering_group_id: SteeringGroupId,
    kind: DocumentKind,
    title: String,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

/// The sealed part of a version.
#[derive(Serialize, Deserialize)]
struct Content {
    text: Prose,
    attachments: Vec<Attachment>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = function_description_versions, treat_none_as_default_value = false, treat_none_as_null = true)]
struct VersionRow {
    id: Id<DocumentVersion>,
    controller_id: OrganisationId,
    function_description_id: FunctionDescriptionId,
    number: i32,
    state: VersionState,
    agenda_item_id: Option<AgendaItemId>,
    decision_id: Option<DecisionId>,
    valid_from: Option<NaiveDate>,
    decided_at: Option<Instant>,
    content: Vec<u8>,
}

fn place<'a>(id: Id<DocumentVersion>) -> Place<'a> {
    Place::new("function_description_versions.content", id.uuid())
}

impl VersionRow {
    fn shown(&self, cx: &Cx<'_>) -> Result<DocumentVersion> {
        let content: Content = cx.keys.open_json(place(self.id), &self.content)?;
        Ok(DocumentVersion {
            number: self.number,
            state: self.state,
            text: content.text,
            attachments: content.attachments,
            agenda_item_id: self.agenda_item_id,
            decision_id: self.decision_id,
            valid_from: self.valid_from,
            decided_at: self.decided_at,
        })
    }
}

/// A document with its versions, the newest apart.
struct Found {
    row: Row,
    group: SteeringGroup,
    versions: Vec<VersionRow>,
    newest: VersionRow,
}

fn with_versions(cx: &mut Cx<'_>, row: Row) -> Result<Found> {
    let (group, _) = steering::inside(cx, row.steering_group_id)?;
    let versions: Vec<VersionRow> = function_description_versions::table
        .filter(function_description_versions::function_description_id.eq(row.id))
        .filter(function_description_versions::controller_id.eq(cx.scope().controller))
        .order(function_description_versions::number.asc())
        .select(VersionRow::as_select())
        .load(cx.conn())?;
    let newest = versions
        .last()
        .cloned()
        .ok_or_else(|| Error::internal("a document without versions"))?;
    Ok(Found {
        row,
        group,
        versions,
        newest,
    })
}

fn find_row(cx: &mut Cx<'_>, id: FunctionDescriptionId) -> Result<Found> {
    let row: Row = function_descriptions::table
        .find(id)
        .filter(function_descriptions::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)?;
    with_versions(cx, row)
}

fn shown(cx: &Cx<'_>, found: &Found) -> Result<FunctionDescription> {
    let approved: Vec<(i32, NaiveDate)> = found
        .versions
        .iter()
        .filter_map(|version| Some((version.number, version.valid_from?)))
        .collect();
    let today = steering::today(cx, &found.group)?;
    Ok(FunctionDescription {
        id: found.row.id,
        steering_group_id: found.row.steering_group_id,
        kind: found.row.kind,
        title: Name::from(found.row.title.clone()),
        newest: found.newest.shown(cx)?,
        valid_number: rules::valid_on(&approved, today),
        version: found.row.version,
        created_at: found.row.created_at,
        updated_at: found.row.updated_at,
    })
}

/// One document of a group that the actor sees from inside.
pub fn find(cx: &mut Cx<'_>, id: FunctionDescriptionId) -> Result<FunctionDescription> {
    let found = find_row(cx, id)?;
    shown(cx, &found)
}

/// The versions of a document, the newest first.
pub fn versions(cx: &mut Cx<'_>, id: FunctionDescriptionId) -> Result<Vec<DocumentVersion>> {
    let found = find_row(cx, id)?;
    let versions = found.versions.iter();
    versions.rev().map(|version| version.shown(cx)).collect()
}

fn emit(cx: &mut Cx<'_>, kind: &'static str, group: &SteeringGroup, row: &Row) -> Result<()> {
    cx.emit(&Event::new(kind, row.id).of_programme(group.programme_id))
}

fn draft(
    cx: &mut Cx<'_>,
    of: &Row,
    number: i32,
    text: &Prose,
    attachments: &[Attachment],
) -> Result<()> {
    let id = Id::new();
    let content = Content {
        text: text.clone(),
        attachments: attachments.to_vec(),
    };
    let version = VersionRow {
        id,
        controller_id: of.controller_id,
        function_description_id: of.id,
        number,
        state: VersionState::Draft,
        agenda_item_id: None,
        decision_id: None,
        valid_from: None,
        decided_at: None,
        content: cx.keys.seal_json(place(id), &content)?,
    };
    diesel::insert_into(function_description_versions::table)
        .values(&version)
        .execute(cx.conn())?;
    Ok(())
}

/// Makes a document with its first version as a draft.
pub fn create(cx: &mut Cx<'_>, new: &NewFunctionDescription) -> Result<FunctionDescription> {
    let (group, _) = steering::inside(cx, new.steering_group_id)
        .map_err(|error| error.referred("/steeringGroupId"))?;
    let row = Row {
        id: Id::new(),
        controller_id: group.controller_id,
        steering_group_id: group.id,
        kind: new.kind,
        title: new.title.as_str().to_owned(),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(function_descriptions::table)
        .values(&row)
        .execute(cx.conn())?;
    draft(cx, &row, 1, &new.text, &new.attachments)?;
    emit(cx, "functionDescription.drafted", &group, &row)?;
    find(cx, row.id)
}

/// Writes that a document was changed, one version on, and says what happened.
fn touch(cx: &mut Cx<'_>, found: &Found, kind: &'static str) -> Result<FunctionDescription> {
    diesel::update(function_descriptions::table.find(found.row.id))
        .set((
            function_descriptions::version.eq(found.row.version + 1),
            function_descriptions::updated_at.eq(cx.now),
        ))
        .execute(cx.conn())?;
    emit(cx, kind, &found.group, &found.row)?;
    find(cx, found.row.id)
}

fn write(cx: &mut Cx<'_>, version: &VersionRow) -> Result<()> {
    diesel::update(function_description_versions::table.find(version.id))
        .set(version)
        .execute(cx.conn())?;
    Ok(())
}

/// Refuses a step that the newest version does not allow now.
fn check(cx: &mut Cx<'_>, found: &Found, step: Step) -> Result<()> {
    let cancelled = match (found.newest.state, found.newest.agenda_item_id) {
        (VersionState::Submitted, Some(item)) => meetings::is_cancelled(cx, item)?,
        _ => false,
    };
    rules::check(found.newest.state, cancelled, step)
}

/// Changes the draft.
pub fn change(
    cx: &mut Cx<'_>,
    id: FunctionDescriptionId,
    change: &FunctionDescriptionChange,
) -> Result<FunctionDescription> {
    let mut found = find_row(cx, id)?;
    cx.request.expect_version(found.row.version)?;
    check(cx, &found, Step::Change)?;
    let newest = &mut found.newest;
    let mut content: Content = cx.keys.open_json(place(newest.id), &newest.content)?;
    if let Some(text) = &change.text {
        content.text = text.clone();
    }
    if let Some(attachments) = &change.attachments {
        content.attachments.clone_from(attachments);
    }
    newest.content = cx.keys.seal_json(place(newest.id), &content)?;
    write(cx, &found.newest)?;
    touch(cx, &found, "functionDescription.changed")
}

/// Begins a new version as a draft. The valid one stays valid.
pub fn renew(
    cx: &mut Cx<'_>,
    id: FunctionDescriptionId,
    new: &NewDocumentVersion,
) -> Result<FunctionDescription> {
    let found = find_row(cx, id)?;
    cx.request.heed_version(found.row.version)?;
    check(cx, &found, Step::Renew)?;
    let number = found.newest.number + 1;
    draft(cx, &found.row, number, &new.text, &new.attachments)?;
    touch(cx, &found, "functionDescription.versionBegun")
}

/// Puts the draft on the agenda of a meeting of its group, for decision.
pub fn submit(
    cx: &mut Cx<'_>,
    id: FunctionDescriptionId,
    sent: &DocumentSubmission,
) -> Result<FunctionDescription> {
    let mut found = find_row(cx, id)?;
    cx.request.heed_version(found.row.version)?;
    check(cx, &found, Step::Submit)?;
    let meeting =
        meetings::find(cx, sent.meeting_id).map_err(|error| error.referred("/meetingId"))?;
    if meeting.steering_group_id != found.row.steering_group_id {
        let detail = "must be a meeting of the document's group";
        return Err(Error::field("/meetingId", "otherGroup", detail));
    }
    let content: Content = cx
        .keys
        .open_json(place(found.newest.id), &found.newest.content)?;
    let item = NewAgendaItem {
        title: Name::from(found.row.title.clone()),
        kind: AgendaItemKind::Decision,
        confidential: false,
        text: Some(content.text),
        planned_minutes: sent.planned_minutes,
        proposer_id: None,
        attachments: content.attachments,
    };
    let item = meetings::add_agenda_item(cx, meeting.id, &item)?;
    found.newest.state = VersionState::Submitted;
    found.newest.agenda_item_id = Some(item.id);
    write(cx, &found.newest)?;
    touch(cx, &found, "functionDescription.submitted")
}

/// Registers what the group decided on the item that the document was submitted to, once minutes that
/// were sent say it: nothing is approved by a draft.
pub fn decide(
    cx: &mut Cx<'_>,
    id: FunctionDescriptionId,
    sent: &DocumentDecision,
) -> Result<FunctionDescription> {
    let mut found = find_row(cx, id)?;
    cx.request.heed_version(found.row.version)?;
    check(cx, &found, Step::Decide)?;
    let decision = meetings::find_decision(cx, sent.decision_id)
        .map_err(|error| error.referred("/decisionId"))?;
    if Some(decision.agenda_item_id) != found.newest.agenda_item_id {
        let detail = "must be a decision on the item that the document was submitted to";
        return Err(Error::field("/decisionId", "otherItem", detail));
    }
    if decision.minutes_version.is_none() {
        let detail = "No minutes that were sent say this decision yet: send them first.";
        return Err(Error::conflict(detail));
    }
    found.newest.decision_id = Some(decision.id);
    found.newest.decided_at = Some(cx.now);
    let kind = match sent.outcome {
        DocumentOutcome::Approved => {
            let from = sent.valid_from.unwrap_or(decision.decided_on);
            if from < decision.decided_on {
                let detail = "must not be earlier than the day of the decision";
                return Err(Error::field("/validFrom", "order", detail));
            }
            found.newest.state = VersionState::Approved;
            found.newest.valid_from = Some(from);
            "functionDescription.approved"
        }
        DocumentOutcome::Rejected if sent.valid_from.is_some() => {
            let detail = "is for what is approved";
            return Err(Error::field("/validFrom", "notApproved", detail));
        }
        DocumentOutcome::Rejected => {
            found.newest.state = VersionState::Rejected;
            "functionDescription.rejected"
        }
    };
    write(cx, &found.newest)?;
    touch(cx, &found, kind)
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this group.
    pub steering_group_id: Option<SteeringGroupId>,
    /// Only of this kind.
    pub kind: Option<DocumentKind>,
}

/// A page of documents in the order they were made, and where the next one begins.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<FunctionDescription>, Option<Cursor>)> {
    let bound_to = format!("function descriptions {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = function_descriptions::table
        .filter(function_descriptions::controller_id.eq(cx.scope().controller))
        .order(function_descriptions::id.asc())
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Reach::Some(groups) = steering::of_meetings(cx)? {
        query = query.filter(one_of(function_descriptions::steering_group_id, &groups));
    }
    if let Some(group) = filter.steering_group_id {
        query = query.filter(function_descriptions::steering_group_id.eq(group));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(function_descriptions::kind.eq(kind));
    }
    if let Some(after) = after {
        query = query.filter(function_descriptions::id.gt(after.id::<FunctionDescription>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position::of(row.id));
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let found = with_versions(cx, row)?;
        items.push(shown(cx, &found)?);
    }
    Ok((items, next))
}
