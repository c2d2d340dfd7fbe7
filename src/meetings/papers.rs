//! Agendas and minutes as they were sent, version by version. Rows are added and read, never
//! changed: there is no other function here, and the database refuses it.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::draft;
use super::model::{MeetingId, MeetingState, Paper, PaperKind};
use super::paper_model::{Agenda, AgendaPaper, Minutes, MinutesPaper, PaperVersion};
use super::public::{self, PublicMinutes};
use super::store::{self, Found};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::schema::meeting_papers;
use crate::platform::db::{AnyConnection, Instant};
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::platform::text::Line;

/// One version of one paper.
struct Version;

/// The sealed part.
#[derive(Serialize, Deserialize)]
struct Content<T> {
    reason: Option<Line>,
    paper: T,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = meeting_papers, treat_none_as_default_value = false)]
struct Row {
    id: Id<Version>,
    controller_id: OrganisationId,
    meeting_id: MeetingId,
    paper: Paper,
    number: i32,
    kind: PaperKind,
    made_at: Instant,
    late: bool,
    public_changed_at: Instant,
    content: Vec<u8>,
    public_content: Option<Vec<u8>>,
}

fn place<'a>(id: Id<Version>) -> Place<'a> {
    Place::new("meeting_papers.content", id.uuid())
}

fn public_place<'a>(id: Id<Version>) -> Place<'a> {
    Place::new("meeting_papers.public_content", id.uuid())
}

/// Which version is made, and why.
pub(super) struct Made {
    /// 1 and on.
    pub number: i32,
    /// Why.
    pub kind: PaperKind,
    /// Whether it is later than the rule says.
    pub late: bool,
    /// Why it was corrected.
    pub reason: Option<Line>,
}

fn add<T: Serialize>(
    cx: &mut Cx<'_>,
    found: &Found,
    paper: Paper,
    made: Made,
    text: T,
    public: Option<(PublicMinutes, Instant)>,
) -> Result<()> {
    let id = Id::new();
    let content = Content {
        reason: made.reason,
        paper: text,
    };
    let row = Row {
        id,
        controller_id: found.row.controller_id,
        meeting_id: found.row.id,
        paper,
        number: made.number,
        kind: made.kind,
        made_at: cx.now,
        late: made.late,
        public_changed_at: public.as_ref().map_or(cx.now, |(_, at)| *at),
        content: cx.keys.seal_json(place(id), &content)?,
        public_content: public
            .map(|(text, _)| cx.keys.seal_json(public_place(id), &text))
            .transpose()?,
    };
    diesel::insert_into(meeting_papers::table)
        .values(&row)
        .execute(cx.conn())?;
    Ok(())
}

/// Keeps the agenda as it is now as a version.
pub(super) fn keep_agenda(cx: &mut Cx<'_>, found: &Found, made: Made) -> Result<()> {
    let text = draft::agenda(cx, found)?;
    add(cx, found, Paper::Agenda, made, text, None)
}

/// Keeps the minutes as they are now as a version, with what the public may read of them.
pub(super) fn keep_minutes(cx: &mut Cx<'_>, found: &Found, made: Made) -> Result<()> {
    let text = draft::minutes(cx, found)?;
    let public = public::of(&text);
    let before = last_public(cx.conn(), found.row.id)?;
    let changed_at = match before {
        Some(before) if before.open(cx.keys)? == public => before.changed_at,
        _ => cx.now,
    };
    add(
        cx,
        found,
        Paper::Minutes,
        made,
        text,
        Some((public, changed_at)),
    )
}

/// What the public may read of the newest minutes of a meeting: nothing else of them.
pub(super) struct Public {
    id: Id<Version>,
    sealed: Vec<u8>,
    /// When it was last another.
    pub changed_at: Instant,
}

impl Public {
    pub fn open(&self, keys: &KeyRing) -> Result<PublicMinutes> {
        keys.open_json(public_place(self.id), &self.sealed)
    }
}

/// The newest minutes of a meeting, as far as they are public.
pub(super) fn last_public(conn: &mut AnyConnection, meeting: MeetingId) -> Result<Option<Public>> {
    let row: Option<(Id<Version>, Option<Vec<u8>>, Instant)> = meeting_papers::table
        .filter(meeting_papers::meeting_id.eq(meeting))
        .filter(meeting_papers::paper.eq(Paper::Minutes))
        .order(meeting_papers::number.desc())
        .select((
            meeting_papers::id,
            meeting_papers::public_content,
            meeting_papers::public_changed_at,
        ))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(id, sealed, changed_at)| {
        Some(Public {
            id,
            sealed: sealed?,
            changed_at,
        })
    }))
}

fn row(cx: &mut Cx<'_>, meeting: MeetingId, paper: Paper, number: i32) -> Result<Row> {
    meeting_papers::table
        .filter(meeting_papers::meeting_id.eq(meeting))
        .filter(meeting_papers::controller_id.eq(cx.scope().controller))
        .filter(meeting_papers::paper.eq(paper))
        .filter(meeting_papers::number.eq(number))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)
}

fn open<T: DeserializeOwned>(cx: &Cx<'_>, row: &Row) -> Result<Content<T>> {
    cx.keys.open_json(place(row.id), &row.content)
}

/// Which version is asked for: the one named, else the newest that was sent, else the draft. 0 is
/// the draft.
fn wanted(asked: Option<i32>, newest: i32) -> Option<i32> {
    Some(asked.unwrap_or(newest)).filter(|number| *number > 0)
}

