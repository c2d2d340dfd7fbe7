//! `/delegations` (HA-6).

use serde_json::{Value, json};

use crate::support::governance::path;
use crate::support::{Answer, TestApp};

fn propose(app: &TestApp, own: &Value) -> Answer {
    let mut body = json!({
        "programmeId": app.programme_of("HA")["id"], "task": "Antibiotika i eget hjem", "reservedPractice": true,
        "from": {"sector": "hospital", "name": "Prøve Sygehus"}, "to": {"sector": "municipality", "name": "Prøve Kommune"},
        "validFrom": "2026-04-01", "validTo": "2026-06-30", "responsible": "Ledende overlæge",
    });
    for (field, value) in own.as_object().unwrap() {
        body[field] = value.clone();
    }
    app.secretariat().post("/delegations", &body)
}

fn all_met() -> Value {
    let answer = json!({"met": true, "explanation": "Aftalt og prøvet."});
    json!({"patientSafetyAndQuality": answer, "lowestEffectiveCostLevel": answer, "responsibilityPlaced": answer})
}

fn approve(app: &TestApp, delegation: &Value) -> Answer {
    let approval = json!({"approvedBy": "Sundhedsdirektøren"});
    app.secretariat().post(
        &format!("{}/approval", path("delegations", delegation)),
        &approval,
    )
}

