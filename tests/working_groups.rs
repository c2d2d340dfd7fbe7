//! `/working-groups` (CPS-5, CPS-7).

use brobygger::platform::access::Role;
use serde_json::{Value, json};

use crate::support::governance::path;

on_both_engines! {
    fn cps_5_a_working_group_has_a_mandate_an_end_and_reports_back(app) {
        let client = app.secretariat();
        let group = app.steering_group_since("2026-01-15");
        let mut body = json!({
            "steeringGroupId": group["id"], "name": "Psykiatri", "mandate": "Beskriver opgaven.",
            "startsOn": "2026-02-01", "endsOn": "2026-06-30",
            "members": [{"name": "Lone Prøve", "leads": true}, {"name": "Per Prøve", "leads": true}],
        });
        assert_eq!(client.post("/working-groups", &body).field_errors(), [("/members".to_owned(), "oneLeads".to_owned())]);
        body["members"] = json!([{"name": "Lone Prøve", "leads": true, "sector": "municipality"}]);
        body["startsOn"] = json!("2026-01-14");
        assert_eq!(client.post("/working-groups", &body).field_errors(), [("/startsOn".to_owned(), "beforeGroup".to_owned())]);
        body["startsOn"] = json!("2026-02-01");
        let working = client.post("/working-groups", &body).expect(201);
        let place = path("working-groups", &working);
        // Its evaluation: when it ends, which is sooner than a year.
        let planned = client.get(&format!("/evaluations?workingGroupId={}", working["id"].as_str().unwrap())).expect(200);
        assert_eq!(planned["items"][0]["dueOn"], "2026-06-30");
        let due = |kind: &str| client.get(&format!("/worklists/governance?kind={kind}&dueUntil=2026-12-31")).expect(200)["items"].clone();
        assert_eq!(due("workingGroupReport")[0]["id"], working["id"]);
        app.advance(chrono::Duration::days(100));
        assert_eq!(client.get(&place).expect(200)["overdue"], true);
        let etag = client.get(&place).etag();
        let longer = client.patch(&place, &etag, &json!({"endsOn": "2026-12-31"})).expect(200);
        assert_eq!((&longer["overdue"], &longer["members"]), (&json!(false), &body["members"]));
        // Its evaluation moves with its end (CPS-7).
        let planned = client.get(&format!("/evaluations?workingGroupId={}", working["id"].as_str().unwrap())).expect(200);
        assert_eq!(planned["items"][0]["dueOn"], "2026-12-31");
        let reported = client.post(&format!("{place}/report"), &json!({"report": "Færdig."})).expect(200);
        assert_eq!((&reported["state"], &reported["reportedOn"]), (&json!("reported"), &json!("2026-07-05")));
        client.post(&format!("{place}/report"), &json!({"report": "Igen."})).problem(409, "stateConflict");
        client.post(&format!("{place}/closure"), &json!({"reason": "x"})).problem(409, "stateConflict");
        assert_eq!(due("workingGroupReport"), json!([]));
        app.other_organisation().get(&place).problem(404, "notFound");
    }

    fn cps_5_who_sits_in_no_group_sees_no_working_groups(app) {
        let client = app.secretariat();
        let group = app.steering_group_since("2026-01-15");
        let body = json!({"steeringGroupId": group["id"], "name": "x", "mandate": "y", "startsOn": "2026-02-01",
            "endsOn": "2026-06-30", "members": [{"name": "Lone Prøve"}]});
        let working = client.post("/working-groups", &body).expect(201);
        let (_, member) = app.staff_member("Per Prøve", Role::SteeringMember);
        member.get(&path("working-groups", &working)).problem(404, "notFound");
        assert_eq!(member.get("/working-groups").expect(200)["items"], json!([]));
        assert_eq!(member.get("/evaluations").expect(200)["items"], json!([]));
        let (_, secretariat) = app.staff_member("Eva Prøve", Role::Secretariat);
        assert_eq!(secretariat.get("/working-groups").expect(200)["items"], json!([working]));
    }

    fn cps_7_what_has_ended_is_not_evaluated_again(app) {
        let client = app.secretariat();
        let group = app.steering_group_since("2026-01-15");
        let body = json!({"steeringGroupId": group["id"], "name": "x", "mandate": "y", "startsOn": "2026-02-01",
            "endsOn": "2026-12-31", "members": [{"name": "Lone Prøve"}]});
        let planned = |working: &Value, state: &str| {
            let path = format!("/evaluations?workingGroupId={}&state={state}", working["id"].as_str().unwrap());
            client.get(&path).expect(200)["items"].as_array().unwrap().clone()
        };
        for (step, ending) in [("report", json!({"report": "Færdig."})), ("closure", json!({"reason": "Løst andetsteds."}))] {
            let working = client.post("/working-groups", &body).expect(201);
            let evaluation = path("evaluations", &planned(&working, "planned")[0]);
            client.post(&format!("{evaluation}/cancellation"), &json!({"reason": "x"})).problem(409, "stateConflict");
            client.post(&format!("{}/{step}", path("working-groups", &working)), &ending).expect(200);
            let done = format!("{evaluation}/completion");
            let errors = client.post(&done, &json!({"conclusion": "God.", "nextDueOn": "2026-10-01"})).field_errors();
            assert_eq!(errors, [("/nextDueOn".to_owned(), "noNext".to_owned())]);
            client.post(&done, &json!({"conclusion": "God."})).expect(200);
            assert_eq!((planned(&working, "planned").len(), planned(&working, "completed").len()), (0, 1));

            // Nor need it be evaluated at all once it has ended.
            let other = client.post("/working-groups", &body).expect(201);
            client.post(&format!("{}/{step}", path("working-groups", &other)), &ending).expect(200);
            let evaluation = path("evaluations", &planned(&other, "planned")[0]);
            client.post(&format!("{evaluation}/cancellation"), &json!({"reason": "Gruppen er ophørt."})).expect(200);
            assert_eq!(planned(&other, "planned"), Vec::<Value>::new());
        }
    }
}
