//! `/public`: approved minutes for everybody, with what is confidential left out.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::meetings::{Group, path};
use crate::support::{Answer, TestApp};

const SCRIPT: &str = "<script>alert('\"&1')</script>";

fn page(app: &TestApp, meeting: &Value) -> Answer {
    let path = format!(
        "/public/meetings/{}/minutes",
        meeting["id"].as_str().unwrap()
    );
    app.nobody().raw("GET", &path, &[], b"")
}

fn list(app: &TestApp, group: &Group) -> Answer {
    let path = format!("/public/steering-groups/{}", group.id.as_str().unwrap());
    app.nobody().raw("GET", &path, &[], b"")
}

/// An item with what the minutes say of it.
#[derive(Debug, Clone)]
struct Item {
    confidential: bool,
    decisions: usize,
    task: bool,
}

/// The title, text, decisions and tasks of an item are told by this mark.
fn mark(item: &Item, index: usize) -> String {
    let kind = if item.confidential {
        "Hemmelig"
    } else {
        "Åben"
    };
    format!("{kind}{index}z")
}

fn held(group: &Group, items: &[Item]) -> Value {
    let meeting = group.meeting("2026-03-26T11:00:00Z");
    for (index, item) in items.iter().enumerate() {
        let mark = mark(item, index);
        let made = group.item(&meeting, &json!({
            "title": format!("{mark} {SCRIPT}"), "confidential": item.confidential, "text": format!("{mark} tekst"),
            "attachments": [{"title": format!("{mark} bilag"), "reference": "sag"}],
        }));
        group.write(&made, &format!("{mark} referat {SCRIPT}\n\nnyt afsnit"));
        let on = format!("/agenda-items/{}", made["id"].as_str().unwrap());
        for _ in 0..item.decisions {
            group
                .client
                .post(
                    &format!("{on}/decisions"),
                    &json!({"text": format!("{mark} beslutning {SCRIPT}")}),
                )
                .expect(201);
        }
        if item.task {
            group.client.post(&format!("{on}/action-items"), &json!({
                "task": format!("{mark} opgave {SCRIPT}"), "ownerId": group.chair, "dueOn": "2026-06-01",
            })).expect(201);
        }
    }
    group.attend(&meeting);
    group.step(&meeting, "minutes/sending");
    meeting
}

/// A page without what names the meeting itself.
fn anonymous(text: &str, group: &Group) -> String {
    text.replace(group.id.as_str().unwrap(), "GROUP")
}

