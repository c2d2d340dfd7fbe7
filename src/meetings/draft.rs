//! What agenda and minutes say now, before they are sent.

use super::model::{AgendaItem, MeetingKind};
use super::paper_model::{Agenda, AgendaEntry, DecisionEntry, Heading, Minutes, MinutesEntry};
use super::store::Found;
use super::{actions, attendance, decisions, items};
use crate::platform::app::Cx;
use crate::platform::error::Result;
use crate::platform::text::{Line, Name};
use crate::steering;

fn heading(found: &Found) -> Heading {
    let row = &found.row;
    let kind: MeetingKind = row.kind;
    Heading {
        group_name: found.group.name.clone(),
        title: Name::from(row.title.clone()),
        kind,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        time_zone: row.terms.0.time_zone.clone(),
        place: row.place.clone().map(Line::from),
    }
}

/// The agenda as it is now.
pub(super) fn agenda(cx: &mut Cx<'_>, found: &Found) -> Result<Agenda> {
    let all = items::all(cx, found.row.id)?;
    let planned: i32 = all.iter().filter_map(|item| item.planned_minutes).sum();
    let length = (found.row.ends_at.utc() - found.row.starts_at.utc()).num_minutes();
    let mut entries = Vec::with_capacity(all.len());
    for item in all {
        let proposer_name = match item.proposer_id {
            Some(id) => Some(steering::member_of(cx, found.group.id, id)?.name),
            None => None,
        };
        entries.push(AgendaEntry {
            number: item.number,
            agenda_item_id: item.id,
            title: item.title,
            kind: item.kind,
            confidential: item.confidential,
            text: item.text,
            planned_minutes: item.planned_minutes,
            proposer_name,
            attachments: item.attachments,
            late: item.late,
        });
    }
    Ok(Agenda {
        heading: heading(found),
        items: entries,
        planned_minutes: planned,
        longer_than_meeting: i64::from(planned) > length,
    })
}

/// The minutes as they are now.
pub(super) fn minutes(cx: &mut Cx<'_>, found: &Found) -> Result<Minutes> {
    let recorded = found.content(cx)?.attendance.unwrap_or_default();
    let members = attendance::participants(cx, found, &recorded)?;
    let decisions = decisions::of_meeting(cx, found.row.id)?;
    let agreed = actions::agreed_at(cx, found.group.id, found.row.id)?;
    let entry = |item: AgendaItem| MinutesEntry {
        number: item.number,
        agenda_item_id: item.id,
        title: item.title,
        kind: item.kind,
        confidential: item.confidential,
        text: item.minutes,
        decisions: decisions
            .iter()
            .filter(|decision| decision.agenda_item_id == item.id)
            .map(|decision| DecisionEntry {
                decision_id: decision.id,
                text: decision.text.clone(),
            })
            .collect(),
        action_items: agreed
            .iter()
            .filter(|(of, _)| *of == item.id)
            .map(|(_, action)| action.clone())
            .collect(),
    };
    let items = items::all(cx, found.row.id)?
        .into_iter()
        .map(entry)
        .collect();
    Ok(Minutes {
        heading: heading(found),
        members,
        guests: recorded.guests,
        items,
    })
}
