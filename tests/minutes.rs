//! `/meetings`: what members read of minutes, what they must say before they go out, and what happens
//! to remarks that come late or were overlooked (CPS-6).

use brobygger::upkeep;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::meetings::{Group, path};

fn register(caller: &crate::support::Caller, name: &str, meeting: &Value) -> Vec<Value> {
    let path = format!("/{name}?meetingId={}", meeting["id"].as_str().unwrap());
    let list = caller.get(&path).expect(200);
    list["items"].as_array().unwrap().clone()
}

fn attendance(group: &Group, meeting: &Value, members: &[&Value]) -> Value {
    let members: Vec<Value> = members
        .iter()
        .map(|member| json!({"memberId": member, "presence": "present"}))
        .collect();
    let path = path(meeting, "attendance");
    let body = json!({"members": members});
    group
        .client
        .send("PUT", &path, &[("if-match", "*")], Some(&body))
        .expect(200)
}

fn tasks(group: &Group) -> Vec<(Value, Value)> {
    let list = group.client.get("/worklists/meetings").expect(200);
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|one| (one["task"].clone(), one["dueAt"].clone()))
        .collect()
}

fn seat_until(group: &Group, seat: &Value, day: &str) {
    let path = format!("/steering-members/{}", seat.as_str().unwrap());
    let body = json!({"untilOn": day});
    group.client.patch(&path, "*", &body).expect(200);
}

fn told(app: &TestApp, meeting: &Value, kind: &str) -> usize {
    let events = app.events_of(&meeting["id"]);
    events.iter().filter(|told| *told == kind).count()
}

