//! `/steering-groups` and `/steering-members`: seats and periods (CPS-5).

use brobygger::platform::access::Role;
use brobygger::platform::db::connection::Purpose;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::support::meetings::path;

fn seat(role: &str, from: &str) -> Value {
    json!({"name": "Ny Prøve", "seat": "Region", "role": role, "sector": "region", "fromOn": from})
}

on_both_engines! {
    fn cps_5_one_chair_and_one_secretary_at_a_time(app) {
        let group = app.group(&json!({}));
        let members = format!("/steering-groups/{}/members", group.id.as_str().unwrap());
        let second = group.client.post(&members, &seat("chair", "2026-06-01"));
        second.problem(409, "conflict");
        // A member may be one of many.
        group.client.post(&members, &seat("member", "2026-06-01")).expect(201);

        let mut follows = seat("chair", "2026-06-01");
        follows["replaces"] = group.chair.clone();
        let new = group.client.post(&members, &follows).expect(201);
        let before = format!("/steering-members/{}", group.chair.as_str().unwrap());
        assert_eq!(group.client.get(&before).expect(200)["untilOn"], "2026-05-31");
        assert_eq!(app.events_of(&group.chair), ["steeringMember.appointed", "steeringMember.changed"]);

        let on = |day: &str| {
            let list = group.client.get(&format!("{members}?on={day}")).expect(200);
            let chairs: Vec<Value> = list["items"].as_array().unwrap().iter()
                .filter(|member| member["role"] == "chair").map(|member| member["id"].clone()).collect();
            (chairs, list["vacancies"].clone())
        };
        assert_eq!(on("2026-05-31"), (vec![group.chair.clone()], json!([])));
        assert_eq!(on("2026-06-01"), (vec![new["id"].clone()], json!([])));
        assert_eq!(on("2025-12-31"), (vec![], json!(["chair", "secretary"])));
        // Nor may an end be moved over somebody else's beginning.
        group.client.patch(&before, "*", &json!({"untilOn": null})).problem(409, "conflict");
        group.client.patch(&before, "*", &json!({"untilOn": "2026-05-01"})).expect(200);
        assert_eq!(on("2026-05-15"), (vec![], json!(["chair"])));
    }

    fn cps_5_a_member_sees_own_groups_while_the_seat_is_held(app) {
        let group = app.group(&json!({}));
        let other = app.group(&json!({}));
        let own = format!("/steering-groups/{}", group.id.as_str().unwrap());
        group.seated.get(&own).expect(200);
        other.seated.get(&own).problem(404, "notFound");
        let list = group.seated.get("/steering-groups").expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        let path = path(&meeting, "");
        group.seated.get(&path).expect(200);
        other.seated.get(&path).problem(404, "notFound");
        assert_eq!(other.seated.get("/meetings").expect(200)["items"], json!([]));

        let seat = format!("/steering-members/{}", group.member.as_str().unwrap());
        group.client.patch(&seat, "*", &json!({"untilOn": "2026-03-27"})).expect(200);
        app.until("2026-03-27T22:59:59Z");
        group.seated.get(&path).expect(200);
        app.until("2026-03-27T23:00:00Z");
        group.seated.get(&path).problem(404, "notFound");
        // The auditor sees the register, and nothing of what happens in the group.
        let (_, auditor) = app.staff_member("Eva Prøve", Role::Auditor);
        auditor.get(&own).expect(200);
        auditor.get(&path).problem(403, "forbidden");
    }

    fn everything_wrong_with_a_group_is_named(app) {
        let client = app.client_with_everything();
        let errors = client.post("/steering-groups", &json!({
            "organisationId": app.controller, "name": "X", "startsOn": "2026-01-01",
            "policy": {"timeZone": "Europe/Nowhere"},
        })).field_errors();
        assert_eq!(errors, [("/policy/timeZone".to_owned(), "unknownTimeZone".to_owned())]);
        let errors = client.post("/steering-groups", &json!({
            "organisationId": app.controller, "name": "X", "startsOn": "2026-01-02", "endsOn": "2026-01-01",
        })).field_errors();
        assert_eq!(errors, [("/endsOn".to_owned(), "order".to_owned())]);
    }

    fn cps_5_a_group_does_not_end_before_what_it_has_planned(app) {
        let group = app.group(&json!({}));
        let client = &group.client;
        let place = format!("/steering-groups/{}", group.id.as_str().unwrap());
        let meeting = group.meeting("2026-06-10T11:00:00Z");
        let cancelled = group.meeting("2026-09-10T11:00:00Z");
        client.post(&path(&cancelled, "cancellation"), &json!({"reason": "x"})).expect(200);
        let working = client.post("/working-groups", &json!({
            "steeringGroupId": group.id, "name": "Psykiatri", "mandate": "Beskriver opgaven.", "startsOn": "2026-02-01",
            "endsOn": "2026-10-31", "members": [{"name": "Lone Prøve"}],
        })).expect(201);
        let seat = format!("/steering-members/{}", group.member.as_str().unwrap());
        client.patch(&seat, "*", &json!({"untilOn": "2026-11-30"})).expect(200);

        let end = json!({"endsOn": "2026-05-31"});
        let refused = client.patch(&place, "*", &end).problem(409, "conflict");
        let errors = refused["errors"].as_array().unwrap();
        let wanted = [("meetingAfter", &meeting["id"]), ("workingGroupAfter", &working["id"]), ("seatAfter", &group.member)];
        assert_eq!(errors.len(), wanted.len());
        for (error, (code, id)) in errors.iter().zip(wanted) {
            assert_eq!((&error["pointer"], &error["code"]), (&json!("/endsOn"), &json!(code)));
            assert!(error["detail"].as_str().unwrap().contains(id.as_str().unwrap()), "{error}");
        }
        client.patch(&place, "*", &json!({"endsOn": "2026-11-30"})).expect(200);
        client.patch(&path(&meeting, ""), "*", &json!({"startsAt": "2026-05-31T11:00:00Z", "endsAt": "2026-05-31T12:00:00Z"})).expect(200);
        client.patch(&format!("/working-groups/{}", working["id"].as_str().unwrap()), "*", &json!({"endsOn": "2026-05-31"})).expect(200);
        client.patch(&seat, "*", &json!({"untilOn": "2026-05-31"})).expect(200);
        client.patch(&place, "*", &end).expect(200);
        let beyond = json!({"steeringGroupId": group.id, "kind": "ordinary", "title": "x",
            "startsAt": "2026-06-10T11:00:00Z", "endsAt": "2026-06-10T12:00:00Z"});
        assert_eq!(client.post("/meetings", &beyond).field_errors()[0].0, "/startsAt");
        // Nor is an agenda sent there, however the group came to end so early.
        group.item(&meeting, &json!({}));
        let mut conn = app.url.connect(Purpose::Write).unwrap();
        conn.batch_execute("UPDATE steering_groups SET ends_on = '2026-05-30'").unwrap();
        client.send("POST", &path(&meeting, "agenda/sending"), &[], None).problem(409, "conflict");
    }

    fn cps_5_a_seat_lies_within_the_groups_time(app) {
        let group = app.group(&json!({}));
        let client = &group.client;
        let place = format!("/steering-groups/{}", group.id.as_str().unwrap());
        let members = format!("{place}/members");
        client.patch(&place, "*", &json!({"endsOn": "2027-12-31"})).expect(200);
        let wrong = |from: &str, until: Option<&str>| {
            let mut body = seat("member", from);
            if let Some(until) = until {
                body["untilOn"] = json!(until);
            }
            client.post(&members, &body).field_errors()
        };
        let error = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        assert_eq!(wrong("1900-01-01", Some("1950-12-31")), error("/fromOn", "beforeGroup"));
        assert_eq!(wrong("2028-01-01", None), error("/fromOn", "afterGroup"));
        assert_eq!(wrong("2027-06-01", Some("2028-01-01")), error("/untilOn", "afterGroup"));
        let new = client.post(&members, &seat("member", "2027-06-01")).expect(201);
        let place = format!("/steering-members/{}", new["id"].as_str().unwrap());
        assert_eq!(client.patch(&place, "*", &json!({"untilOn": "2028-01-01"})).field_errors(), error("/untilOn", "afterGroup"));
        client.patch(&place, "*", &json!({"untilOn": "2027-12-31"})).expect(200);
    }

    fn cps_5_one_person_has_one_seat_at_a_time_and_keeps_own_tasks(app) {
        let group = app.group(&json!({}));
        let client = &group.client;
        let members = format!("/steering-groups/{}/members", group.id.as_str().unwrap());
        let own = format!("/steering-members/{}", group.member.as_str().unwrap());
        let staff = client.get(&own).expect(200)["staffId"].clone();
        let mut second = seat("member", "2026-04-01");
        second["staffId"] = staff.clone();
        client.post(&members, &second).problem(409, "conflict");
        let chair = format!("/steering-members/{}", group.chair.as_str().unwrap());
        client.patch(&chair, "*", &json!({"staffId": staff})).problem(409, "conflict");
        // A task from before the person changed seats stays the person's.
        let meeting = group.meeting("2026-03-30T11:00:00Z");
        let item = group.item(&meeting, &json!({}));
        app.until("2026-03-30T12:00:00Z");
        let task = client.post(&format!("/agenda-items/{}/action-items", item["id"].as_str().unwrap()),
            &json!({"task": "Skriver til kommunerne.", "ownerId": group.member, "dueOn": "2026-05-01"})).expect(201);
        let others = client.post(&format!("/agenda-items/{}/action-items", item["id"].as_str().unwrap()),
            &json!({"task": "Ringer til regionen.", "ownerId": group.chair, "dueOn": "2026-05-01"})).expect(201);
        second["replaces"] = group.member.clone();
        let new = client.post(&members, &second).expect(201);
        assert_eq!(client.get(&own).expect(200)["untilOn"], "2026-03-31");
        client.patch(&own, "*", &json!({"untilOn": null})).problem(409, "conflict");
        assert_eq!(new["staffId"], second["staffId"]);
        app.until("2026-04-02T12:00:00Z");
        group.write(&item, "Drøftet.");
        group.attend(&meeting);
        group.step(&meeting, "minutes/sending");
        let done = |task: &Value| format!("/action-items/{}/completion", task["id"].as_str().unwrap());
        group.seated.post(&done(&others), &json!({})).problem(409, "conflict");
        group.seated.post(&done(&task), &json!({})).expect(200);
    }

    fn cps_5_an_appointment_that_was_sent_twice_is_refused(app) {
        let group = app.group(&json!({}));
        let place = format!("/steering-groups/{}", group.id.as_str().unwrap());
        let members = format!("{place}/members");
        let etag = group.client.get(&place).etag();
        let new = seat("member", "2026-04-01");
        group.client.post_with(&members, &[("if-match", &etag)], &new).expect(201);
        group.client.post_with(&members, &[("if-match", &etag)], &new).problem(412, "staleVersion");
        let list = group.client.get(&members).expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 4);
    }

    fn cps_5_a_seat_is_taken_back_before_its_first_day_and_the_group_may_end(app) {
        let group = app.group(&json!({}));
        let client = &group.client;
        let place = format!("/steering-groups/{}", group.id.as_str().unwrap());
        let of = |seat: &Value| format!("/steering-members/{}", seat.as_str().unwrap());
        let remove = |seat: &Value, tag: &str| client.send("DELETE", &of(seat), &[("if-match", tag)], None);
        let mut follows = seat("chair", "2027-01-01");
        follows["replaces"] = group.chair.clone();
        let new = client.post(&format!("{place}/members"), &follows).expect(201);
        // What it proposes stays on the agenda, proposed by nobody.
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        let item = group.item(&meeting, &json!({"proposerId": new["id"]}));
        let end = json!({"endsOn": "2026-12-31"});
        client.patch(&place, "*", &end).problem(409, "conflict");
        client.send("DELETE", &of(&new["id"]), &[], None).problem(428, "versionRequired");
        remove(&new["id"], "\"9\"").problem(412, "staleVersion");
        let (_, auditor) = app.staff_member("Eva Prøve", Role::Auditor);
        auditor.send("DELETE", &of(&new["id"]), &[("if-match", "*")], None).problem(403, "forbidden");
        let before = client.get(&place).expect(200)["version"].as_i64().unwrap();
        let tag = client.get(&of(&new["id"])).etag();
        let gone = remove(&new["id"], &tag);
        assert_eq!(gone.etag(), tag);
        assert_eq!(gone.expect(200)["fromOn"], "2027-01-01");
        assert_eq!(client.get(&place).expect(200)["version"], before + 1);
        client.get(&of(&new["id"])).problem(404, "notFound");
        remove(&new["id"], "*").problem(404, "notFound");
        assert_eq!(app.events_of(&new["id"]), ["steeringMember.appointed", "steeringMember.removed"]);
        let left = client.get(&format!("/agenda-items/{}", item["id"].as_str().unwrap())).expect(200);
        assert_eq!((left.get("proposerId"), &left["version"]), (None, &json!(2)));
        // Who was to be followed keeps the last day that the appointment gave.
        assert_eq!(client.get(&of(&group.chair)).expect(200)["untilOn"], "2026-12-31");
        client.patch(&place, "*", &end).expect(200);

        // From its first day on, where the group is, it is ended and not taken back.
        let soon = client.post(&format!("{place}/members"), &seat("member", "2026-03-29")).expect(201);
        let again = client.post(&format!("{place}/members"), &seat("member", "2026-03-29")).expect(201);
        app.until("2026-03-28T22:59:59Z");
        remove(&again["id"], "*").expect(200);
        app.until("2026-03-28T23:00:00Z");
        remove(&soon["id"], "*").problem(409, "conflict");
    }
}