/// An agenda as it was sent, or as it is now: once the meeting has begun that is a draft of the
/// secretariat's, as minutes are.
pub fn agenda(cx: &mut Cx<'_>, meeting: MeetingId, asked: Option<i32>) -> Result<AgendaPaper> {
    let found = store::find_row(cx, meeting)?;
    let Some(number) = wanted(asked, found.row.agenda_version) else {
        if found.row.has_begun(cx.now) && !found.is_secretariat() {
            return Err(Error::not_found());
        }
        return Ok(AgendaPaper {
            meeting_id: meeting,
            number: None,
            sent_at: None,
            late: false,
            content: draft::agenda(cx, &found)?,
        });
    };
    let row = row(cx, meeting, Paper::Agenda, number)?;
    Ok(AgendaPaper {
        meeting_id: meeting,
        number: Some(row.number),
        sent_at: Some(row.made_at),
        late: row.late,
        content: open::<Agenda>(cx, &row)?.paper,
    })
}

/// Minutes as they were sent, or for the secretariat as they are now.
pub fn minutes(cx: &mut Cx<'_>, meeting: MeetingId, asked: Option<i32>) -> Result<MinutesPaper> {
    let found = store::find_for_remarks(cx, meeting)?;
    let Some(number) = wanted(asked, found.row.minutes_version) else {
        if !found.is_secretariat() {
            return Err(Error::not_found());
        }
        return Ok(MinutesPaper {
            meeting_id: meeting,
            number: None,
            kind: None,
            sent_at: None,
            late: false,
            reason: None,
            approved: false,
            current: false,
            approved_from: found.row.approves_at,
            content: draft::minutes(cx, &found)?,
        });
    };
    let row = row(cx, meeting, Paper::Minutes, number)?;
    let content: Content<Minutes> = open(cx, &row)?;
    Ok(MinutesPaper {
        meeting_id: meeting,
        number: Some(row.number),
        kind: Some(row.kind),
        sent_at: Some(row.made_at),
        late: row.late,
        reason: content.reason,
        approved: approved(cx, &found)?.holds(row.number),
        current: row.number == found.row.minutes_version,
        approved_from: found.row.approves_at,
        content: content.paper,
    })
}

/// Which versions of minutes are approved or have stood approved: the one that was the newest when
/// they were approved, and every correction since. None before.
struct Approved(Option<i32>);

impl Approved {
    fn holds(&self, number: i32) -> bool {
        self.0.is_some_and(|first| number >= first)
    }
}

fn approved(cx: &mut Cx<'_>, found: &Found) -> Result<Approved> {
    if found.row.state(cx.now) != MeetingState::Approved {
        return Ok(Approved(None));
    }
    let last_before: Option<i32> = meeting_papers::table
        .filter(meeting_papers::meeting_id.eq(found.row.id))
        .filter(meeting_papers::controller_id.eq(cx.scope().controller))
        .filter(meeting_papers::paper.eq(Paper::Minutes))
        .filter(meeting_papers::kind.ne(PaperKind::Corrected))
        .order(meeting_papers::number.desc())
        .select(meeting_papers::number)
        .first(cx.conn())
        .optional()?;
    Ok(Approved(last_before))
}

/// The versions of a paper, the newest first, without what they say.
pub fn versions(cx: &mut Cx<'_>, meeting: MeetingId, paper: Paper) -> Result<Vec<PaperVersion>> {
    let (approved, newest) = match paper {
        Paper::Minutes => {
            let found = store::find_for_remarks(cx, meeting)?;
            (approved(cx, &found)?, found.row.minutes_version)
        }
        Paper::Agenda => {
            let found = store::find_row(cx, meeting)?;
            (Approved(None), found.row.agenda_version)
        }
    };
    let mut reasons = reasons(cx, meeting, paper)?;
    let rows: Vec<(i32, PaperKind, Instant, bool)> = meeting_papers::table
        .filter(meeting_papers::meeting_id.eq(meeting))
        .filter(meeting_papers::controller_id.eq(cx.scope().controller))
        .filter(meeting_papers::paper.eq(paper))
        .order(meeting_papers::number.desc())
        .limit(1000)
        .select((
            meeting_papers::number,
            meeting_papers::kind,
            meeting_papers::made_at,
            meeting_papers::late,
        ))
        .load(cx.conn())?;
    Ok(rows
        .into_iter()
        .map(|(number, kind, sent_at, late)| PaperVersion {
            number,
            kind,
            sent_at,
            late,
            reason: reasons.remove(&number),
            approved: approved.holds(number),
            current: number == newest,
        })
        .collect())
}

/// Why versions were corrected. Only a correction has a reason: no other paper is opened for it.
fn reasons(cx: &mut Cx<'_>, meeting: MeetingId, paper: Paper) -> Result<BTreeMap<i32, Line>> {
    let rows: Vec<Row> = meeting_papers::table
        .filter(meeting_papers::meeting_id.eq(meeting))
        .filter(meeting_papers::controller_id.eq(cx.scope().controller))
        .filter(meeting_papers::paper.eq(paper))
        .filter(meeting_papers::kind.eq(PaperKind::Corrected))
        .select(Row::as_select())
        .load(cx.conn())?;
    let mut reasons = BTreeMap::new();
    for row in rows {
        let content: Content<serde::de::IgnoredAny> = open(cx, &row)?;
        if let Some(reason) = content.reason {
            reasons.insert(row.number, reason);
        }
    }
    Ok(reasons)
}
