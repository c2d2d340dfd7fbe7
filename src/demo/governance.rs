//! Region Nordjylland in the demo: a year of meetings of the steering group of its Center for
//! Patientstøtte, at every point of a meeting's life, and its working groups (CPS-5 to CPS-7).

use chrono::Duration;
use serde_json::{Value, json};

use super::{Loader, credentials, from};
use crate::function_descriptions::{self, FunctionDescriptionId};
use crate::meetings::{self, AgendaItemId, MeetingId};
use crate::organisations::OrganisationId;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::programmes::ProgrammeId;
use crate::staff::StaffId;
use crate::steering::{self, SteeringGroupId, SteeringMemberId};
use crate::working_groups;

/// The group and who does what in it.
struct Home {
    north: OrganisationId,
    group: SteeringGroupId,
    secretary: SteeringMemberId,
    members: Vec<SteeringMemberId>,
}

pub(super) fn tell(loader: &Loader, north: OrganisationId, programme: ProgrammeId) -> Result<()> {
    let home = seats(loader, north, programme)?;
    // No remarks: approved by the clock.
    minuted(
        loader,
        &home,
        290,
        "1. ordinære møde",
        &[
            (
                "Velkomst og konstituering",
                "information",
                false,
                "Styregruppen præsenterede sig. Karen Prøve er formand.",
            ),
            (
                "Enheder og bemanding",
                "discussion",
                false,
                "Bemandingen på de seks enheder blev gennemgået.\n\nBørneafdelingen fortsætter som forsøg.",
            ),
        ],
        2,
    )?;
    // A remark that was adopted, and an item that the public does not see.
    let longer = minuted(
        loader,
        &home,
        200,
        "2. ordinære møde (heldag)",
        &[
            (
                "Data fra første halvår",
                "information",
                false,
                "Tallene for første halvår blev fremlagt.",
            ),
            (
                "Personsag",
                "discussion",
                true,
                "Sagen blev drøftet fortroligt.",
            ),
            (
                "Samarbejde med kommunerne",
                "decision",
                false,
                "Regionen bad om et oplæg til næste møde.",
            ),
        ],
        5,
    )?;
    revised(loader, &home, longer)?;
    // A document for approval; its minutes were sent too late and corrected afterwards.
    approved_document(loader, &home)?;
    // Under remarks now.
    minuted(
        loader,
        &home,
        9,
        "4. ordinære møde",
        &[(
            "Evaluering af samarbejdet",
            "discussion",
            false,
            "Evalueringen begynder til efteråret.",
        )],
        5,
    )?;
    // To come: one with its agenda to be sent, one a season away.
    let next = plan(loader, &home, -21, "ordinary", "1. ordinære møde")?;
    item(
        loader,
        &home,
        next,
        1,
        &json!({"title": "Årsplan", "kind": "decision", "plannedMinutes": 30}),
    )?;
    plan(loader, &home, -112, "extended", "2. ordinære møde (heldag)")?;
    working_groups(loader, &home)
}

/// One working group that has reported back, one at work.
fn working_groups(loader: &Loader, home: &Home) -> Result<()> {
    let group = home.group;
    let set_up = |ago: i64,
                  ends: i64,
                  name: &'static str,
                  mandate: &'static str,
                  leads: &'static str| {
        let (starts_on, ends_on) = (
            loader.days_ago(ago).utc_date(),
            loader.days_ago(ends).utc_date(),
        );
        loader.at(loader.days_ago(ago + 5), home.north, move |cx| {
            let new = from(json!({
                "steeringGroupId": group, "name": name, "mandate": mandate, "startsOn": starts_on, "endsOn": ends_on,
                "members": [
                    {"name": leads, "organisationName": "Prøve Kommune", "sector": "municipality", "leads": true},
                    {"name": "Mette Prøve", "organisationName": "Psykiatrien", "sector": "psychiatry"},
                ],
            }))?;
            Ok(working_groups::create(cx, &new)?.id)
        })
    };
    let done = set_up(
        195,
        -30,
        "Arbejdsgruppe om psykiatri",
        "Beskriver støtteopgaven i psykiatrien og afrapporterer til styregruppen.",
        "Lone Prøve",
    )?;
    loader.at(loader.days_ago(40), home.north, move |cx| {
        let report = json!({"report": "Opgaven er beskrevet. Arbejdsgruppen foreslår et forsøg på to afsnit."});
        working_groups::report(cx, done, &from(report)?).map(drop)
    })?;
    set_up(
        35,
        -75,
        "Arbejdsgruppe om pårørende",
        "Samler pårørendes erfaringer med forløb på tværs og foreslår, hvad centret gør anderledes.",
        "Jens Prøve",
    )
    .map(drop)
}