on_both_engines! {
    fn cps_6_only_approved_minutes_are_public(app) {
        let group = app.group(&json!({}));
        let meeting = group.minuted(app, "2026-04-20T11:00:00Z", "2026-04-22T08:00:00Z");
        app.until("2026-04-29T21:59:59Z");
        page(app, &meeting).problem(404, "notFound");
        assert!(!list(app, &group).text().contains("1. møde"));
        app.until("2026-04-29T22:00:00Z");
        // No job has run.
        let shown = page(app, &meeting);
        assert_eq!(shown.status, 200);
        assert_eq!(shown.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(shown.header("cache-control"), Some("public, max-age=60"));
        let etag = shown.etag();
        let text = shown.text();
        for part in ["lang=\"da\"", "<main", "<h1>Referat: 1. møde</h1>", "mandag den 20. april 2026 kl. 13.00–15.00",
            "Godkendt</dt><dd>30. april 2026", "Budgettet blev gennemgået.", "Gæst Prøve, Sund Info"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let again = app.nobody().raw("GET", &format!("/public/meetings/{}/minutes", meeting["id"].as_str().unwrap()),
            &[("if-none-match", &etag)], b"");
        assert_eq!((again.status, again.text()), (304, String::new()));
        assert!(list(app, &group).text().contains("1. møde</a>, mandag den 20. april 2026"));
        // A group that does not publish shows nothing, and who knows the id learns nothing.
        let path = format!("/steering-groups/{}", group.id.as_str().unwrap());
        group.client.patch(&path, "*", &json!({"policy": {"publishesMinutes": false}})).expect(200);
        page(app, &meeting).problem(404, "notFound");
        list(app, &group).problem(404, "notFound");
    }

    fn cps_6_a_correction_shows_on_the_page_where_the_public_may_read_it_and_nowhere_else(app) {
        let group = app.group(&json!({}));
        let secret = Item { confidential: true, decisions: 0, task: false };
        let open = Item { confidential: false, ..secret };
        let meeting = held(&group, &[secret, open]);
        app.until("2026-05-04T08:00:00Z");
        let before = page(app, &meeting);
        let items = group.client.get(&path(&meeting, "agenda-items")).expect(200);
        group.write(&items["items"][0], "Noget andet.");
        group.client.post(&path(&meeting, "minutes/correction"), &json!({"reason": "Fortroligt rettet."})).expect(200);
        let same = page(app, &meeting);
        assert_eq!((same.etag(), same.text()), (before.etag(), before.text()));
        group.write(&items["items"][1], "Noget tredje.");
        group.client.post(&path(&meeting, "minutes/correction"), &json!({"reason": "Åbent rettet."})).expect(200);
        let other = page(app, &meeting).text();
        assert!(other.contains("Rettet</dt><dd>4. maj 2026") && other.contains("Noget tredje."));
        assert!(!other.contains("rettet."), "reasons stay inside");
        // What was published by mistake is gone with the correction.
        let item = format!("/agenda-items/{}", items["items"][1]["id"].as_str().unwrap());
        group.client.patch(&item, "*", &json!({"confidential": true})).expect(200);
        group.client.post(&path(&meeting, "minutes/correction"), &json!({"reason": "Var fortroligt."})).expect(200);
        assert!(!page(app, &meeting).text().contains("Noget tredje."));
    }
}

/// Random meetings with confidential parts: the page says everything that is open and nothing that
/// is not, and is byte for byte the page of the same meeting without the confidential items.
#[test]
fn cps_6_public_pages_leak_nothing() {
    let app = TestApp::sqlite();
    let item =
        (any::<bool>(), 0_usize..3, any::<bool>()).prop_map(|(confidential, decisions, task)| {
            Item {
                confidential,
                decisions,
                task,
            }
        });
    let meetings = prop::collection::vec(item, 1..6);
    let groups = std::cell::RefCell::new(Vec::new());
    let mut runner = TestRunner::new(Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&meetings, |items| {
            let (whole, part) = (app.group(&json!({})), app.group(&json!({})));
            let meeting = held(&whole, &items);
            // The same without: open items keep the marks they have in the whole.
            let other = part.meeting("2026-03-26T11:00:00Z");
            let mut any_open = false;
            for (index, item) in items.iter().enumerate().filter(|(_, item)| !item.confidential) {
                any_open = true;
                let mark = mark(item, index);
                let made = part.item(&other, &json!({"title": format!("{mark} {SCRIPT}")}));
                part.write(&made, &format!("{mark} referat {SCRIPT}\n\nnyt afsnit"));
                let on = format!("/agenda-items/{}", made["id"].as_str().unwrap());
                for _ in 0..item.decisions {
                    part.client.post(&format!("{on}/decisions"), &json!({"text": format!("{mark} beslutning {SCRIPT}")})).expect(201);
                }
                if item.task {
                    part.client.post(&format!("{on}/action-items"), &json!({
                        "task": format!("{mark} opgave {SCRIPT}"), "ownerId": part.chair, "dueOn": "2026-06-01",
                    })).expect(201);
                }
            }
            if !any_open {
                // Minutes without an item are not sent: one that is confidential stands for none.
                let made = part.item(&other, &json!({"title": "Andet", "confidential": true}));
                part.write(&made, "Andet.");
            }
            part.attend(&other);
            part.step(&other, "minutes/sending");
            groups.borrow_mut().push((whole, meeting, part, other, items));
            Ok(())
        })
        .unwrap();
    app.advance(chrono::Duration::days(9));
    for (whole, meeting, part, other, items) in groups.into_inner() {
        let text = page(&app, &meeting).text();
        assert!(!text.contains("Hemmelig"), "{text}");
        assert!(!text.contains("<script"), "{text}");
        for (index, item) in items
            .iter()
            .enumerate()
            .filter(|(_, item)| !item.confidential)
        {
            let mark = mark(item, index);
            assert_eq!(
                text.matches(&format!("{mark} beslutning &#60;script&#62;"))
                    .count(),
                item.decisions
            );
            assert_eq!(
                text.matches(&format!("{mark} opgave &#60;script&#62;"))
                    .count(),
                usize::from(item.task)
            );
            assert!(
                text.contains(&format!("{mark} referat &#60;script&#62;")),
                "{mark} in {text}"
            );
            assert!(
                !text.contains(&format!("{mark} bilag")),
                "attachments stay inside"
            );
        }
        assert_eq!(
            anonymous(&text, &whole),
            anonymous(&page(&app, &other).text(), &part)
        );
        assert_eq!(
            anonymous(&list(&app, &whole).text(), &whole)
                .replace(meeting["id"].as_str().unwrap(), ""),
            anonymous(&list(&app, &part).text(), &part).replace(other["id"].as_str().unwrap(), "")
        );
    }
}
