//! Agenda and minutes as pages for people: what the templates in `templates/` show. Everything that
//! was typed is escaped by the template engine.

use askama::Template;

use super::danish;
use super::model::{Attachment, MeetingId, MeetingState, Presence};
use super::paper_model::{AgendaPaper, MinutesPaper, Participant};
use super::public::PublicMinutes;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::text::Prose;
use crate::steering::{SteeringGroup, SteeringGroupId};

/// The list of a group's approved minutes.
#[derive(Template)]
#[template(path = "group.html")]
pub struct GroupPage {
    group_name: String,
    meetings: Vec<GroupMeeting>,
}

struct GroupMeeting {
    id: MeetingId,
    title: String,
    when: String,
}

/// Minutes, public or not.
#[derive(Template)]
#[template(path = "minutes.html")]
pub struct MinutesPage {
    group_name: String,
    back: Option<String>,
    title: String,
    note: Option<String>,
    kind: &'static str,
    when: String,
    place: Option<String>,
    approved_on: Option<String>,
    corrected_on: Option<String>,
    present: Vec<Person>,
    absent: Vec<Person>,
    items: Vec<Item>,
    time_zone: String,
}

struct Person {
    name: String,
    role: Option<String>,
    note: Option<String>,
}

struct Item {
    number: usize,
    title: String,
    purpose: &'static str,
    confidential: bool,
    paragraphs: Vec<String>,
    decisions: Vec<Vec<String>>,
    tasks: Vec<Task>,
}

struct Task {
    task: String,
    owner: String,
    due: String,
}

/// An agenda.
#[derive(Template)]
#[template(path = "agenda.html")]
pub struct AgendaPage {
    group_name: String,
    title: String,
    note: Option<String>,
    kind: &'static str,
    when: String,
    place: Option<String>,
    sent_on: Option<String>,
    planned_minutes: i32,
    items: Vec<AgendaItem>,
    time_zone: String,
}

struct AgendaItem {
    number: i32,
    title: String,
    purpose: &'static str,
    minutes: Option<i32>,
    proposer: Option<String>,
    confidential: bool,
    late: bool,
    paragraphs: Vec<String>,
    attachments: Vec<Shown>,
}

struct Shown {
    title: String,
    reference: String,
}

impl From<Attachment> for Shown {
    fn from(attachment: Attachment) -> Self {
        Self {
            title: attachment.title.as_str().to_owned(),
            reference: attachment.reference.as_str().to_owned(),
        }
    }
}

/// Text as paragraphs: a blank line ends one.
fn paragraphs(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n")
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
        .map(str::to_owned)
        .collect()
}

fn prose(text: Option<&Prose>) -> Vec<String> {
    text.map(|text| paragraphs(text.as_str()))
        .unwrap_or_default()
}

fn zone(name: &str) -> Result<chrono_tz::Tz> {
    name.parse()
        .map_err(|_| Error::internal("stored time zone is unknown"))
}

/// The list of a group's approved minutes.
pub fn group(
    group: &SteeringGroup,
    meetings: Vec<(MeetingId, String, Instant, Instant)>,
) -> Result<GroupPage> {
    let zone = group.policy.zone()?;
    Ok(GroupPage {
        group_name: group.name.as_str().to_owned(),
        meetings: meetings
            .into_iter()
            .map(|(id, title, from, until)| GroupMeeting {
                id,
                title,
                when: danish::span(from, until, zone),
            })
            .collect(),
    })
}

/// Minutes as the public reads them.
pub fn public_minutes(
    group: SteeringGroupId,
    minutes: PublicMinutes,
    approved_at: Instant,
    corrected_at: Option<Instant>,
) -> Result<MinutesPage> {
    let zone = zone(&minutes.time_zone)?;
    let person = |person: super::public::PublicPerson| Person {
        name: person.name.as_str().to_owned(),
        role: person.role.map(|role| role.as_str().to_owned()),
        note: None,
    };
    let item = |(number, item): (usize, super::public::PublicItem)| Item {
        number,
        title: item.title.as_str().to_owned(),
        purpose: danish::purpose(item.kind),
        confidential: false,
        paragraphs: prose(item.text.as_ref()),
        decisions: item
            .decisions
            .iter()
            .map(|text| paragraphs(text.as_str()))
            .collect(),
        tasks: item
            .tasks
            .iter()
            .map(|task| Task {
                task: task.task.as_str().to_owned(),
                owner: task.owner.as_str().to_owned(),
                due: danish::date(task.due_on),
            })
            .collect(),
    };
    Ok(MinutesPage {
        group_name: minutes.group_name.as_str().to_owned(),
        back: Some(format!("/public/steering-groups/{group}")),
        title: minutes.title.as_str().to_owned(),
        note: None,
        kind: danish::kind(minutes.kind),
        when: danish::span(minutes.starts_at, minutes.ends_at, zone),
        place: minutes.place.map(|place| place.as_str().to_owned()),
        approved_on: Some(danish::day_of(approved_at, zone)),
        corrected_on: corrected_at.map(|at| danish::day_of(at, zone)),
        present: minutes.present.into_iter().map(person).collect(),
        absent: minutes.absent.into_iter().map(person).collect(),
        items: (1..).zip(minutes.items).map(item).collect(),
        time_zone: minutes.time_zone,
    })
}

