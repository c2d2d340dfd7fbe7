//! What agenda and minutes say now, before they are sent.

use super::model::{AgendaItem, MeetingKind};
use super::paper_model::{Agenda, AgendaEntry, Heading, Minutes, MinutesEntry};
use super::store::Found;
use super::{actions, attendance, decisions, item_rows};
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
    let all = item_rows::all(cx, found.row.id)?;
    let planned: i32 = all.iter().filter_map(|item| item.planned_minutes).sum();
    let length = (found.row.ends_at.utc() - found.row.starts_at.utc()).num_minutes();
    let members = steering::members_of_group(cx, found.group.id)?;
    let mut entries = Vec::with_capacity(all.len());
    for item in all {
        let proposer = members
            .iter()
            .find(|member| item.proposer_id == Some(member.id));
        let proposer_name = proposer.map(|member| member.name.clone());
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
    let members = steering::members_of_group(cx, found.group.id)?;
    let decisions = decisions::drafted_at(cx, found.row.id)?;
    let agreed = actions::agreed_at(cx, &members, found.row.id)?;
    let entry = |item: AgendaItem| MinutesEntry {
        number: item.number,
        agenda_item_id: item.id,
        title: item.title,
        kind: item.kind,
        confidential: item.confidential,
        text: item.minutes,
        decisions: decisions
            .iter()
            .filter(|(of, _)| *of == item.id)
            .map(|(_, decision)| decision.clone())
            .collect(),
        action_items: agreed
            .iter()
            .filter(|(of, _)| *of == item.id)
            .map(|(_, action)| action.clone())
            .collect(),
    };
    let items = item_rows::all(cx, found.row.id)?
        .into_iter()
        .map(entry)
        .collect();
    Ok(Minutes {
        heading: heading(found),
        members: attendance::participants(&members, &recorded),
        guests: recorded.guests,
        items,
    })
}
