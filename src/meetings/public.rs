//! What the public may read of minutes. Pure, and the only way from minutes to the public: one
//! function leaves out what is confidential, wholly, and what is left knows nothing of it. Items are
//! numbered anew, so that no gap tells of one; ids, notes on absence and attachments stay inside.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::model::{AgendaItemKind, MeetingKind, Presence};
use super::paper_model::{Heading, Minutes, Participant};
use crate::platform::db::Instant;
use crate::platform::text::{Line, Name, Prose};

/// Minutes as the public reads them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicMinutes {
    pub group_name: Name,
    pub title: Name,
    pub kind: MeetingKind,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub time_zone: String,
    pub place: Option<Line>,
    /// Who was there, in the room or from elsewhere.
    pub present: Vec<PublicPerson>,
    /// Who was not, also where somebody came instead.
    pub absent: Vec<PublicPerson>,
    pub items: Vec<PublicItem>,
}

/// Somebody at a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicPerson {
    pub name: Name,
    /// The seat, or where a guest comes from.
    pub role: Option<Name>,
}

/// An item of public minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicItem {
    pub title: Name,
    pub kind: AgendaItemKind,
    pub text: Option<Prose>,
    pub decisions: Vec<Prose>,
    pub tasks: Vec<PublicTask>,
}

/// A task in public minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicTask {
    pub task: Line,
    pub owner: Name,
    pub due_on: NaiveDate,
}

/// Leaves out what the public may not read.
#[must_use]
pub fn of(minutes: &Minutes) -> PublicMinutes {
    // Taken apart by name: a field that is added later does not compile until it is decided here.
    let Minutes {
        heading:
            Heading {
                group_name,
                title,
                kind,
                starts_at,
                ends_at,
                time_zone,
                place,
            },
        members,
        guests,
        items,
    } = minutes;
    let seated = |member: &Participant| PublicPerson {
        name: member.name.clone(),
        role: Some(member.seat.clone()),
    };
    let mut present: Vec<PublicPerson> = Vec::new();
    let mut absent = Vec::new();
    for member in members {
        match member.presence {
            Presence::Present | Presence::Online => present.push(seated(member)),
            Presence::Absent => absent.push(seated(member)),
            Presence::Substituted => {
                absent.push(seated(member));
                if let Some(substitute) = &member.substitute {
                    present.push(PublicPerson {
                        name: substitute.clone(),
                        role: Some(member.seat.clone()),
                    });
                }
            }
        }
    }
    present.extend(guests.iter().map(|guest| PublicPerson {
        name: guest.name.clone(),
        role: guest.organisation_name.clone(),
    }));
    let items = items
        .iter()
        .filter(|item| !item.confidential)
        .map(|item| PublicItem {
            title: item.title.clone(),
            kind: item.kind,
            text: item.text.clone(),
            decisions: item
                .decisions
                .iter()
                .map(|decision| decision.text.clone())
                .collect(),
            tasks: item
                .action_items
                .iter()
                .map(|action| PublicTask {
                    task: action.task.clone(),
                    owner: action.owner_name.clone(),
                    due_on: action.due_on,
                })
                .collect(),
        })
        .collect();
    PublicMinutes {
        group_name: group_name.clone(),
        title: title.clone(),
        kind: *kind,
        starts_at: *starts_at,
        ends_at: *ends_at,
        time_zone: time_zone.clone(),
        place: place.clone(),
        present,
        absent,
        items,
    }
}