fn seats(loader: &Loader, north: OrganisationId, programme: ProgrammeId) -> Result<Home> {
    let office = loader.part(north, "unit", "Sund Info")?;
    loader.member(office, credentials::SECRETARIAT, "secretariat")?;
    let seated = loader.member(office, credentials::STEERING_MEMBER, "steeringMember")?;
    let from_on = loader.days_ago(380).utc_date();
    let at = loader.days_ago(379);
    let group = loader.at(at, north, move |cx| {
        let new = from(json!({
            "organisationId": north, "programmeId": programme, "startsOn": from_on,
            "name": "Styregruppen for Center for Patientstøtte",
            "purpose": "Beskriver støtteopgaven på tværs af sektorer, godkender funktions- og opgavebeskrivelser og følger centrets aktivitet.",
        }))?;
        Ok(steering::create(cx, &new)?.id)
    })?;
    let seat = |role: &'static str,
                name: &'static str,
                seat: &'static str,
                sector: &'static str,
                staff: Option<StaffId>| {
        loader.at(at, north, move |cx| {
            let mut new = json!({
                "name": name, "seat": seat, "role": role, "sector": sector, "fromOn": from_on,
            });
            if let (Some(staff), Some(fields)) = (staff, new.as_object_mut()) {
                fields.insert("staffId".to_owned(), json!(staff));
            }
            Ok(steering::appoint(cx, group, &from(new)?)?.id)
        })
    };
    let secretary = seat(
        "secretary",
        credentials::SECRETARIAT,
        "Sekretariat, Sund Info",
        "region",
        None,
    )?;
    let members = vec![
        seat("chair", "Karen Prøve", "Kommunerne", "municipality", None)?,
        seat(
            "member",
            credentials::STEERING_MEMBER,
            "Sygehus",
            "hospital",
            Some(seated),
        )?,
        seat("member", "Mette Prøve", "Psykiatrien", "psychiatry", None)?,
        seat(
            "member",
            "Anders Prøve",
            "Almen praksis",
            "generalPractice",
            None,
        )?,
    ];
    Ok(Home {
        north,
        group,
        secretary,
        members,
    })
}

/// A meeting `ago` days ago (or to come, where it is less than nothing), planned well before.
fn plan(
    loader: &Loader,
    home: &Home,
    ago: i64,
    kind: &'static str,
    title: &'static str,
) -> Result<MeetingId> {
    let starts = loader.days_ago(ago) + Duration::hours(if kind == "extended" { 0 } else { 4 });
    let ends = starts + Duration::hours(if kind == "extended" { 6 } else { 2 });
    let group = home.group;
    loader.at(loader.days_ago((ago + 60).max(1)), home.north, move |cx| {
        let new = from(json!({
            "steeringGroupId": group, "kind": kind, "title": title, "startsAt": starts, "endsAt": ends,
            "place": "Sund Info, mødelokale 2",
        }))?;
        Ok(meetings::plan(cx, &new)?.id)
    })
}

fn item(
    loader: &Loader,
    home: &Home,
    meeting: MeetingId,
    ago: i64,
    new: &Value,
) -> Result<AgendaItemId> {
    let new = new.clone();
    loader.at(loader.days_ago(ago), home.north, move |cx| {
        Ok(meetings::add_agenda_item(cx, meeting, &from(new.clone())?)?.id)
    })
}

/// Minutes written and sent `after` days after the meeting.
fn send(loader: &Loader, home: &Home, meeting: MeetingId, at: Instant) -> Result<()> {
    let mut there: Vec<Value> = home
        .members
        .iter()
        .map(|member| json!({"memberId": member, "presence": "present"}))
        .collect();
    if let Some(fields) = there.last_mut().and_then(Value::as_object_mut) {
        fields.insert("presence".to_owned(), json!("absent"));
    }
    there.push(json!({"memberId": home.secretary, "presence": "present"}));
    loader.at(at, home.north, move |cx| {
        meetings::record_attendance(cx, meeting, &from(json!({"members": there}))?)?;
        meetings::send_minutes(cx, meeting).map(drop)
    })
}