on_both_engines! {
    fn cps_6_members_read_of_decisions_tasks_and_attendance_what_the_newest_minutes_say(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        let item = group.item(&meeting, &json!({"title": "Økonomi"}));
        app.until("2026-04-20T13:00:00Z");
        let on = format!("/agenda-items/{}", item["id"].as_str().unwrap());
        let decide = |text: &str| group.client.post(&format!("{on}/decisions"), &json!({"text": text})).expect(201);
        let decision = decide("Budgettet er vedtaget.");
        let task = group.client.post(&format!("{on}/action-items"), &json!({
            "task": "Sender budgettet.", "ownerId": group.member, "dueOn": "2026-04-30",
        })).expect(201);
        let read = format!("/decisions/{}", decision["id"].as_str().unwrap());
        let done = format!("/action-items/{}", task["id"].as_str().unwrap());
        // The secretariat's draft: members see nothing of it.
        assert_eq!(decision.get("minutesVersion"), None);
        assert_eq!(register(&group.client, "decisions", &meeting).len(), 1);
        for name in ["decisions", "action-items"] {
            assert_eq!(register(&group.seated, name, &meeting), Vec::<Value>::new());
        }
        group.seated.get(&read).problem(404, "notFound");
        group.seated.get(&done).problem(404, "notFound");
        group.seated.post(&format!("{done}/completion"), &json!({})).problem(404, "notFound");

        group.write(&item, "Budgettet blev gennemgået.");
        attendance(&group, &meeting, &[&group.chair, &group.secretary, &group.member]);
        assert_eq!(group.seated.get(&path(&meeting, "")).expect(200).get("attendance"), None);
        group.step(&meeting, "minutes/sending");
        let sent = group.seated.get(&read);
        let tag = sent.etag();
        let sent = sent.expect(200);
        assert_eq!((&sent["text"], &sent["minutesVersion"]), (&json!("Budgettet er vedtaget."), &json!(1)));
        assert_eq!(register(&group.seated, "action-items", &meeting)[0]["minutesVersion"], 1);

        // After the approval: what is changed is a draft until a correction is sent.
        app.until("2026-05-04T08:00:00Z");
        let drafted = group.client.patch(&read, "*", &json!({"text": "Budgettet er udsat."})).expect(200);
        assert_eq!((&drafted["text"], &drafted["changedSinceSent"]), (&json!("Budgettet er udsat."), &json!(true)));
        decide("Et tillæg.");
        let mut there = json!({"members": []});
        for (seat, presence) in [(&group.chair, "absent"), (&group.secretary, "present"), (&group.member, "present")] {
            there["members"].as_array_mut().unwrap().push(json!({"memberId": seat, "presence": presence}));
        }
        group.client.send("PUT", &path(&meeting, "attendance"), &[("if-match", "*")], Some(&there)).expect(200);
        let chair = |caller: &crate::support::Caller| {
            caller.get(&path(&meeting, "")).expect(200)["attendance"]["members"][0]["presence"].clone()
        };
        assert_eq!((chair(&group.client), chair(&group.seated)), (json!("absent"), json!("present")));
        let seen = register(&group.seated, "decisions", &meeting);
        assert_eq!(seen.len(), 1);
        assert_eq!((&seen[0]["text"], &seen[0]["changedSinceSent"]), (&json!("Budgettet er vedtaget."), &json!(false)));
        assert_eq!(register(&group.client, "decisions", &meeting).len(), 2);

        group.client.post(&path(&meeting, "minutes/correction"), &json!({"reason": "Forkert."})).expect(200);
        let seen = register(&group.seated, "decisions", &meeting);
        let texts: Vec<_> = seen.iter().map(|one| (one["text"].clone(), one["minutesVersion"].clone())).collect();
        assert!(texts.contains(&(json!("Budgettet er udsat."), json!(2))) && texts.len() == 2, "{texts:?}");
        assert_eq!(chair(&group.seated), "absent");
        assert_ne!(group.seated.get(&read).etag(), tag);
        group.seated.post(&format!("{done}/completion"), &json!({})).expect(200);
    }

    fn cps_6_minutes_go_out_when_attendance_is_recorded_of_everybody_seated(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        let item = group.item(&meeting, &json!({}));
        app.until("2026-04-20T13:00:00Z");
        group.write(&item, "Drøftet.");
        attendance(&group, &meeting, &[&group.chair]);
        let refused = group.client.send("POST", &path(&meeting, "minutes/sending"), &[], None).problem(409, "conflict");
        let detail = refused["detail"].as_str().unwrap();
        let named = [&group.chair, &group.secretary, &group.member].map(|seat| detail.contains(seat.as_str().unwrap()));
        assert_eq!(named, [false, true, true]);
        assert!(!detail.contains("Prøve"), "{detail}");
        // Nothing is said of whom nothing was recorded.
        let draft = group.client.get(&path(&meeting, "minutes")).expect(200);
        assert_eq!(draft["content"]["members"].as_array().unwrap().len(), 1);
        attendance(&group, &meeting, &[&group.chair, &group.secretary, &group.member]);
        group.step(&meeting, "minutes/sending");
        // Nor does a revision or a correction leave anybody out.
        attendance(&group, &meeting, &[&group.chair]);
        group.client.post(&path(&meeting, "minutes/revision"), &json!({"answers": []})).problem(409, "conflict");
        app.until("2026-05-04T08:00:00Z");
        group.client.post(&path(&meeting, "minutes/correction"), &json!({"reason": "Nej."})).problem(409, "conflict");
    }

    fn cps_6_a_remark_that_was_overlooked_is_marked_and_on_the_worklist_until_it_is_answered(app) {
        let group = app.group(&json!({}));
        let meeting = group.minuted(app, "2026-04-20T11:00:00Z", "2026-04-22T08:00:00Z");
        // Approved at the end of 29 April; a mail of the last evening is registered the next morning.
        app.until("2026-04-30T07:00:00Z");
        let overlooked = |member: &Value| {
            let body = json!({"text": "Det var kommunerne.", "memberId": member, "receivedAt": "2026-04-29T21:59:00Z"});
            group.client.post(&path(&meeting, "remarks"), &body).expect(201)
        };
        let (one, two) = (overlooked(&group.chair), overlooked(&group.member));
        assert_eq!((&one["timing"], &one["inTime"]), (&json!("overlooked"), &json!(false)));
        let late = group.seated.post(&path(&meeting, "remarks"), &json!({"text": "For sent."})).expect(201);
        assert_eq!(late["timing"], "late");
        let read = group.read(&meeting);
        assert_eq!((&read["state"], &read["minutes"]["overlookedSince"]), (&json!("approved"), &json!("2026-04-30T07:00:00Z")));
        let deadline = &read["deadlines"]["correction"];
        assert_eq!((&deadline["countedFrom"], &deadline["dueOn"], &deadline["status"]),
            (&json!("2026-04-30"), &json!("2026-05-07"), &json!("open")));
        assert_eq!(tasks(&group), [(json!("correctMinutes"), json!("2026-05-07T22:00:00Z"))]);

        // That it changes nothing is an answer; that it does is a correction.
        let answers = path(&meeting, "remark-answers");
        let answer = |remark: &Value, outcome: &str| json!({"answers": [{"remarkId": remark["id"], "outcome": outcome}]});
        let errors = group.client.post(&answers, &answer(&one, "adopted")).field_errors();
        assert_eq!(errors, [("/answers/0/outcome".to_owned(), "needsCorrection".to_owned())]);
        let left = group.client.post(&answers, &answer(&one, "notAdopted")).expect(200);
        assert_eq!((&left["minutes"]["version"], &left["deadlines"]["correction"]["dueOn"]), (&json!(1), &json!("2026-05-07")));
        let item = group.client.get(&path(&meeting, "agenda-items")).expect(200)["items"][0].clone();
        group.write(&item, "Kommunerne bad om et oplæg.");
        let mut correction = answer(&two, "adopted");
        correction["reason"] = json!("Bemærkning.");
        let done = group.client.post(&path(&meeting, "minutes/correction"), &correction).expect(200);
        assert_eq!((done["deadlines"].get("correction"), done["minutes"].get("overlookedSince")), (None, None));
        assert_eq!(tasks(&group), []);
        let remarks = group.seated.get(&path(&meeting, "remarks")).expect(200);
        let answered = |id: &Value| {
            let found = remarks["items"].as_array().unwrap().iter().find(|remark| remark["id"] == *id).unwrap().clone();
            (found["outcome"].clone(), found.get("answeredIn").cloned())
        };
        assert_eq!(answered(&one["id"]), (json!("notAdopted"), None));
        assert_eq!(answered(&two["id"]), (json!("adopted"), Some(json!(2))));
        assert_eq!(told(app, &meeting, "meeting.remarksAnswered"), 1);
    }

    fn cps_6_remarks_are_answered_by_a_revision_until_the_minutes_are_approved(app) {
        let group = app.group(&json!({}));
        let meeting = group.minuted(app, "2026-04-20T11:00:00Z", "2026-04-22T08:00:00Z");
        let remark = group.seated.post(&path(&meeting, "remarks"), &json!({"text": "Punkt 1."})).expect(201);
        assert_eq!(remark["timing"], "inTime");
        let answers = json!({"answers": [{"remarkId": remark["id"], "outcome": "notAdopted"}]});
        group.client.post(&path(&meeting, "remark-answers"), &answers).problem(409, "stateConflict");
        app.until("2026-04-24T08:00:00Z");
        let revised = group.client.post(&path(&meeting, "minutes/revision"), &answers).expect(200);
        // Done when it was done, though it is approved later.
        let deadline = &revised["deadlines"]["revision"];
        assert_eq!((&deadline["status"], &deadline["doneAt"]), (&json!("met"), &json!("2026-04-24T08:00:00Z")));
        app.until("2026-05-10T08:00:00Z");
        assert_eq!(group.read(&meeting)["deadlines"]["revision"]["doneAt"], "2026-04-24T08:00:00Z");

        // The revised version stood approved and stays so; a correction is the current one.
        let item = group.client.get(&path(&meeting, "agenda-items")).expect(200)["items"][0].clone();
        group.write(&item, "Rettet.");
        group.client.post(&path(&meeting, "minutes/correction"), &json!({"reason": "Forkert."})).expect(200);
        let versions = group.seated.get(&path(&meeting, "minutes/versions")).expect(200);
        let marks: Vec<_> = versions["items"].as_array().unwrap().iter()
            .map(|one| (one["number"].as_i64(), one["approved"].as_bool(), one["current"].as_bool(), one.get("reason").is_some())).collect();
        assert_eq!(marks, [
            (Some(3), Some(true), Some(true), true),
            (Some(2), Some(true), Some(false), false),
            (Some(1), Some(false), Some(false), false),
        ]);
        let approved = group.seated.get(&path(&meeting, "minutes?version=2")).expect(200);
        assert_eq!((&approved["approved"], &approved["current"]), (&json!(true), &json!(false)));
        let page = group.seated.get(&path(&meeting, "minutes?version=2&format=html")).text();
        assert!(page.contains("Godkendt, senere rettet"), "{page}");
    }

    fn cps_6_that_agenda_and_minutes_are_due_is_told_once_for_each_last_day(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        group.item(&meeting, &json!({}));
        let pass = |instance: &TestApp, name: &str| upkeep::run(&instance.app).unwrap().of(name);
        // Due on 13 April: its first moment is 22:00 UTC of the day before.
        app.until("2026-04-12T21:59:59Z");
        assert_eq!(pass(app, "meeting.agendaDue"), 0);
        app.until("2026-04-12T22:00:00Z");
        let beside = app.beside();
        assert_eq!([pass(app, "meeting.agendaDue"), pass(&beside, "meeting.agendaDue")], [1, 0]);
        // Moved: another last day, told again, by a service that slept through it.
        let moved = json!({"startsAt": "2026-05-20T11:00:00Z", "endsAt": "2026-05-20T13:00:00Z"});
        group.client.patch(&path(&meeting, ""), "*", &moved).expect(200);
        assert_eq!(pass(app, "meeting.agendaDue"), 0);
        app.until("2026-05-15T12:00:00Z");
        assert_eq!([pass(app, "meeting.agendaDue"), pass(app, "meeting.agendaDue")], [1, 0]);
        assert_eq!(told(app, &meeting, "meeting.agendaDue"), 2);
        // One that was sent is not due.
        let other = group.meeting("2026-05-28T11:00:00Z");
        group.item(&other, &json!({}));
        group.step(&other, "agenda/sending");
        app.until("2026-05-26T22:00:00Z");
        assert_eq!(pass(app, "meeting.minutesDue"), 1);
        assert_eq!([told(app, &meeting, "meeting.minutesDue"), told(app, &other, "meeting.agendaDue")], [1, 0]);
        app.until("2026-06-20T12:00:00Z");
        assert_eq!([pass(app, "meeting.minutesDue"), pass(&beside, "meeting.minutesDue")], [1, 0]);
        assert_eq!([told(app, &meeting, "meeting.minutesDue"), told(app, &other, "meeting.minutesDue")], [1, 1]);
    }

    fn cps_6_on_another_day_the_agenda_is_due_anew(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        group.item(&meeting, &json!({}));
        let sent = group.step(&meeting, "agenda/sending");
        assert_eq!((&sent["deadlines"]["agenda"]["status"], tasks(&group)), (&json!("met"), vec![]));
        // Later on the same day: to be told before it begins, and the deadline stays met.
        let moved = json!({"startsAt": "2026-04-20T14:00:00Z", "endsAt": "2026-04-20T16:00:00Z"});
        let moved = group.client.patch(&path(&meeting, ""), "*", &moved).expect(200);
        assert_eq!(moved["deadlines"]["agenda"]["status"], "met");
        assert_eq!(tasks(&group), [(json!("sendChangedAgenda"), json!("2026-04-20T14:00:00Z"))]);
        let moved = json!({"startsAt": "2026-05-20T11:00:00Z", "endsAt": "2026-05-20T13:00:00Z"});
        let moved = group.client.patch(&path(&meeting, ""), "*", &moved).expect(200);
        let deadline = &moved["deadlines"]["agenda"];
        assert_eq!((&moved["state"], &deadline["status"], deadline.get("doneAt")), (&json!("agendaSent"), &json!("open"), None));
        assert_eq!(tasks(&group), [(json!("sendChangedAgenda"), json!("2026-05-13T22:00:00Z"))]);
        // What is added before the new deadline is not late.
        assert_eq!(group.item(&meeting, &json!({"title": "Mere"}))["late"], false);
        let again = group.step(&meeting, "agenda/sending");
        assert_eq!((&again["deadlines"]["agenda"]["status"], tasks(&group)), (&json!("met"), vec![]));
        assert_eq!(again["agenda"]["sentAt"], sent["agenda"]["sentAt"]);
    }

    fn cps_5_no_agenda_is_sent_for_a_day_without_chair(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        group.item(&meeting, &json!({}));
        seat_until(&group, &group.chair, "2026-04-19");
        let refused = group.client.send("POST", &path(&meeting, "agenda/sending"), &[], None).problem(409, "conflict");
        assert_eq!(refused["detail"], "The group has no chair on the day of the meeting (CPS-5): appoint one first.");
    }

    fn cps_6_who_has_left_since_the_meeting_reads_its_minutes_and_remarks_until_they_are_approved(app) {
        let group = app.group(&json!({}));
        let meeting = group.minuted(app, "2026-04-20T11:00:00Z", "2026-04-22T08:00:00Z");
        let next = group.meeting("2026-06-01T11:00:00Z");
        seat_until(&group, &group.member, "2026-04-23");
        app.until("2026-04-24T08:00:00Z");
        assert_eq!(group.seated.get(&path(&meeting, "minutes")).expect(200)["number"], 1);
        group.seated.get(&path(&meeting, "minutes/versions")).expect(200);
        assert_eq!(group.seated.get(&path(&meeting, "remarks")).expect(200)["items"], json!([]));
        // Nothing else, neither of this meeting.
        for other in ["", "agenda", "agenda?version=0", "agenda/versions", "agenda-items"] {
            group.seated.get(&path(&meeting, other)).problem(404, "notFound");
        }
        group.seated.get(&path(&next, "")).problem(404, "notFound");
        group.seated.get(&path(&meeting, "minutes?version=0")).problem(404, "notFound");
        group.seated.post(&path(&next, "agenda-items"), &json!({"title": "Nej", "kind": "information"})).problem(404, "notFound");
        assert_eq!(register(&group.seated, "decisions", &meeting), Vec::<Value>::new());
        let remark = group.seated.post(&path(&meeting, "remarks"), &json!({"text": "Punkt 1."})).expect(201);
        assert_eq!((&remark["memberId"], &remark["inTime"]), (&group.member, &json!(true)));
        let answers = json!({"answers": [{"remarkId": remark["id"], "outcome": "notAdopted"}]});
        group.client.post(&path(&meeting, "minutes/revision"), &answers).expect(200);
        app.until("2026-05-04T08:00:00Z");
        group.seated.get(&path(&meeting, "minutes")).problem(404, "notFound");
    }

    fn cps_6_a_remark_is_read_where_its_event_and_its_location_lead(app) {
        let group = app.group(&json!({}));
        let meeting = group.minuted(app, "2026-04-20T11:00:00Z", "2026-04-22T08:00:00Z");
        let sent = group.seated.post(&path(&meeting, "remarks"), &json!({"text": "Punkt 1."}));
        let (place, tag) = (sent.header("location").unwrap().to_owned(), sent.etag());
        let sent = sent.expect(201);
        let one = format!("/remarks/{}", sent["id"].as_str().unwrap());
        assert_eq!((place, app.events_of(&sent["id"])), (format!("/v1{one}"), vec!["remark.received".to_owned()]));
        // As the list of the meeting's remarks: also for who has left the group, until the approval.
        seat_until(&group, &group.member, "2026-04-23");
        app.until("2026-04-24T08:00:00Z");
        for caller in [&group.client, &group.seated] {
            assert_eq!(caller.get(&one).expect(200), sent);
            assert_eq!(caller.send("GET", &one, &[("if-none-match", &tag)], None).status, 304);
        }
        let (_, other) = app.staff_member("Ny Prøve", brobygger::platform::access::Role::SteeringMember);
        other.get(&one).problem(404, "notFound");
        app.other_organisation().get(&one).problem(404, "notFound");
        app.client(&["meetings.takePart"]).get(&one).problem(403, "forbidden");
        // Answered it is another one.
        let answers = json!({"answers": [{"remarkId": sent["id"], "outcome": "notAdopted"}]});
        group.client.post(&path(&meeting, "minutes/revision"), &answers).expect(200);
        let answered = group.seated.get(&one);
        assert_ne!(answered.etag(), tag);
        let answered = answered.expect(200);
        assert_eq!((&answered["answeredIn"], &answered["version"]), (&json!(2), &json!(2)));
        assert_eq!(group.seated.get(&path(&meeting, "remarks")).expect(200)["items"], json!([answered]));
        app.until("2026-05-04T08:00:00Z");
        group.seated.get(&one).problem(404, "notFound");
        group.client.get(&one).expect(200);
    }

    fn cps_6_tasks_and_remarks_are_of_those_who_sat_on_the_day_of_the_meeting(app) {
        let group = app.group(&json!({}));
        let members = format!("/steering-groups/{}/members", group.id.as_str().unwrap());
        let (staff, later) = app.staff_member("Ny Prøve", brobygger::platform::access::Role::SteeringMember);
        let new = group.client.post(&members, &json!({
            "name": "Ny Prøve", "seat": "Ny", "role": "member", "sector": "other", "fromOn": "2026-04-21", "staffId": staff,
        })).expect(201)["id"].clone();
        let meeting = group.minuted(app, "2026-04-20T11:00:00Z", "2026-04-22T08:00:00Z");
        let item = group.client.get(&path(&meeting, "agenda-items")).expect(200)["items"][0].clone();
        let on = format!("/agenda-items/{}/action-items", item["id"].as_str().unwrap());
        let task = |owner: &Value| json!({"task": "Skriver.", "ownerId": owner, "dueOn": "2026-05-30"});
        let errors = group.client.post(&on, &task(&new)).field_errors();
        assert_eq!(errors, [("/ownerId".to_owned(), "notSeated".to_owned())]);
        let made = group.client.post(&on, &task(&group.member)).expect(201);
        let remark = json!({"text": "Nej.", "memberId": new});
        let errors = group.client.post(&path(&meeting, "remarks"), &remark).field_errors();
        assert_eq!(errors, [("/memberId".to_owned(), "notSeated".to_owned())]);
        later.post(&path(&meeting, "remarks"), &json!({"text": "Nej."})).problem(409, "conflict");
        // A task is handed over to who sits now.
        let task = format!("/action-items/{}", made["id"].as_str().unwrap());
        seat_until(&group, &group.chair, "2026-04-21");
        let errors = group.client.patch(&task, "*", &json!({"ownerId": group.chair})).field_errors();
        assert_eq!(errors, [("/ownerId".to_owned(), "notSeated".to_owned())]);
        assert_eq!(group.client.patch(&task, "*", &json!({"ownerId": new})).expect(200)["ownerId"], new);
    }

    fn what_is_recorded_twice_in_the_same_version_is_refused(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-03-27T11:00:00Z");
        let send = |path: &str, tag: &str, body: &Value| group.client.send("POST", path, &[("if-match", tag)], Some(body));
        let tag = group.client.get(&path(&meeting, "")).etag();
        let new = json!({"title": "Et punkt", "kind": "discussion"});
        let items = path(&meeting, "agenda-items");
        let item = send(&items, &tag, &new).expect(201);
        send(&items, &tag, &new).problem(412, "staleVersion");
        app.until("2026-03-27T12:00:00Z");
        let read = format!("/agenda-items/{}", item["id"].as_str().unwrap());
        for (step, body) in [
            ("decisions", json!({"text": "Vedtaget."})),
            ("action-items", json!({"task": "Skriver.", "ownerId": group.member, "dueOn": "2026-05-30"})),
        ] {
            let tag = group.client.get(&read).etag();
            send(&format!("{read}/{step}"), &tag, &body).expect(201);
            send(&format!("{read}/{step}"), &tag, &body).problem(412, "staleVersion");
        }
    }

    fn a_cancelled_meeting_stays_in_the_calendar_as_cancelled(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        let calendar = || group.seated.get(&format!("/steering-groups/{}/calendar", group.id.as_str().unwrap())).text();
        let planned = calendar();
        assert!(planned.contains("STATUS:CONFIRMED") && planned.contains("SEQUENCE:1"), "{planned}");
        group.client.post(&path(&meeting, "cancellation"), &json!({"reason": "Aflyst."})).expect(200);
        let cancelled = calendar();
        assert!(cancelled.contains("STATUS:CANCELLED") && cancelled.contains("SEQUENCE:2"), "{cancelled}");
        assert!(cancelled.contains(&format!("UID:{}", meeting["id"].as_str().unwrap())));
    }

    fn cps_6_members_read_of_items_what_was_sent_once_the_meeting_has_begun(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        let item = group.item(&meeting, &json!({"title": "Økonomi", "text": "Budgettet."}));
        let one = format!("/agenda-items/{}", item["id"].as_str().unwrap());
        let items = |caller: &crate::support::Caller| -> Vec<Value> {
            let list = caller.get(&path(&meeting, "agenda-items")).expect(200);
            list["items"].as_array().unwrap().iter().map(|item| item["title"].clone()).collect()
        };
        // Until the meeting begins the agenda is everybody's, sent or not.
        group.client.patch(&one, "*", &json!({"title": "Økonomien", "text": "Budgettet for 2027."})).expect(200);
        assert_eq!(items(&group.seated), [json!("Økonomien")]);
        group.seated.get(&path(&meeting, "agenda?version=0")).expect(200);
        group.step(&meeting, "agenda/sending");

        app.until("2026-04-20T13:00:00Z");
        let errors = group.client.patch(&one, "*", &json!({"text": "x", "plannedMinutes": 5, "attachments": []})).field_errors();
        let wanted = ["/text", "/plannedMinutes", "/attachments"].map(|pointer| (pointer.to_owned(), "meetingHasBegun".to_owned()));
        assert_eq!(errors, wanted);
        // From now on another title or kind, and what came up, is a draft of the minutes.
        let tag = group.seated.get(&one).etag();
        let named = group.client.patch(&one, "*", &json!({"title": "Opsigelse af NN", "kind": "decision"})).expect(200);
        assert_eq!(named["title"], "Opsigelse af NN");
        let added = group.item(&meeting, &json!({"title": "Klage fra NN"}));
        let other = format!("/agenda-items/{}", added["id"].as_str().unwrap());
        assert_eq!(items(&group.client), [json!("Opsigelse af NN"), json!("Klage fra NN")]);
        assert_eq!(items(&group.seated), [json!("Økonomien")]);
        let seen = group.seated.get(&one);
        assert_ne!(seen.etag(), tag);
        let tag = seen.etag();
        let seen = seen.expect(200);
        assert_eq!((&seen["title"], &seen["kind"]), (&json!("Økonomien"), &json!("discussion")));
        group.seated.get(&other).problem(404, "notFound");
        group.seated.get(&path(&meeting, "agenda?version=0")).problem(404, "notFound");
        assert_eq!(group.seated.get(&path(&meeting, "agenda")).expect(200)["content"]["items"][0]["title"], "Økonomien");
        group.write(&item, "Drøftet.");
        group.write(&added, "Drøftet.");
        attendance(&group, &meeting, &[&group.chair, &group.secretary, &group.member]);
        group.step(&meeting, "minutes/sending");
        assert_eq!(items(&group.seated), [json!("Opsigelse af NN"), json!("Klage fra NN")]);
        assert_ne!(group.seated.get(&one).etag(), tag);
        // And so again after the approval, until a correction is sent.
        app.until("2026-05-04T08:00:00Z");
        group.client.patch(&other, "*", &json!({"title": "Klage"})).expect(200);
        assert_eq!(items(&group.seated), [json!("Opsigelse af NN"), json!("Klage fra NN")]);
        group.client.post(&path(&meeting, "minutes/correction"), &json!({"reason": "Navn."})).expect(200);
        assert_eq!(items(&group.seated), [json!("Opsigelse af NN"), json!("Klage")]);
    }

    fn cps_6_an_agenda_that_was_never_sent_is_the_secretariats_once_the_meeting_has_begun(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        group.item(&meeting, &json!({}));
        group.seated.get(&path(&meeting, "agenda")).expect(200);
        app.until("2026-04-20T11:00:00Z");
        group.seated.get(&path(&meeting, "agenda")).problem(404, "notFound");
        group.client.get(&path(&meeting, "agenda")).expect(200);
    }

    fn cps_6_a_meeting_that_was_held_is_not_cancelled(app) {
        let group = app.group(&json!({}));
        let meetings = ["2026-04-20T11:00:00Z", "2026-04-20T15:00:00Z", "2026-04-20T18:00:00Z"].map(|at| group.meeting(at));
        let items = meetings.each_ref().map(|meeting| group.item(meeting, &json!({})));
        app.until("2026-04-20T20:00:00Z");
        let task = json!({"task": "Skriver.", "ownerId": group.member, "dueOn": "2026-05-30"});
        group.client.post(&format!("/agenda-items/{}/action-items", items[0]["id"].as_str().unwrap()), &task).expect(201);
        attendance(&group, &meetings[1], &[&group.chair]);
        let cancel = |meeting: &Value| group.client.post(&path(meeting, "cancellation"), &json!({"reason": "Aflyst."}));
        for held in &meetings[..2] {
            cancel(held).problem(409, "conflict");
            assert_eq!(group.read(held)["state"], "held");
        }
        cancel(&meetings[2]).expect(200);
    }

    fn cps_6_the_approval_is_told_before_what_comes_after_it(app) {
        let group = app.group(&json!({}));
        let meeting = group.minuted(app, "2026-04-20T11:00:00Z", "2026-04-22T08:00:00Z");
        app.until("2026-05-10T08:00:00Z");
        attendance(&group, &meeting, &[&group.chair, &group.secretary, &group.member]);
        let told = app.events_of(&meeting["id"]);
        assert_eq!(told[told.len() - 2..], ["meeting.minutesApproved", "meeting.attendanceRecorded"]);
    }

    fn cps_6_a_task_of_somebody_who_has_left_is_moved_and_not_before_its_meeting(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        let item = group.item(&meeting, &json!({}));
        app.until("2026-04-20T13:00:00Z");
        let made = group.client.post(&format!("/agenda-items/{}/action-items", item["id"].as_str().unwrap()), &json!({
            "task": "Skriver.", "ownerId": group.member, "dueOn": "2026-05-30",
        })).expect(201);
        let task = format!("/action-items/{}", made["id"].as_str().unwrap());
        seat_until(&group, &group.member, "2026-04-20");
        app.until("2026-04-22T13:00:00Z");
        let moved = json!({"ownerId": group.member, "dueOn": "2026-06-30"});
        assert_eq!(group.client.patch(&task, "*", &moved).expect(200)["dueOn"], "2026-06-30");
        let errors = group.client.patch(&task, "*", &json!({"dueOn": "2026-04-19"})).field_errors();
        assert_eq!(errors, [("/dueOn".to_owned(), "order".to_owned())]);
    }
}
