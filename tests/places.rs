//! `/municipalities` and `/regions`.

use serde_json::{Value, json};

use crate::support::Caller;

fn items(client: &Caller, path: &str) -> Vec<Value> {
    client.get(path).expect(200)["items"]
        .as_array()
        .unwrap()
        .clone()
}

fn codes(client: &Caller, path: &str) -> Vec<String> {
    items(client, path)
        .iter()
        .map(|one| one["code"].as_str().unwrap().to_owned())
        .collect()
}

on_both_engines! {
    fn places_municipalities_are_found(app) {
        let client = app.client(&["organisations.read"]);
        let first = client.get("/municipalities?limit=100").expect(200);
        let cursor = first["nextCursor"].as_str().unwrap();
        let rest = client.get(&format!("/municipalities?limit=100&cursor={cursor}")).expect(200);
        let all: Vec<&Value> = first["items"].as_array().unwrap().iter().chain(rest["items"].as_array().unwrap()).collect();
        // 98 Danish, Christiansø, six of Halland.
        assert_eq!(all.len(), 105);
        assert_eq!(rest.get("nextCursor"), None);
        client.get(&format!("/municipalities?country=SE&cursor={cursor}")).problem(400, "invalidCursor");

        assert_eq!(codes(&client, "/municipalities?country=SE").len(), 6);
        assert_eq!(codes(&client, "/municipalities?name=n%C3%86stv"), ["0370"]);
        assert_eq!(codes(&client, "/municipalities?name=N%C3%A6stved&country=SE"), Vec::<String>::new());
        assert_eq!(client.get("/municipalities?country=NO").field_errors(), [("?country".to_owned(), "unknownValue".to_owned())]);
    }

    fn places_a_region_is_that_of_the_day(app) {
        let client = app.client(&["organisations.read"]);
        let region = |query: &str| client.get(&format!("/municipalities/0370{query}")).expect(200)["region"]["name"].clone();
        // The tests' clock stands in March 2026.
        assert_eq!(region(""), "Region Sjælland");
        assert_eq!(region("?validOn=2026-12-31"), "Region Sjælland");
        assert_eq!(region("?validOn=2027-01-01"), "Region Østdanmark");
        assert_eq!(region("?validOn=2006-12-31"), Value::Null);

        assert_eq!(codes(&client, "/regions"), ["1081", "1082", "1083", "1084", "1085", "13"]);
        assert_eq!(codes(&client, "/regions?validOn=2027-01-01"), ["1081", "1082", "1083", "provisional-ostdanmark", "13"]);
        assert_eq!(codes(&client, "/regions?country=SE"), ["13"]);

        // 29 + 17 municipalities, before and after the merger.
        let count = |query: &str| codes(&client, &format!("/municipalities?limit=100&{query}")).len();
        let (hovedstaden, sjaelland) = (count("regionCode=1084"), count("regionCode=1085"));
        assert_eq!((hovedstaden, sjaelland), (29, 17));
        assert_eq!(count("regionCode=1085&validOn=2027-01-01"), sjaelland);
        assert_eq!(count("regionCode=provisional-ostdanmark"), 0);
        assert_eq!(count("regionCode=provisional-ostdanmark&validOn=2027-01-01"), hovedstaden + sjaelland);
        assert_eq!(count("regionCode=none"), 0);
    }

    fn places_a_municipality_is_read_by_its_code(app) {
        let client = app.client(&["organisations.read"]);
        let answer = client.get("/municipalities/0411");
        let etag = answer.etag();
        assert_eq!(answer.expect(200), json!({"country": "DK", "code": "0411", "name": "Christiansø"}));
        let again = client.send("GET", "/municipalities/0411", &[("if-none-match", &etag)], None);
        assert_eq!(again.status, 304);
        let before = client.get("/municipalities/0370").etag();
        assert_ne!(client.get("/municipalities/0370?validOn=2027-01-01").etag(), before);
        for code in ["9999", "370", "x", "0370%20"] {
            client.get(&format!("/municipalities/{code}")).problem(404, "notFound");
        }
        assert_eq!(client.get("/municipalities/0370?validOn=tomorrow").field_errors(),
            [("?validOn".to_owned(), "invalidFormat".to_owned())]);
        app.client(&["staff.read"]).get("/regions").problem(403, "forbidden");
        app.nobody().get("/municipalities").problem(401, "unauthenticated");
    }
}