/// A meeting with its agenda sent in time and its minutes sent `after` days after it.
fn minuted(
    loader: &Loader,
    home: &Home,
    ago: i64,
    title: &'static str,
    items: &[(&'static str, &'static str, bool, &'static str)],
    after: i64,
) -> Result<MeetingId> {
    let kind = if title.contains("heldag") {
        "extended"
    } else {
        "ordinary"
    };
    let meeting = plan(loader, home, ago, kind, title)?;
    let mut made = Vec::new();
    for (title, kind, confidential, minutes) in items {
        let new = json!({"title": title, "kind": kind, "confidential": confidential, "plannedMinutes": 30});
        made.push((item(loader, home, meeting, ago + 20, &new)?, *minutes));
    }
    loader.at(loader.days_ago(ago + 9), home.north, move |cx| {
        meetings::send_agenda(cx, meeting).map(drop)
    })?;
    let at = loader.days_ago(ago) + Duration::days(after);
    let owner = home.secretary;
    for (index, (id, minutes)) in made.into_iter().enumerate() {
        let due = (at + Duration::days(30)).utc_date();
        loader.at(at, home.north, move |cx| {
            meetings::change_agenda_item(cx, id, &from(json!({"minutes": minutes}))?)?;
            if index == 0 {
                meetings::record_decision(cx, id, &from(json!({"text": "Styregruppen tog orienteringen til efterretning."}))?)?;
                let task = json!({"task": "Sender materialet til medlemmerne.", "ownerId": owner, "dueOn": due});
                meetings::record_action_item(cx, id, &from(task)?)?;
            }
            Ok(())
        })?;
    }
    send(loader, home, meeting, at)?;
    Ok(meeting)
}

/// A remark on the sixth day, and minutes revised after the period.
fn revised(loader: &Loader, home: &Home, meeting: MeetingId) -> Result<()> {
    let Some(member) = home.members.first().copied() else {
        return Ok(());
    };
    let remark = loader.at(loader.days_ago(200) + Duration::days(11), home.north, move |cx| {
        let new = json!({"text": "Punkt 3: det var kommunerne, der bad om et oplæg.", "memberId": member});
        Ok(meetings::receive_remark(cx, meeting, &from(new)?)?.id)
    })?;
    loader.at(loader.days_ago(200) + Duration::days(14), home.north, move |cx| {
        let items = meetings::agenda_items(cx, meeting)?;
        if let Some(last) = items.last() {
            let said = json!({"minutes": "Kommunerne bad om et oplæg til næste møde."});
            meetings::change_agenda_item(cx, last.id, &from(said)?)?;
        }
        let answers = json!({"answers": [{"remarkId": remark, "outcome": "adopted", "answer": "Rettet i punkt 3."}]});
        meetings::revise(cx, meeting, &from(answers)?).map(drop)
    })
}

/// A description approved by the group; the minutes came late and were corrected.
fn approved_document(loader: &Loader, home: &Home) -> Result<()> {
    let group = home.group;
    let meeting = plan(loader, home, 100, "ordinary", "3. ordinære møde")?;
    let document: FunctionDescriptionId = loader.at(loader.days_ago(130), home.north, move |cx| {
        let new = json!({
            "steeringGroupId": group, "kind": "functionDescription", "title": "Brobygger på akutmodtagelsen",
            "text": "Brobyggeren koordinerer på tværs af sektorer, støtter behandlingsplan og udskrivelse og følger op efter udskrivelsen.",
        });
        Ok(function_descriptions::create(cx, &from(new)?)?.id)
    })?;
    loader.at(loader.days_ago(120), home.north, move |cx| {
        let sent = json!({"meetingId": meeting, "plannedMinutes": 40});
        function_descriptions::submit(cx, document, &from(sent)?).map(drop)
    })?;
    loader.at(loader.days_ago(108), home.north, move |cx| {
        meetings::send_agenda(cx, meeting).map(drop)
    })?;
    let at = loader.days_ago(100) + Duration::days(10);
    let decided = loader.at(at, home.north, move |cx| {
        let mut decided = Vec::new();
        for item in meetings::agenda_items(cx, meeting)? {
            let said = json!({"minutes": "Beskrivelsen blev gennemgået og godkendt fra den 1."});
            meetings::change_agenda_item(cx, item.id, &from(said)?)?;
            let text = json!({"text": "Funktionsbeskrivelsen er godkendt."});
            decided.push(meetings::record_decision(cx, item.id, &from(text)?)?.id);
        }
        Ok(decided)
    })?;
    send(loader, home, meeting, at)?;
    loader.at(at, home.north, move |cx| {
        for decision in &decided {
            let outcome = json!({"decisionId": decision, "outcome": "approved"});
            function_descriptions::decide(cx, document, &from(outcome)?)?;
        }
        Ok(())
    })?;
    loader.at(at + Duration::days(20), home.north, move |cx| {
        for item in meetings::agenda_items(cx, meeting)? {
            let said =
                json!({"minutes": "Beskrivelsen blev gennemgået og godkendt fra dagens dato."});
            meetings::change_agenda_item(cx, item.id, &from(said)?)?;
        }
        let reason = json!({"reason": "Datoen manglede."});
        meetings::correct(cx, meeting, &from(reason)?).map(drop)
    })
}
