//! `/matches` (HF-5): gates, reasons, determinism, many volunteers.

use brobygger::matches::{self, Need};
use brobygger::platform::access::Actor;
use brobygger::platform::app::Cx;
use brobygger::platform::error::Error;
use brobygger::platform::http::request::RequestInfo;
use brobygger::programmes::ProgrammeId;
use brobygger::volunteers::{self, NewVolunteer};
use chrono::{Datelike as _, NaiveDate};
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

fn matched(client: &Caller, app: &TestApp, own: &Value) -> Value {
    let mut need = json!({"programmeId": app.programme_of("HF")["id"]});
    for (field, value) in own.as_object().unwrap() {
        need[field] = value.clone();
    }
    client.post("/matches", &need).expect(200)
}

fn candidates(ranking: &Value) -> Vec<Value> {
    ranking["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["volunteerId"].clone())
        .collect()
}

fn gate_of<'a>(ranking: &'a Value, volunteer: &Value) -> &'a Value {
    ranking["excluded"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["volunteerId"] == volunteer["id"])
        .map_or(&Value::Null, |one| &one["gate"])
}

on_both_engines! {
    fn hf_5_an_answer_says_why_and_why_not(app) {
        let client = app.volunteer_coordinator();
        let best = app.active_volunteer(&json!({
            "birthDate": "1961-01-01", "publicProfile": {"published": true, "displayName": "Birgit"},
            "experience": [{"kind": "diagnosis", "system": "sks", "code": "DI21", "on": "2023-01-01", "whose": "own"}]}));
        let second = app.active_volunteer(&json!({}));
        let other = app.active_volunteer(&json!({"subtypes": ["relativeSupporter"]}));
        let foreign = app.active_volunteer(&json!({"languages": ["ar"]}));
        let full = app.active_volunteer(&json!({"capacityPerWeek": 0}));
        let candidate = app.candidate(&json!({}));
        let away = app.active_volunteer(&json!({}));
        client.post(&format!("/volunteers/{}/leave", away["id"].as_str().unwrap()), &json!({"reason": "travel"})).expect(200);
        let gone = app.active_volunteer(&json!({}));
        client.post(&format!("/volunteers/{}/departure", gone["id"].as_str().unwrap()), &json!({"reason": "ownWish"})).expect(200);

        let need = json!({"subtypes": ["patientSupporter"], "languages": ["da"], "birthYear": 1963,
            "diagnoses": [{"system": "sks", "code": "DI21"}]});
        let ranking = matched(&client, app, &need);
        assert_eq!(candidates(&ranking), [best["id"].clone(), second["id"].clone()]);
        for (one, gate) in [(&other, "subtype"), (&foreign, "language"), (&full, "capacity"),
            (&candidate, "notActive"), (&away, "onLeave")] {
            assert_eq!(gate_of(&ranking, one), gate);
        }
        assert_eq!(gate_of(&ranking, &gone), &Value::Null);
        assert_eq!(ranking["candidatesTotal"], 2);
        let first = &ranking["candidates"][0];
        assert_eq!(first["displayName"], "Birgit");
        let parts: Vec<(&str, u64, u64)> = first["reasons"].as_array().unwrap().iter()
            .map(|reason| (reason["code"].as_str().unwrap(), reason["weight"].as_u64().unwrap(), reason["points"].as_u64().unwrap()))
            .collect();
        assert_eq!(parts, [("diagnosis", 30, 100), ("timeSinceIllness", 10, 100), ("age", 10, 90), ("load", 10, 100)]);
        assert_eq!(first["score"], 30 * 100 + 1000 + 900 + 1000);
        assert_eq!(ranking["maximum"], 6000);
        assert_eq!(matched(&client, app, &need), ranking);

        // What changes is seen at once: a volunteer, and the programme's weights.
        client.patch(&format!("/volunteers/{}", best["id"].as_str().unwrap()), "*", &json!({"languages": ["sv"]})).expect(200);
        assert_eq!(gate_of(&matched(&client, app, &need), &best), "language");
        app.client(&["programmes.write"]).patch(&format!("/programmes/{}", best["programmeId"].as_str().unwrap()), "*",
            &json!({"policy": {"matching": {"diagnosis": 0, "age": 0, "timeSinceIllness": 0}}})).expect(200);
        assert_eq!(matched(&client, app, &need)["maximum"], 1000);
    }

    fn hf_5_nobody_is_matched_with_the_own_ward_or_against_a_conflict(app) {
        let client = app.volunteer_coordinator();
        let (ward, elsewhere) = (app.ward(), app.ward());
        let hospital = app.client(&["organisations.read"])
            .get(&format!("/organisations/{}", ward.as_str().unwrap())).expect(200)["partOf"].clone();
        let patient = app.client(&["patients.write"]).post("/patients",
            &json!({"name": {"given": "Anna", "family": "Prøve"}})).expect(201);
        let works = |organisation: &Value| json!({"conflicts": [{"kind": "employment", "organisationId": organisation}]});
        let on_ward = app.active_volunteer(&works(&ward));
        let in_hospital = app.active_volunteer(&works(&hospital));
        let in_region = app.active_volunteer(&works(&json!(app.controller)));
        let treated = app.active_volunteer(&json!({"conflicts": [{"kind": "treatment", "organisationId": ward}]}));
        let family = app.active_volunteer(&json!({"conflicts": [{"kind": "family", "patientId": patient["id"]}]}));
        let past = app.active_volunteer(&json!({"conflicts": [{"kind": "employment", "organisationId": ward, "until": "2026-03-26"}]}));

        let ranking = matched(&client, app, &json!({"wardId": ward, "patientId": patient["id"]}));
        for (one, gate) in [(&on_ward, "ownWorkplace"), (&in_hospital, "ownWorkplace"),
            (&treated, "conflictOfInterest"), (&family, "conflictOfInterest")] {
            assert_eq!(gate_of(&ranking, one), gate);
        }
        assert_eq!(candidates(&ranking), [in_region["id"].clone(), past["id"].clone()]);
        assert_eq!(matched(&client, app, &json!({"wardId": elsewhere}))["candidatesTotal"], 6);
    }

    fn hf_2_who_must_repeat_a_step_is_not_matched(app) {
        let client = app.volunteer_coordinator();
        let volunteer = app.active_volunteer(&json!({}));
        let then = json!({"from": "2029-03-28T10:00:00Z", "to": "2029-03-28T11:00:00Z"});
        assert_eq!(gate_of(&matched(&client, app, &then), &volunteer), "onboardingExpired");
        assert_eq!(candidates(&matched(&client, app, &json!({}))), [volunteer["id"].clone()]);
    }

    fn hf_5_what_is_wrong_with_a_need_is_named(app) {
        let client = app.volunteer_coordinator();
        let hf = app.programme_of("HF")["id"].clone();
        let unknown = "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70";
        for (need, pointer) in [
            (json!({"programmeId": unknown}), "/programmeId"),
            (json!({"programmeId": hf, "patientId": unknown}), "/patientId"),
            (json!({"programmeId": hf, "wardId": unknown}), "/wardId"),
            (json!({"programmeId": hf, "from": app.now()}), "/to"),
            (json!({"programmeId": hf, "limit": 101}), "/limit"),
        ] {
            assert_eq!(client.post("/matches", &need).field_errors()[0].0, pointer);
        }
        app.other_organisation().post("/matches", &json!({"programmeId": hf})).field_errors();
    }

    fn hf_5_what_was_rolled_back_is_not_remembered(app) {
        let client = app.volunteer_coordinator();
        let volunteer = app.active_volunteer(&json!({}));
        let programme: ProgrammeId = serde_json::from_value(volunteer["programmeId"].clone()).unwrap();
        assert_eq!(matched(&client, app, &json!({}))["candidatesTotal"], 1);
        let new: NewVolunteer = serde_json::from_value(app.volunteer_json(&json!({"languages": ["da"]}))).unwrap();
        let (service, actor) = (app.app.clone(), Actor::service(app.controller));
        let refused = app.app.db.write_blocking(move |tx| {
            let request = RequestInfo::default();
            let mut cx = Cx::new(&service, &actor, &request, tx.conn());
            volunteers::make_active(&mut cx, programme, std::slice::from_ref(&new))?;
            // What the transaction has written so far counts in it.
            assert_eq!(matches::fitting(&mut cx, &Need::of(programme))?.len(), 2);
            Err::<(), _>(Error::conflict("It shall not be."))
        });
        assert!(refused.is_err());
        assert_eq!(matched(&client, app, &json!({}))["candidatesTotal"], 1);
        // The next change has the revision that was taken back.
        app.make_active(&[json!({"languages": ["sv"]})]);
        assert_eq!(matched(&client, app, &json!({}))["candidatesTotal"], 2);
        assert_eq!(matched(&client, app, &json!({"languages": ["da"]}))["candidatesTotal"], 1);
    }

    fn hf_5_five_hundred_volunteers_rank_right(app) {
        let client = app.volunteer_coordinator();
        let people: Vec<Person> = (0..500).map(Person::number).collect();
        let bodies: Vec<Value> = people.iter().map(Person::json).collect();
        let ids: Vec<Value> = app.make_active(&bodies).into_iter().map(|id| json!(id)).collect();
        let need = json!({"subtypes": ["patientSupporter", "parentSupporter"], "languages": ["da", "sv"],
            "phase": "after", "diagnoses": [{"system": "sks", "code": "DI21"}, {"system": "sks", "code": "DI48"}],
            "birthYear": 1965, "lifeSituation": ["retired"], "limit": 100, "excludedLimit": 10_000});

        let mut expected: Vec<(u32, usize)> = people.iter().enumerate()
            .filter(|(_, person)| person.stopped_by().is_none())
            .map(|(index, person)| (person.score(), index))
            .collect();
        // Ids are made in order, so the index decides among equals.
        expected.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let ranking = matched(&client, app, &need);
        assert_eq!(ranking["candidatesTotal"], expected.len());
        let named: Vec<(u32, Value)> = ranking["candidates"].as_array().unwrap().iter()
            .map(|one| (serde_json::from_value(one["score"].clone()).unwrap(), one["volunteerId"].clone()))
            .collect();
        let right: Vec<(u32, Value)> = expected.iter().take(100)
            .map(|(score, index)| (*score, ids[*index].clone())).collect();
        for (named, right) in named.iter().zip(&right) {
            assert_eq!(named, right);
        }
        assert_eq!(named.len(), right.len());
        for (person, id) in people.iter().zip(&ids) {
            assert_eq!(gate_of(&ranking, &json!({"id": id})).as_str(), person.stopped_by());
        }
        assert!(expected.len() > 100 && ranking["excluded"].as_array().unwrap().len() > 100);
        assert_eq!(matched(&client, app, &need), ranking);
    }
}

