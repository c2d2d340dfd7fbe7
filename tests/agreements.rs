//! `/health-agreements`, `/indicators` and `/measurements` (HA-1, HA-2, domain.md Places).

use serde_json::{Value, json};

use crate::support::governance::path;
use crate::support::{Answer, TestApp};

fn measure(app: &TestApp, indicator: &Value, own: &Value) -> Answer {
    let mut body = json!({"indicatorId": indicator["id"]});
    for (field, value) in own.as_object().unwrap() {
        body[field] = value.clone();
    }
    app.secretariat().post("/measurements", &body)
}

fn of_year(app: &TestApp, indicator: &Value, code: &str, year: i32, ratio: (i64, i64)) -> Answer {
    measure(
        app,
        indicator,
        &json!({
            "area": {"kind": "region", "code": code}, "periodFrom": format!("{year}-01-01"), "periodTo": format!("{year}-12-31"),
            "numerator": ratio.0, "denominator": ratio.1,
        }),
    )
}

fn read(app: &TestApp, indicator: &Value) -> Value {
    app.secretariat()
        .get(&path("indicators", indicator))
        .expect(200)
}

on_both_engines! {
    fn ha_1_an_agreement_is_four_years_between_a_region_and_its_municipalities(app) {
        let agreement = app.agreement();
        assert_eq!(agreement["periodTo"], "2027-12-31");
        assert_eq!((&agreement["midwayOn"], &agreement["stage"]), (&json!("2025-12-31"), &json!("running")));
        let client = app.secretariat();
        let place = path("health-agreements", &agreement);
        let etag = client.get(&place).etag();
        let changed = client.patch(&place, &etag, &json!({"title": "Forlænget", "periodTo": "2028-06-30"})).expect(200);
        assert_eq!((&changed["title"], &changed["version"]), (&json!("Forlænget"), &json!(2)));
        let list = client.get("/health-agreements?validOn=2028-06-30&agreementType=healthAgreement").expect(200);
        assert_eq!(list["items"], json!([changed]));
        assert_eq!(client.get("/health-agreements?validOn=2028-07-01").expect(200)["items"], json!([]));
        let mut body = json!({
            "programmeId": agreement["programmeId"], "agreementType": "localHealthPlan", "title": "Plan",
            "regionCode": "provisional-ostdanmark", "periodFrom": "2026-06-01", "vision": "x", "objectives": [{"title": "y"}],
            "parties": [{"kind": "municipality", "name": "Aalborg", "municipalityCode": "0851"}, {"kind": "region", "name": "z"}],
        });
        // The region does not exist yet; and Aalborg lies in another one.
        assert_eq!(client.post("/health-agreements", &body).field_errors(), [("/regionCode".to_owned(), "regionNotValid".to_owned())]);
        body["periodFrom"] = json!("2027-01-01");
        let wrong = client.post("/health-agreements", &body).field_errors();
        assert_eq!(wrong, [("/parties/0/municipalityCode".to_owned(), "otherRegion".to_owned())]);
        body["parties"][0]["municipalityCode"] = json!("0370");
        let plan = client.post("/health-agreements", &body).expect(201);
        assert_eq!((&plan["stage"], &plan["periodTo"]), (&json!("upcoming"), &json!("2030-12-31")));
        app.other_organisation().get(&place).problem(404, "notFound");
    }

    fn ha_2_status_and_trend_follow_the_measurements(app) {
        let agreement = app.agreement();
        let indicator = app.indicator(&agreement, 1, &json!({"tolerance": 1}));
        assert_eq!(indicator["assessment"], json!({"status": "notMeasured", "trend": "unknown", "regionCode": "1085"}));
        of_year(app, &indicator, "1085", 2024, (70, 100)).expect(201);
        assert_eq!(read(app, &indicator)["assessment"]["status"], "onTrack");
        let bad = of_year(app, &indicator, "1085", 2025, (65, 100)).expect(201);
        let assessment = read(app, &indicator)["assessment"].clone();
        assert_eq!((&assessment["status"], &assessment["trend"]), (&json!("behind"), &json!("worsening")));
        assert_eq!((&assessment["latestValue"], &assessment["latestTo"]), (&json!(65), &json!("2025-12-31")));
        // A correction; and a share of another area changes nothing.
        let client = app.secretariat();
        let place = path("measurements", &bad);
        let etag = client.get(&place).etag();
        let corrected = client.patch(&place, &etag, &json!({"numerator": 100, "denominator": 100, "note": "Rettet."})).expect(200);
        assert_eq!((&corrected["value"], &corrected["version"]), (&json!(100), &json!(2)));
        client.patch(&place, &etag, &json!({"value": 1})).problem(412, "staleVersion");
        measure(app, &indicator, &json!({"area": {"kind": "country", "code": "DK"}, "periodFrom": "2026-01-01",
            "periodTo": "2026-01-31", "value": 12.5})).expect(201);
        let assessment = read(app, &indicator)["assessment"].clone();
        assert_eq!((&assessment["status"], &assessment["trend"]), (&json!("reached"), &json!("improving")));
        let found = client.get(&format!("/measurements?indicatorId={}&areaKind=region", indicator["id"].as_str().unwrap())).expect(200);
        assert_eq!(found["items"].as_array().unwrap().len(), 2);
        assert_eq!(found["items"][0], corrected);
    }

    fn ha_2_an_area_has_one_figure_of_a_day(app) {
        let agreement = app.agreement();
        let indicator = app.indicator(&agreement, 1, &json!({}));
        of_year(app, &indicator, "1085", 2025, (1, 2)).expect(201);
        for (from, to) in [("2025-12-31", "2026-01-31"), ("2024-06-01", "2025-01-01"), ("2025-03-01", "2025-03-31")] {
            let body = json!({"periodFrom": from, "periodTo": to, "value": 50});
            measure(app, &indicator, &body).problem(409, "conflict");
        }
        let beside = json!({"area": {"kind": "municipality", "code": "0370"}, "periodFrom": "2025-03-01", "periodTo": "2025-03-31", "value": 50});
        measure(app, &indicator, &beside).expect(201);
        for (own, error) in [
            (json!({"periodFrom": "2026-03-01", "periodTo": "2026-03-28", "value": 1}), ("/periodTo", "inTheFuture")),
            (json!({"periodFrom": "2026-01-01", "periodTo": "2026-01-31"}), ("/value", "required")),
            (json!({"periodFrom": "2026-01-01", "periodTo": "2026-01-31", "numerator": 2}), ("/denominator", "required")),
            (json!({"periodFrom": "2026-01-01", "periodTo": "2026-01-31", "numerator": 3, "denominator": 2}), ("/numerator", "exceedsDenominator")),
            (json!({"area": {"kind": "region", "code": "provisional-ostdanmark"}, "periodFrom": "2026-01-01", "periodTo": "2026-01-31", "value": 1}), ("/area/code", "regionNotValid")),
        ] {
            let found = measure(app, &indicator, &own).field_errors();
            assert_eq!(found, [(error.0.to_owned(), error.1.to_owned())], "{own}");
        }
        let taken = json!({"healthAgreementId": agreement["id"], "number": 1, "name": "x", "level": "national", "measure": "quantity",
            "unit": "count", "direction": "decrease", "source": "y"});
        assert_eq!(app.secretariat().post("/indicators", &taken).field_errors(), [("/number".to_owned(), "taken".to_owned())]);
    }

    fn places_figures_are_comparable_across_the_merger(app) {
        app.clock.set("2028-01-15T09:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().into());
        let agreement = app.agreement();
        let indicator = app.indicator(&agreement, 1, &json!({}));
        of_year(app, &indicator, "1084", 2026, (300, 400)).expect(201);
        of_year(app, &indicator, "1085", 2026, (50, 100)).expect(201);
        // What is not said is the agreement's region, and after the merger its successor.
        let after = measure(app, &indicator, &json!({"periodFrom": "2027-01-01", "periodTo": "2027-12-31", "numerator": 400, "denominator": 500})).expect(201);
        assert_eq!(after["area"], json!({"kind": "region", "code": "provisional-ostdanmark"}));
        of_year(app, &indicator, "1085", 2027, (1, 2)).problem(400, "invalidRequest");
        let client = app.secretariat();
        let compare = |on: &str| client.get(&format!("{}/comparison?comparableOn={on}", path("indicators", &indicator))).expect(200);
        let merged = compare("2027-01-01");
        assert_eq!(merged["series"].as_array().unwrap().len(), 1);
        let figures = &merged["series"][0]["figures"];
        assert_eq!((&figures[0]["value"], &figures[1]["value"]), (&json!(70), &json!(80)));
        assert_eq!(figures[0]["parts"], json!(["1084", "1085"]));
        assert_eq!(compare("2026-12-31")["series"].as_array().unwrap().len(), 3);
        let assessment = read(app, &indicator)["assessment"].clone();
        assert_eq!((&assessment["regionCode"], &assessment["trend"]), (&json!("provisional-ostdanmark"), &json!("improving")));
    }

    fn ha_2_the_chart_is_an_image_with_words_and_a_tag(app) {
        let agreement = app.agreement();
        let indicator = app.indicator(&agreement, 1, &json!({"name": "<b>Opfølgning</b> & \"mere\""}));
        of_year(app, &indicator, "1085", 2025, (75, 100)).expect(201);
        let client = app.secretariat();
        let place = format!("{}/chart", path("indicators", &indicator));
        let answer = client.get(&place);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/svg+xml")));
        let (etag, svg) = (answer.etag(), answer.text());
        assert!(svg.starts_with("<svg ") && svg.contains("<desc id=\"desc\">") && svg.contains("Mål 100"), "{svg}");
        assert!(svg.contains("1. &lt;b&gt;Opfølgning&lt;/b&gt; &amp; &quot;mere&quot;</title>") && !svg.contains("<b>"), "{svg}");
        let again = client.send("GET", &place, &[("if-none-match", &etag)], None);
        assert_eq!((again.status, again.body.len()), (304, 0));
        measure(app, &indicator, &json!({"area": {"kind": "municipality", "code": "0370"}, "periodFrom": "2026-01-01", "periodTo": "2026-01-31", "value": 12.5})).expect(201);
        let beside = client.get(&format!("{place}?municipalityCode=0370"));
        assert_ne!(beside.etag(), etag);
        assert!(beside.text().contains("Næstved (%): 31-01-2026: 12,5"));
        app.other_organisation().get(&place).problem(404, "notFound");
    }

    fn ha_2_a_late_measurement_is_on_the_worklist(app) {
        let agreement = app.agreement();
        let indicator = app.indicator(&agreement, 1, &json!({"measuredEveryMonths": 12}));
        assert_eq!(indicator["nextDueOn"], "2024-12-31");
        let due = || app.secretariat().get("/worklists/governance?kind=measurement").expect(200)["items"].clone();
        assert_eq!(due(), json!([{"kind": "measurement", "id": indicator["id"], "programmeId": agreement["programmeId"],
            "title": "Aftalt opfølgning", "dueOn": "2024-12-31", "overdue": true}]));
        of_year(app, &indicator, "1085", 2024, (1, 2)).expect(201);
        // Another region's figures are not awaited, and the next own ones lie far ahead.
        of_year(app, &indicator, "1084", 2025, (1, 2)).expect(201);
        assert_eq!(read(app, &indicator)["nextDueOn"], "2025-12-31");
        of_year(app, &indicator, "1085", 2025, (1, 2)).expect(201);
        assert_eq!((read(app, &indicator)["nextDueOn"].clone(), due()), (json!("2026-12-31"), json!([])));
    }

    fn ha_2_a_share_in_percent_is_of_a_whole(app) {
        let client = app.secretariat();
        let agreement = app.agreement();
        let indicator = app.indicator(&agreement, 1, &json!({}));
        let year = |year: i32, value: f64| measure(app, &indicator, &json!({
            "periodFrom": format!("{year}-01-01"), "periodTo": format!("{year}-12-31"), "value": value,
        }));
        for beyond in [-5.0, -0.0001, 100.0001, 250.0] {
            assert_eq!(year(2024, beyond).field_errors(), [("/value".to_owned(), "outOfRange".to_owned())]);
        }
        year(2024, 100.0).expect(201);
        let measured = year(2025, 0.0).expect(201);
        let beyond = client.patch(&path("measurements", &measured), "*", &json!({"value": 101})).field_errors();
        assert_eq!(beyond, [("/value".to_owned(), "outOfRange".to_owned())]);
        let place = path("indicators", &indicator);
        let beyond = client.patch(&place, "*", &json!({"target": {"value": 101, "by": "2027-12-31"}, "baseline": {"value": -1, "on": "2023-12-31"}}));
        let fields: Vec<String> = beyond.field_errors().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(fields, ["/baseline/value", "/target/value"]);
        // Money may be lost.
        let money = app.indicator(&agreement, 2, &json!({"unit": "kroner", "baseline": {"value": -500, "on": "2023-12-31"}}));
        measure(app, &money, &json!({"periodFrom": "2024-01-01", "periodTo": "2024-12-31", "value": -250})).expect(201);
    }

    fn ha_2_measurements_are_awaited_for_as_long_as_the_agreement_lasts(app) {
        let client = app.secretariat();
        let agreement = app.agreement();
        let indicator = app.indicator(&agreement, 1, &json!({"measuredEveryMonths": 3}));
        assert_eq!(indicator["nextDueOn"], "2024-03-31");
        let place = path("health-agreements", &agreement);
        client.patch(&place, "*", &json!({"periodTo": "2024-02-29"})).expect(200);
        assert_eq!(read(app, &indicator)["nextDueOn"], Value::Null);
        client.patch(&place, "*", &json!({"periodTo": "2027-12-31"})).expect(200);
        assert_eq!(read(app, &indicator), indicator);
        let list = client.get("/indicators").expect(200);
        assert_eq!(list["items"], json!([indicator]));
    }
}
