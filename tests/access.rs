//! Who may do what, over EVERY operation of the document: nobody, somebody without the scope,
//! somebody with it, another organisation, and tokens that are no longer good.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use brobygger::platform::access::ActorKind;
use brobygger::platform::access::clients;
use brobygger::platform::access::policy::{self, Action};
use brobygger::platform::access::tokens::{Bearer, Tokens};
use brobygger::platform::id::Id;
use uuid::Uuid;

use crate::support::contract::{self, Operation};
use crate::support::seed::Seeded;
use crate::support::{Answer, Caller, TestApp, snapshot};

/// Operations that nobody needs a token for. This list may only shrink.
const PUBLIC: &[&str] = &["issue_token", "read_jwks"];

/// Operations whose path names nothing that belongs to an organisation: places.
const SHARED: &[&str] = &[
    "municipalityCode",
    "regionCode",
    "code",
    "presetCode",
    "templateFile",
];

/// What is there only later in the life of what the seed makes.
const LATER: &[&str] = &["read_closing_note"];

fn secured() -> impl Iterator<Item = Operation> {
    contract::operations()
        .into_iter()
        .filter(|operation| !PUBLIC.contains(&&*operation.id))
}

fn none() -> BTreeMap<String, Uuid> {
    BTreeMap::new()
}

#[test]
fn the_list_of_public_operations_is_complete_and_not_too_long() {
    let public: Vec<String> = contract::operations()
        .into_iter()
        .filter(Operation::is_public)
        .map(|operation| operation.id)
        .collect();
    for id in &public {
        assert!(PUBLIC.contains(&&**id), "{id} needs no scope");
    }
    for id in PUBLIC {
        assert!(
            public.iter().any(|known| known == id),
            "{id} is not public any more: take it off"
        );
    }
    for operation in secured() {
        assert_eq!(operation.scopes.len(), 1, "{}", operation.id);
        assert!(
            policy::action_of(&operation.scopes[0]).is_some(),
            "{}: {:?}",
            operation.id,
            operation.scopes
        );
    }
}

#[test]
fn the_matrix_for_people_who_do_not_read_rust_is_current() {
    snapshot("docs/access-matrix.txt", &policy::matrix());
}

#[track_caller]
fn assert_unauthenticated(answer: Answer, operation: &Operation) {
    assert_eq!(
        answer.header("www-authenticate"),
        Some("Bearer realm=\"brobygger\""),
        "{}",
        operation.id
    );
    answer.problem(401, "unauthenticated");
}

