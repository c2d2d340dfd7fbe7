//! Enquiries in storage. Who asks, the question and the answer are sealed.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{
    AnswerWay, ContactPerson, Enquiry, EnquiryAnswer, EnquiryId, EnquiryKind, EnquiryState,
    NewAnswer, NewEnquiry,
};
use super::rules;
use crate::calendar::local_date;
use crate::find_seen;
use crate::identity::mentions_number;
use crate::organisations::OrganisationId;
use crate::patients::{self, PatientId};
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::schema::enquiries;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::text::Prose;
use crate::programmes::{self, ProgrammeId};
use crate::repoint;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = enquiries, treat_none_as_default_value = false)]
struct Row {
    id: EnquiryId,
    controller_id: OrganisationId,
    programme_id: ProgrammeId,
    patient_id: Option<PatientId>,
    kind: EnquiryKind,
    state: EnquiryState,
    received_at: Instant,
    received_on: NaiveDate,
    due_on: NaiveDate,
    due_at: Instant,
    answered_at: Option<Instant>,
    answered_on: Option<NaiveDate>,
    answered_by: Option<Id<()>>,
    content: Vec<u8>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

/// What is sealed.
#[derive(Clone, Serialize, Deserialize)]
struct Content {
    contact: ContactPerson,
    text: Prose,
    contains_health_data: bool,
    answer: Option<SealedAnswer>,
}

#[derive(Clone, Serialize, Deserialize)]
struct SealedAnswer {
    text: Prose,
    via: AnswerWay,
}

fn place(id: EnquiryId) -> Place<'static> {
    Place::new("enquiries.content", id.uuid())
}

/// Opens a row for the actor. Notes the patient it concerns as touched.
fn shown(cx: &mut Cx<'_>, row: Row) -> Result<Enquiry> {
    let content: Content = cx.keys.open_json(place(row.id), &row.content)?;
    let contact = match row.patient_id {
        // The one who asks may be the patient or live with the patient (ID-5).
        Some(patient) if patients::find(cx, patient)?.protected && !cx.scope().sees_protected => {
            None
        }
        _ => Some(content.contact),
    };
    let answer = match (
        content.answer,
        row.answered_at,
        row.answered_on,
        row.answered_by,
    ) {
        (Some(answer), Some(answered_at), Some(answered_on), Some(answered_by)) => {
            Some(EnquiryAnswer {
                text: answer.text,
                via: answer.via,
                answered_at,
                answered_on,
                answered_by,
                in_time: answered_at < row.due_at,
            })
        }
        _ => None,
    };
    Ok(Enquiry {
        id: row.id,
        programme_id: row.programme_id,
        patient_id: row.patient_id,
        kind: row.kind,
        state: row.state,
        received_at: row.received_at,
        received_on: row.received_on,
        due_on: row.due_on,
        due_at: row.due_at,
        overdue: rules::is_overdue(row.state, row.due_at, cx.now),
        contact,
        text: content.text,
        contains_health_data: content.contains_health_data,
        answer,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn find_row(cx: &mut Cx<'_>, id: EnquiryId) -> Result<Row> {
    let scope = cx.scope();
    let row = find_seen!(cx, enquiries, Row, id)?;
    if let Some(own) = scope.patient
        && row.patient_id != Some(own)
    {
        return Err(Error::not_found());
    }
    Ok(row)
}

/// One enquiry of a programme that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: EnquiryId) -> Result<Enquiry> {
    let row = find_row(cx, id)?;
    shown(cx, row)
}

/// The event of this type about an enquiry, its last day, and whether that is over now.
pub(super) fn deadline(
    cx: &mut Cx<'_>,
    id: EnquiryId,
    kind: &'static str,
) -> Result<(Event, NaiveDate, bool)> {
    let row = find_row(cx, id)?;
    if let Some(patient) = row.patient_id {
        cx.touch(patient);
    }
    let overdue = rules::is_overdue(row.state, row.due_at, cx.now);
    Ok((event(kind, &row), row.due_on, overdue))
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only in this state.
    pub state: Option<EnquiryState>,
    /// Only this kind.
    pub kind: Option<EnquiryKind>,
    /// Only those that are overdue now, or only those that are not.
    pub overdue: Option<bool>,
    /// Only those due before this day.
    pub due_before: Option<NaiveDate>,
    /// Only those registered or changed since.
    pub updated_since: Option<Instant>,
}

/// A page of enquiries, the latest received first, and where the next one begins. Only what is on
/// the page is opened, so that no audit row speaks of a patient who was not shown.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<Enquiry>, Option<Cursor>)> {
    let (scope, now) = (cx.scope(), cx.now);
    let bound_to = format!("enquiries {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = enquiries::table
        .filter(enquiries::controller_id.eq(scope.controller))
        .order((enquiries::received_at.desc(), enquiries::id.desc()))
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(enquiries::programme_id, visible));
    }
    if let Some(own) = scope.patient {
        query = query.filter(enquiries::patient_id.eq(own));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(enquiries::programme_id.eq(programme));
    }
    if let Some(state) = filter.state {
        query = query.filter(enquiries::state.eq(state));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(enquiries::kind.eq(kind));
    }
    match filter.overdue {
        Some(true) => {
            query = query
                .filter(enquiries::state.eq(EnquiryState::Open))
                .filter(enquiries::due_at.le(now));
        }
        Some(false) => {
            query = query.filter(
                enquiries::state
                    .ne(EnquiryState::Open)
                    .or(enquiries::due_at.gt(now)),
            );
        }
        None => {}
    }
    if let Some(day) = filter.due_before {
        query = query.filter(enquiries::due_on.lt(day));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(enquiries::updated_at.ge(since));
    }
    if let Some(after) = after {
        let received_at = Instant::from_micros(after.key);
        query = query.filter(
            enquiries::received_at.le(received_at).and(
                enquiries::received_at
                    .lt(received_at)
                    .or(enquiries::id.lt(after.id::<Enquiry>())),
            ),
        );
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position {
        key: row.received_at.micros(),
        id: row.id.uuid(),
    });
    let items = rows
        .into_iter()
        .map(|row| shown(cx, row))
        .collect::<Result<_>>()?;
    Ok((items, next))
}