on_both_engines! {
    fn ha_6_no_reserved_practice_without_all_three_principles(app) {
        let client = app.secretariat();
        let delegation = propose(app, &json!({"responsible": null})).field_errors();
        assert_eq!(delegation[0].0, "/responsible");
        let delegation = propose(app, &json!({"principles": {"patientSafetyAndQuality": {"met": true, "explanation": "x"},
            "lowestEffectiveCostLevel": {"met": false, "explanation": "y"}}})).expect(201);
        let refused = approve(app, &delegation).problem(409, "conflict");
        let named: Vec<(&Value, &Value)> = refused["errors"].as_array().unwrap().iter().map(|one| (&one["pointer"], &one["code"])).collect();
        assert_eq!(named, [(&json!("/principles/lowestEffectiveCostLevel"), &json!("notMet")),
            (&json!("/principles/responsibilityPlaced"), &json!("notAnswered"))]);
        let place = path("delegations", &delegation);
        let etag = client.get(&place).etag();
        client.patch(&place, &etag, &json!({"principles": all_met()})).expect(200);
        let approved = approve(app, &delegation).expect(200);
        assert_eq!((&approved["state"], &approved["stage"]), (&json!("approved"), &json!("upcoming")));
        // What was approved does not change.
        client.patch(&place, "*", &json!({"reservedPractice": false})).problem(409, "stateConflict");
        approve(app, &delegation).problem(409, "stateConflict");
        // Other tasks need somebody who answers for them, and no more.
        let other = propose(app, &json!({"reservedPractice": false})).expect(201);
        approve(app, &other).expect(200);
        app.other_organisation().get(&place).problem(404, "notFound");
    }

    fn ha_6_a_delegation_is_in_force_in_its_period_and_ends(app) {
        let client = app.secretariat();
        let delegation = propose(app, &json!({"principles": all_met()})).expect(201);
        let place = path("delegations", &delegation);
        client.post(&format!("{place}/end"), &json!({"reason": "x"})).problem(409, "stateConflict");
        approve(app, &delegation).expect(200);
        let stage = || client.get(&place).expect(200)["stage"].clone();
        let before = client.get(&place).etag();
        app.advance(chrono::Duration::days(10));
        assert_eq!(stage(), "inForce");
        // The tag tells the representations apart.
        assert_eq!(client.send("GET", &place, &[("if-none-match", &before)], None).status, 200);
        let listed = client.get("/delegations?inForceOn=2026-04-06&reservedPractice=true&toSector=municipality").expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        let wrong = client.post(&format!("{place}/end"), &json!({"endedOn": "2026-04-05", "reason": "x"})).field_errors();
        assert_eq!(wrong, [("/endedOn".to_owned(), "outOfRange".to_owned())]);
        let ended = client.post(&format!("{place}/end"), &json!({"reason": "Ingen oplærte."})).expect(200);
        assert_eq!((&ended["endedOn"], &ended["stage"]), (&json!("2026-04-06"), &json!("inForce")));
        app.advance(chrono::Duration::days(1));
        assert_eq!(stage(), "over");
        assert_eq!(client.get("/delegations?inForceOn=2026-04-07").expect(200)["items"], json!([]));
    }

    fn ha_6_those_about_to_end_are_on_the_worklist_until_continued(app) {
        let client = app.secretariat();
        let due = |until: &str| client.get(&format!("/worklists/governance?kind=delegationEnds&dueUntil={until}")).expect(200)["items"].clone();
        let delegation = propose(app, &json!({"principles": all_met()})).expect(201);
        assert_eq!(due("2026-12-31"), json!([]));
        approve(app, &delegation).expect(200);
        assert_eq!(due("2026-06-29"), json!([]));
        assert_eq!(due("2026-06-30")[0]["id"], delegation["id"]);
        let next = json!({"principles": all_met(), "continuesId": delegation["id"], "validFrom": "2026-07-01", "validTo": "2026-09-30"});
        let mut other = next.clone();
        other["to"] = json!({"sector": "generalPractice", "name": "Lægehuset"});
        assert_eq!(propose(app, &other).field_errors(), [("/continuesId".to_owned(), "otherParties".to_owned())]);
        let next = propose(app, &next).expect(201);
        assert_eq!(due("2026-06-30")[0]["id"], delegation["id"], "a proposal continues nothing");
        let etag = client.get(&path("delegations", &delegation)).etag();
        approve(app, &next).expect(200);
        assert_ne!(client.get(&path("delegations", &delegation)).etag(), etag, "it is continued now");
        assert_eq!(due("2026-06-30"), json!([]));
        assert_eq!(due("2026-09-30")[0]["id"], next["id"]);
        assert_eq!(client.get(&path("delegations", &delegation)).expect(200)["continuedById"], next["id"]);
        // Over is over.
        app.advance(chrono::Duration::days(365));
        assert_eq!(due("2027-12-31"), json!([]));
    }

    fn the_worklist_of_governance_is_one_list_of_all_kinds(app) {
        let client = app.secretariat();
        let agreement = app.agreement();
        for number in 1..=3 {
            app.indicator(&agreement, number, &json!({"measuredEveryMonths": 12 * number}));
        }
        let delegation = propose(app, &json!({"principles": all_met()})).expect(201);
        approve(app, &delegation).expect(200);
        let all = client.get("/worklists/governance?dueUntil=2030-01-01&limit=100").expect(200)["items"].clone();
        let all = all.as_array().unwrap().clone();
        let kinds: Vec<&str> = all.iter().map(|item| item["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == "evaluation").count(), 2);
        assert_eq!(kinds.iter().filter(|kind| **kind == "measurement").count(), 3);
        let days: Vec<&str> = all.iter().map(|item| item["dueOn"].as_str().unwrap()).collect();
        assert!(days.is_sorted(), "{days:?}");
        // Page by page, nothing twice and nothing left out.
        let mut paged = Vec::new();
        let mut query = "dueUntil=2030-01-01&limit=2".to_owned();
        loop {
            let page = client.get(&format!("/worklists/governance?{query}")).expect(200);
            paged.extend(page["items"].as_array().unwrap().clone());
            match page["nextCursor"].as_str() {
                Some(cursor) => query = format!("dueUntil=2030-01-01&limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(paged, all);
        assert_eq!(app.other_organisation().get("/worklists/governance?dueUntil=2030-01-01").expect(200)["items"], json!([]));
    }

    fn ha_6_answers_change_one_by_one(app) {
        let client = app.secretariat();
        let delegation = propose(app, &json!({"principles": all_met()})).expect(201);
        let place = path("delegations", &delegation);
        let other = json!({"met": false, "explanation": "Ikke længere."});
        let changed = client.patch(&place, "*", &json!({"principles": {"responsibilityPlaced": other}})).expect(200);
        let mut wanted = all_met();
        wanted["responsibilityPlaced"] = other;
        assert_eq!(changed["principles"], wanted);
        // Null takes an answer back, and half an answer is none.
        let changed = client.patch(&place, "*", &json!({"principles": {"responsibilityPlaced": null}})).expect(200);
        wanted.as_object_mut().unwrap().remove("responsibilityPlaced");
        assert_eq!(changed["principles"], wanted);
        client.patch(&place, "*", &json!({"principles": {"responsibilityPlaced": {"met": true}}})).problem(400, "invalidRequest");
        client.patch(&place, "*", &json!({"principles": null})).problem(400, "invalidRequest");
        assert_eq!(client.get(&place).expect(200)["principles"], wanted);
    }
}
