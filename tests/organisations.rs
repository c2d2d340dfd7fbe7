//! `/organisations`.

use serde_json::json;

on_both_engines! {
    fn an_administrator_builds_the_tree(app) {
        let client = app.client(&["organisations.read", "organisations.write"]);
        let created = client.post("/organisations", &json!({
            "partOf": app.controller, "kind": "hospital", "name": "Sygehus Nord",
            "identifiers": [{"system": "http://cvr.dk", "value": "29190658"}],
        }));

        let etag = created.etag();
        let location = created.header("location").unwrap().to_owned();
        let hospital = created.expect(201);
        assert_eq!(hospital["controllerId"], json!(app.controller));
        let path = location.strip_prefix("/v1").unwrap();
        assert_eq!(client.get(path).expect(200), hospital);

        let changed = client.patch(path, &etag, &json!({"name": "Sygehus Syd"})).expect(200);
        assert_eq!(changed["name"], "Sygehus Syd");
        client.patch(path, &etag, &json!({"name": "Sygehus Vest"})).problem(412, "staleVersion");
        client.send("PATCH", path, &[], Some(&json!({}))).problem(428, "versionRequired");

        let list = client.get("/organisations?kind=hospital").expect(200);
        assert_eq!(list["items"], json!([changed]));
        app.other_organisation().get(path).problem(404, "notFound");
        app.nobody().get(path).problem(401, "unauthenticated");
        app.client(&["patients.read"]).get(path).problem(403, "forbidden");
    }

    fn everything_wrong_is_named_at_once(app) {
        let client = app.client(&["organisations.write"]);
        let errors = client.post("/organisations", &json!({
            "kind": "castle", "name": "", "extra": 1, "identifiers": [{"system": "http://cvr.dk"}],
        })).field_errors();
        let pointers: Vec<&str> = errors.iter().map(|(pointer, _)| pointer.as_str()).collect();
        for pointer in ["/extra", "/kind", "/name", "/partOf", "/identifiers/0/value"] {
            assert!(pointers.contains(&pointer), "{pointer} in {errors:?}");
        }
        assert_eq!(client.post("/organisations?colour=red", &json!({})).field_errors(),
            [("?colour".to_owned(), "unknownParameter".to_owned())]);
    }
}