on_both_engines! {
    fn nobody_gets_nowhere(app) {
        for operation in secured() {
            assert_unauthenticated(operation.call(&app.nobody(), &none()), &operation);
        }
    }

    fn every_scope_but_the_right_one_is_not_enough(app) {
        for operation in secured() {
            let others: Vec<&str> = Action::ALL
                .iter()
                .map(|action| action.scope())
                .filter(|scope| !operation.scopes.iter().any(|own| own == scope))
                .collect();
            let caller = app.client(&others);
            let problem = operation.call(&caller, &none()).problem(403, "forbidden");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(&operation.scopes[0]), "{}: {detail}", operation.id);
        }
    }

    fn the_right_scope_alone_is_enough(app) {
        for operation in secured() {
            let scopes: Vec<&str> = operation.scopes.iter().map(String::as_str).collect();
            let answer = operation.call(&app.client(&scopes), &none());
            assert!(
                !matches!(answer.status, 401 | 403 | 405 | 415) && answer.status < 500,
                "{}: {} {}", operation.id, answer.status, answer.text()
            );
        }
    }

    fn another_organisation_finds_nothing(app) {
        let seeded = Seeded::new(app);
        let stranger = app.other_organisation();
        let mut tried = 0;
        for operation in secured() {
            if operation.path_parameters.is_empty()
                || operation.path_parameters.iter().any(|name| SHARED.contains(&&**name))
            {
                continue;
            }
            for name in &operation.path_parameters {
                assert!(seeded.ids.contains_key(name), "the seed makes no {name} for {}", operation.id);
            }
            operation.call(&stranger, &seeded.ids).problem(404, "notFound");
            tried += 1;
        }
        assert!(tried > 1);
        // And its lists are empty of what is not its own.
        for operation in secured() {
            if operation.method != "GET" || !operation.path_parameters.is_empty() {
                continue;
            }
            let text = operation.call(&stranger, &seeded.ids).text();
            for (name, id) in &seeded.ids {
                assert!(!text.contains(&id.to_string()), "{} shows a {name} of another organisation", operation.id);
            }
        }
    }

    fn the_owner_finds_what_the_stranger_does_not(app) {
        let seeded = Seeded::new(app);
        let owner = app.client_with_everything();
        for operation in secured() {
            let reads = operation.method == "GET"
                && !operation.path_parameters.iter().any(|name| SHARED.contains(&&**name));
            if reads && !LATER.contains(&&*operation.id) {
                let answer = operation.call(&owner, &seeded.ids);
                assert_eq!(answer.status, 200, "{}: {}", operation.id, answer.text());
            }
        }
    }

    fn tokens_that_are_no_good_are_refused_everywhere(app) {
        let own = app.client_with_everything();
        let token = own.token.clone().unwrap();
        let (head, signature) = token.rsplit_once('.').unwrap();
        let (header, claims) = head.split_once('.').unwrap();
        let unsigned = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .encode(br#"{"typ":"JWT","alg":"none"}"#);
        let bad = [
            "garbage".to_owned(),
            "a.b.c".to_owned(),
            format!("{head}."),
            format!("{header}.{claims}A.{signature}"),
            format!("{unsigned}.{claims}."),
            format!("{unsigned}.{claims}.{signature}"),
            signed_by_another_key(app),
        ];
        for operation in secured() {
            for token in &bad {
                let caller = Caller { token: Some(token.clone()), ..own.clone() };
                assert_unauthenticated(operation.call(&caller, &none()), &operation);
            }
        }
    }

    fn an_expired_token_is_refused_also_when_it_was_believed_before(app) {
        let caller = expiring(app);
        caller.get("/organisations").expect(200);
        app.advance(chrono::Duration::seconds(61));
        for operation in secured() {
            assert_unauthenticated(operation.call(&caller, &none()), &operation);
        }
    }

    fn a_revoked_client_is_refused(app) {
        let caller = app.client(&["organisations.read"]);
        let id = subject(&caller);
        let now = app.clock.now();
        app.app
            .db
            .write_blocking(move |tx| clients::revoke(tx.conn(), Id::from_uuid(id), now))
            .unwrap();
        caller.get("/organisations").problem(401, "unauthenticated");
    }

    fn somebody_who_is_nobody_is_refused(app) {
        for kind in [ActorKind::Client, ActorKind::Person, ActorKind::Patient, ActorKind::Volunteer, ActorKind::Service] {
            let caller = app.bearer(&bearer(app, kind, Uuid::now_v7()));
            caller.get("/organisations").problem(401, "unauthenticated");
        }
        let mut homeless = bearer(app, ActorKind::Client, subject(&app.client_with_everything()));
        homeless.organisation = Id::new();
        app.bearer(&homeless).get("/organisations").problem(401, "unauthenticated");
    }
}

fn bearer(app: &TestApp, kind: ActorKind, id: Uuid) -> Bearer {
    Bearer {
        kind,
        id,
        organisation: app.controller,
        roles: Vec::new(),
        programmes: None,
        sees_protected: false,
        scopes: Action::ALL
            .iter()
            .map(|action| action.scope().to_owned())
            .collect(),
    }
}

/// The `sub` of a caller's token.
fn subject(caller: &Caller) -> Uuid {
    let token = caller.token.as_deref().unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims["sub"].as_str().unwrap().parse().unwrap()
}

fn expiring(app: &TestApp) -> Caller {
    let id = subject(&app.client_with_everything());
    let token = app
        .app
        .tokens
        .issue(
            &bearer(app, ActorKind::Client, id),
            app.clock.now(),
            Duration::from_secs(60),
        )
        .unwrap();
    Caller {
        token: Some(token),
        ..app.nobody()
    }
}

fn signed_by_another_key(app: &TestApp) -> String {
    let folder = tempfile::tempdir().unwrap();
    let tokens =
        Tokens::open_or_create(&folder.path().join("key.pem"), Duration::from_secs(60)).unwrap();
    let id = subject(&app.client_with_everything());
    tokens
        .issue(
            &bearer(app, ActorKind::Client, id),
            app.clock.now(),
            Duration::from_secs(60),
        )
        .unwrap()
}