/// Registers an enquiry and starts its clock (APS-10).
pub fn create(cx: &mut Cx<'_>, new: &NewEnquiry) -> Result<Enquiry> {
    let received_at = new.received_at.unwrap_or(cx.now);
    rules::check_received(received_at, cx.now)?;
    let contact = rules::read_contact(&new.contact)?;
    let programme = programmes::find(cx, new.programme_id)
        .map_err(|error| missing(error, "/programmeId", "is no programme that you may see"))?;
    let patient = match new.patient_id {
        Some(id) => Some(
            patients::find(cx, id)
                .map_err(|error| missing(error, "/patientId", "is no patient that you may see"))?
                .id,
        ),
        None => None,
    };
    if !programme.active {
        return Err(Error::conflict("The programme takes no new enquiries."));
    }
    let clock = rules::start_clock(&programme.policy, received_at.utc())?;
    let id = Id::new();
    let content = Content {
        contact,
        text: new.text.clone(),
        contains_health_data: new.contains_health_data,
        answer: None,
    };
    let row = Row {
        id,
        controller_id: programme.controller_id,
        programme_id: programme.id,
        patient_id: patient,
        kind: new.kind,
        state: EnquiryState::Open,
        received_at,
        received_on: clock.received_on,
        due_on: clock.due_on,
        due_at: clock.due_at,
        answered_at: None,
        answered_on: None,
        answered_by: None,
        content: cx.keys.seal_json(place(id), &content)?,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(enquiries::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&event("enquiry.received", &row))?;
    shown(cx, row)
}

/// Records the answer.
pub fn answer(cx: &mut Cx<'_>, id: EnquiryId, answer: &NewAnswer) -> Result<Enquiry> {
    let row = find_row(cx, id)?;
    if let Some(patient) = row.patient_id {
        // A refused answer has looked at the enquiry too.
        cx.touch(patient);
    }
    cx.request.heed_version(row.version)?;
    let policy = programmes::find(cx, row.programme_id)?.policy;
    let today = local_date(cx.now.utc(), policy.time_zone()?);
    let mut content: Content = cx.keys.open_json(place(id), &row.content)?;
    rules::check_open(row.state)?;
    let sensitive = row.patient_id.is_some()
        || content.contains_health_data
        || answer.contains_health_data
        || [&content.text, &answer.text]
            .into_iter()
            .any(|text| mentions_number(text.as_str(), today));
    rules::check_way(answer.via, sensitive)?;
    content.answer = Some(SealedAnswer {
        text: answer.text.clone(),
        via: answer.via,
    });
    let (now, actor) = (cx.now, Id::<()>::from_uuid(cx.actor.id));
    let sealed = cx.keys.seal_json(place(id), &content)?;
    diesel::update(enquiries::table.find(id))
        .set((
            enquiries::state.eq(EnquiryState::Answered),
            enquiries::answered_at.eq(now),
            enquiries::answered_on.eq(today),
            enquiries::answered_by.eq(actor),
            enquiries::content.eq(sealed),
            enquiries::version.eq(row.version + 1),
            enquiries::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&event("enquiry.answered", &row))?;
    find(cx, id)
}

fn event(kind: &'static str, row: &Row) -> Event {
    let event = Event::new(kind, row.id).programme(row.programme_id);
    match row.patient_id {
        Some(patient) => event.patient(patient),
        None => event,
    }
}

/// An id in the body that leads nowhere is the body's fault.
fn missing(error: Error, pointer: &str, detail: &str) -> Error {
    match error.code() {
        ProblemCode::NotFound => Error::field(pointer, "notFound", detail),
        _ => error,
    }
}

/// Moves every enquiry about one patient record to another one: the two were the same person.
pub fn repoint(cx: &mut Cx<'_>, from: PatientId, to: PatientId) -> Result<()> {
    repoint!(cx, enquiries, from, to)
}
