//! `POST /oauth/token` (RFC 6749, section 4.4) and the life of a client's secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use brobygger::platform::access::clients::{self, Client, NewClient};
use brobygger::platform::id::Id;
use serde_json::Value;

use crate::support::{Answer, Caller, TestApp};

const FORM: &str = "application/x-www-form-urlencoded";

struct Credentials {
    id: Id<Client>,
    secret: String,
}

impl Credentials {
    fn new(app: &TestApp) -> Self {
        let (organisation_id, now) = (app.controller, app.clock.now());
        let (client, secret) = app
            .app
            .db
            .write_blocking(move |tx| {
                let new = NewClient {
                    name: "EHR".to_owned(),
                    organisation_id,
                    scopes: vec![
                        "organisations.read".to_owned(),
                        "programmes.read".to_owned(),
                    ],
                    programmes: None,
                    sees_protected: false,
                };
                clients::create(tx.conn(), new, now)
            })
            .unwrap();
        Self {
            id: client.id,
            secret,
        }
    }

    fn form(&self) -> String {
        format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            self.id, self.secret
        )
    }

    fn basic(&self) -> String {
        format!(
            "Basic {}",
            STANDARD.encode(format!("{}:{}", self.id, self.secret))
        )
    }

    fn sign_in(&self, app: &TestApp) -> Answer {
        ask(app, &[], &self.form())
    }
}

fn ask(app: &TestApp, headers: &[(&str, &str)], form: &str) -> Answer {
    let mut headers = headers.to_vec();
    headers.push(("content-type", FORM));
    app.nobody()
        .raw("POST", "/v1/oauth/token", &headers, form.as_bytes())
}

#[track_caller]
fn refused(answer: Answer, status: u16, error: &str) {
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    if status == 401 {
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Basic realm=\"brobygger\"")
        );
    }
    let body = answer.expect(status);
    assert_eq!(body["error"], error, "{body}");
    assert!(body["error_description"].is_string());
    assert_eq!(body.as_object().unwrap().len(), 2);
}

fn caller(app: &TestApp, token: &Value) -> Caller {
    Caller {
        token: Some(token["access_token"].as_str().unwrap().to_owned()),
        ..app.nobody()
    }
}

