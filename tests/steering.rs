//! `/steering-groups` and `/steering-members`: seats and periods (CPS-5).

use brobygger::platform::access::Role;
use serde_json::{Value, json};

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
        let path = format!("/meetings/{}", meeting["id"].as_str().unwrap());
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
}