/// Minutes as those who belong to the group read them.
pub fn minutes(paper: &MinutesPaper, state: MeetingState) -> Result<MinutesPage> {
    let content = &paper.content;
    let heading = &content.heading;
    let zone = zone(&heading.time_zone)?;
    let newest = paper.number.is_some();
    let (mut present, mut absent) = (Vec::new(), Vec::new());
    for member in &content.members {
        let person = seated(member);
        if member.presence == Presence::Absent {
            absent.push(person);
        } else {
            present.push(person);
        }
    }
    present.extend(content.guests.iter().map(|guest| {
        Person {
            name: guest.name.as_str().to_owned(),
            role: guest
                .organisation_name
                .as_ref()
                .map(|name| name.as_str().to_owned()),
            note: Some("gæst".to_owned()),
        }
    }));
    let version = match paper.number {
        Some(number) => format!("Version {number}. "),
        None => String::new(),
    };
    let standing = if !newest {
        danish::standing(MeetingState::Held)
    } else if paper.approved && !paper.current {
        "Godkendt, senere rettet"
    } else if state == MeetingState::Approved && !paper.current {
        "Afløst af en senere version"
    } else {
        danish::standing(state)
    };
    Ok(MinutesPage {
        group_name: heading.group_name.as_str().to_owned(),
        back: None,
        title: heading.title.as_str().to_owned(),
        note: Some(format!("{version}{standing}.")),
        kind: danish::kind(heading.kind),
        when: danish::span(heading.starts_at, heading.ends_at, zone),
        place: heading.place.as_ref().map(|text| text.as_str().to_owned()),
        approved_on: paper
            .approved_from
            .filter(|_| paper.approved)
            .map(|at| danish::day_of(at, zone)),
        corrected_on: None,
        present,
        absent,
        items: (1..)
            .zip(&content.items)
            .map(|(number, item)| Item {
                number,
                title: item.title.as_str().to_owned(),
                purpose: danish::purpose(item.kind),
                confidential: item.confidential,
                paragraphs: prose(item.text.as_ref()),
                decisions: item
                    .decisions
                    .iter()
                    .map(|decision| paragraphs(decision.text.as_str()))
                    .collect(),
                tasks: item
                    .action_items
                    .iter()
                    .map(|action| Task {
                        task: action.task.as_str().to_owned(),
                        owner: action.owner_name.as_str().to_owned(),
                        due: danish::date(action.due_on),
                    })
                    .collect(),
            })
            .collect(),
        time_zone: heading.time_zone.clone(),
    })
}

fn seated(member: &Participant) -> Person {
    let note = match (&member.substitute, member.presence) {
        (Some(substitute), Presence::Substituted) => {
            Some(format!("ved suppleant {}", substitute.as_str()))
        }
        (_, Presence::Present | Presence::Absent) => None,
        (_, presence) => Some(danish::presence(presence).to_owned()),
    };
    Person {
        name: member.name.as_str().to_owned(),
        role: Some(match &member.organisation_name {
            Some(organisation) => {
                format!("{}, {}", member.seat.as_str(), organisation.as_str())
            }
            None => member.seat.as_str().to_owned(),
        }),
        note,
    }
}

/// An agenda as those who belong to the group read it.
pub fn agenda(paper: AgendaPaper) -> Result<AgendaPage> {
    let heading = paper.content.heading;
    let zone = zone(&heading.time_zone)?;
    Ok(AgendaPage {
        group_name: heading.group_name.as_str().to_owned(),
        title: heading.title.as_str().to_owned(),
        note: match paper.number {
            None => Some("Udkast – ikke udsendt.".to_owned()),
            Some(_) if paper.late => Some("Udsendt efter fristen.".to_owned()),
            Some(_) => None,
        },
        kind: danish::kind(heading.kind),
        when: danish::span(heading.starts_at, heading.ends_at, zone),
        place: heading.place.map(|place| place.as_str().to_owned()),
        sent_on: paper.sent_at.map(|at| danish::day_of(at, zone)),
        planned_minutes: paper.content.planned_minutes,
        items: paper
            .content
            .items
            .into_iter()
            .map(|item| AgendaItem {
                number: item.number,
                title: item.title.as_str().to_owned(),
                purpose: danish::purpose(item.kind),
                minutes: item.planned_minutes,
                proposer: item.proposer_name.map(|name| name.as_str().to_owned()),
                confidential: item.confidential,
                late: item.late,
                paragraphs: prose(item.text.as_ref()),
                attachments: item.attachments.into_iter().map(Into::into).collect(),
            })
            .collect(),
        time_zone: heading.time_zone,
    })
}