on_both_engines! {
    fn a_client_signs_in_by_form_and_by_basic(app) {
        let client = Credentials::new(app);
        let by_form = client.sign_in(app);
        assert_eq!(by_form.header("cache-control"), Some("no-store"));
        let by_basic = ask(app, &[("authorization", &client.basic())], "grant_type=client_credentials");
        for token in [by_form.expect(200), by_basic.expect(200)] {
            assert_eq!(token["token_type"], "Bearer");
            assert_eq!(token["expires_in"], 900);
            assert_eq!(token["scope"], "organisations.read programmes.read");
            caller(app, &token).get("/organisations").expect(200);
        }
    }

    fn fewer_scopes_can_be_asked_for_and_no_others(app) {
        let client = Credentials::new(app);
        let form = |scope: &str| ask(app, &[], &format!("{}&scope={scope}", client.form()));
        let token = form("programmes.read").expect(200);
        assert_eq!(token["scope"], "programmes.read");
        caller(app, &token).get("/organisations").problem(403, "forbidden");
        for scope in ["patients.read", "organisations.read+patients.read", "everything", "+"] {
            refused(form(scope), 400, "invalid_scope");
        }
    }

    fn a_wrong_request_gets_the_error_of_the_standard(app) {
        let client = Credentials::new(app);
        let (id, secret) = (client.id, &client.secret);
        refused(ask(app, &[], ""), 400, "invalid_request");
        refused(ask(app, &[], &format!("client_id={id}&client_secret={secret}")), 400, "invalid_request");
        refused(ask(app, &[], &format!("{0}&{0}", client.form())), 400, "invalid_request");
        refused(ask(app, &[("authorization", &client.basic())], &client.form()), 400, "invalid_request");
        let basic = client.basic();
        let twice = [("authorization", basic.as_str()), ("authorization", basic.as_str())];
        refused(ask(app, &twice, "grant_type=client_credentials"), 400, "invalid_request");
        refused(ask(app, &[("content-type", FORM)], &client.form()), 400, "invalid_request");
        for grant in ["password", "authorization_code", "refresh_token", ""] {
            let form = format!("grant_type={grant}&client_id={id}&client_secret={secret}");
            refused(ask(app, &[], &form), 400, "unsupported_grant_type");
        }
        let json = app.nobody().raw("POST", "/v1/oauth/token", &[("content-type", "application/json")], b"{}");
        refused(json, 400, "invalid_request");
        let broken = app.nobody().raw("POST", "/v1/oauth/token", &[("content-type", FORM)], b"grant_type=%ff&\xff");
        assert!((400..500).contains(&broken.status));

        let other = Credentials::new(app);
        refused(ask(app, &[], "grant_type=client_credentials"), 401, "invalid_client");
        for (id, secret) in [
            (id.to_string(), "wrong".to_owned()),
            (id.to_string(), String::new()),
            (id.to_string(), other.secret.clone()),
            (other.id.to_string(), secret.clone()),
            (uuid::Uuid::now_v7().to_string(), secret.clone()),
            ("nobody".to_owned(), secret.clone()),
        ] {
            let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
            refused(ask(app, &[], &form), 401, "invalid_client");
            let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
            refused(ask(app, &[("authorization", &basic)], "grant_type=client_credentials"), 401, "invalid_client");
        }
        for header in ["Basic", "Basic !!!", "Bearer abc", "Basic bm9jb2xvbg=="] {
            refused(ask(app, &[("authorization", header)], "grant_type=client_credentials"), 401, "invalid_client");
        }
    }

    fn a_rotated_secret_works_beside_the_new_one_for_a_while(app) {
        let old = Credentials::new(app);
        let (id, until) = (old.id, app.clock.now() + chrono::Duration::hours(24));
        let secret = app.app.db.write_blocking(move |tx| clients::rotate(tx.conn(), id, until)).unwrap();
        let new = Credentials { id, secret };
        new.sign_in(app).expect(200);
        old.sign_in(app).expect(200);
        app.advance(chrono::Duration::hours(24));
        refused(old.sign_in(app), 401, "invalid_client");
        new.sign_in(app).expect(200);
        // After a second rotation the first secret is two behind.
        let until = app.clock.now() + chrono::Duration::hours(24);
        let secret = app.app.db.write_blocking(move |tx| clients::rotate(tx.conn(), id, until)).unwrap();
        refused(old.sign_in(app), 401, "invalid_client");
        new.sign_in(app).expect(200);
        Credentials { id, secret }.sign_in(app).expect(200);
    }

    fn a_revoked_client_gets_nothing_more(app) {
        let client = Credentials::new(app);
        client.sign_in(app).expect(200);
        let (id, now) = (client.id, app.clock.now());
        app.app.db.write_blocking(move |tx| clients::revoke(tx.conn(), id, now)).unwrap();
        refused(client.sign_in(app), 401, "invalid_client");
    }

    fn a_token_lasts_as_long_as_it_says(app) {
        let client = Credentials::new(app);
        let token = client.sign_in(app).expect(200);
        let caller = caller(app, &token);
        app.advance(chrono::Duration::seconds(899));
        caller.get("/organisations").expect(200);
        app.advance(chrono::Duration::seconds(1));
        caller.get("/organisations").problem(401, "unauthenticated");
    }

    fn the_published_key_is_the_one_that_signs(app) {
        let keys = app.nobody().get("/oauth/jwks").expect(200);
        let token = Credentials::new(app).sign_in(app).expect(200);
        let token = token["access_token"].as_str().unwrap();
        let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header["kid"], keys["keys"][0]["kid"]);
        assert_eq!(header["alg"], "EdDSA");
        assert!(keys["keys"][0].get("d").is_none());
    }
}