/// Somebody whose particulars follow from a number, and what matching must say of them: written
/// down a second time, in another way than in the service.
struct Person {
    subtype: &'static str,
    language: &'static str,
    phase: Option<&'static str>,
    diagnoses: Vec<&'static str>,
    on: NaiveDate,
    birth: NaiveDate,
    retired: bool,
    capacity: u32,
}

impl Person {
    fn number(n: u32) -> Self {
        let pick = |list: &[&'static str], by: u32| list[((n / by) as usize) % list.len()];
        Self {
            subtype: pick(
                &[
                    "patientSupporter",
                    "relativeSupporter",
                    "parentSupporter",
                    "patientSupporter",
                ],
                1,
            ),
            language: pick(&["da", "sv", "ar", "da", "da-DK"], 3),
            phase: [None, Some("after"), Some("before")][((n / 7) % 3) as usize],
            diagnoses: [
                vec![],
                vec!["DI21"],
                vec!["DI214", "DI48"],
                vec!["DI21", "DI48"],
            ][((n / 2) % 4) as usize]
                .clone(),
            on: NaiveDate::from_ymd_opt(2012 + (n % 15).cast_signed(), 1 + n % 3, 5).unwrap(),
            birth: NaiveDate::from_ymd_opt(1940 + (n % 53).cast_signed(), 6, 1).unwrap(),
            retired: n % 5 < 2,
            capacity: n % 9,
        }
    }

    fn json(&self) -> Value {
        let experience: Vec<Value> = self.diagnoses.iter()
            .map(|code| json!({"kind": "diagnosis", "system": "sks", "code": code, "on": self.on, "whose": "own"}))
            .collect();
        json!({"subtypes": [self.subtype], "languages": [self.language], "experience": experience,
            "phases": self.phase.into_iter().collect::<Vec<_>>(), "birthDate": self.birth,
            "lifeSituation": if self.retired { json!(["Retired"]) } else { json!([]) },
            "capacityPerWeek": self.capacity})
    }

    fn stopped_by(&self) -> Option<&'static str> {
        if self.subtype == "relativeSupporter" {
            Some("subtype")
        } else if self.language == "ar" {
            Some("language")
        } else if self.phase == Some("before") {
            Some("phase")
        } else if self.capacity == 0 {
            Some("capacity")
        } else {
            None
        }
    }

    /// The weights of the HF preset: diagnosis 30, time 10, age 10, situation 10, load 10.
    fn score(&self) -> u32 {
        let near = |wanted: &str| -> f64 {
            self.diagnoses
                .iter()
                .map(|code| {
                    if *code == wanted {
                        100.0
                    } else if code.starts_with(wanted) {
                        60.0
                    } else {
                        0.0
                    }
                })
                .fold(0.0, f64::max)
        };
        let diagnosis = ((near("DI21") + near("DI48")) / 2.0).floor();
        let today = NaiveDate::from_ymd_opt(2026, 3, 27).unwrap();
        let months = (today.year() - self.on.year()) * 12 + 3 - self.on.month().cast_signed();
        let time = if self.diagnoses.is_empty() {
            0
        } else if months < 12 {
            months * 100 / 12
        } else if months < 120 {
            100
        } else {
            50
        };
        let age = (100 - (1965 - self.birth.year()).abs() * 5).max(0);
        let score = diagnosis * 30.0
            + f64::from(time * 10 + age * 10 + i32::from(self.retired) * 1000 + 1000);
        score as u32
    }
}
