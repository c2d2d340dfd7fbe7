//! Key rotation: what older keys have sealed is sealed again, while the service runs.

use std::sync::Arc;

use brobygger::patients;
use brobygger::platform::access::Actor;
use brobygger::platform::app::Cx;
use brobygger::platform::crypto::KeyRing;
use brobygger::platform::db::{Db, Sizes};
use brobygger::platform::http::request::RequestInfo;
use brobygger::platform::http::server;
use brobygger::platform::rotation::{SEALED, rotate};
use serde_json::json;

on_both_engines! {
    fn everything_sealed_is_sealed_again_and_still_read(app) {
        let client = app.client_with_everything();
        let created = client.post_with("/patients", &[("idempotency-key", "rotation-1")], &json!({
            "name": {"given": "Anna", "family": "Prøvesen"},
            "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": "070761-4285"}],
        })).expect(201);
        let keys = Arc::new(KeyRing::add_key(&app.app.config.keys_path()).unwrap());
        assert_eq!(keys.current(), 2);
        let db = Db::open(&app.url, None, Sizes { readers: 1, points: 1, writers: 1 }, Arc::clone(&keys)).unwrap();
        let sealed_again = |table, column| rotate(&db, &keys, table, column).unwrap();
        for (table, column) in SEALED {
            let count = sealed_again(table, column);
            let expected = u64::from(matches!(*table, "patients" | "idempotency_keys"));
            assert_eq!(count, expected, "{table}.{column}");
            assert_eq!(sealed_again(table, column), 0, "{table}.{column} a second time");
        }
        // The running service has the older ring and cannot read what the new key sealed: that is
        // why instances restart between `keys add` and `keys rotate`. A new one reads everything.
        let restarted = server::open(app.app.config.clone(), &app.url, None, app.clock.clone()).unwrap();
        let id = created["id"].as_str().unwrap().parse().unwrap();
        let actor = Actor::service(app.controller);
        let patient = restarted.db.read_blocking(|conn| {
            patients::find(&mut Cx::new(&restarted, &actor, &RequestInfo::default(), conn), id)
        }).unwrap();
        assert_eq!(patient.name.given.as_str(), "Anna");
        client.get(&format!("/patients/{id}")).problem(500, "internal");
    }
}
