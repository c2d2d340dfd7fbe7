//! What the folders promise each other, held by reading the source.

use std::path::{Path, PathBuf};

/// Files above 400 lines that have a reason to be. This list may only shrink.
const LONG: &[&str] = &[
    // Every type of event there is, one after the other.
    "src/platform/events/catalogue.rs",
    // Who may do what: one exhaustive match, which is the point of it.
    "src/platform/access/policy.rs",
    // The tables, one after the other: the program's side of the migrations.
    "src/platform/db/schema.rs",
];

/// The resources: folders that have a life of their own.
const RESOURCES: &[&str] = &[
    "patients",
    "referrals",
    "calls",
    "consents",
    "courses",
    "worklists",
    "enquiries",
    "candidates",
    "bookings",
    "timetable",
    "waiting_list",
    "programmes",
    "organisations",
    "staff",
    "places",
    "volunteers",
    "matches",
    "wards",
    "feedback",
    "figures",
    "event_log",
    "webhooks",
    "imports",
    "steering",
    "meetings",
    "agreements",
    "delegations",
    "governing_documents",
    "evaluations",
    "units",
    "support_offers",
    "working_groups",
    "function_descriptions",
];

/// What the platform may know of resources besides their types: who is active, whose data it is,
/// the routes.
const PLATFORM_KNOWS: &[(&str, &str)] = &[
    ("src/platform/http/routes.rs", "routes()"),
    (
        "src/platform/access/tokens.rs",
        "organisations::controller_of",
    ),
    ("src/platform/access/tokens.rs", "crate::staff::active_name"),
    ("src/platform/access/tokens.rs", "organisations"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file: path from the root, text without its test modules.
fn sources() -> Vec<(String, String)> {
    fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push(path);
            }
        }
    }
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(root()).unwrap().display().to_string();
            (name, std::fs::read_to_string(file).unwrap())
        })
        .collect()
}

/// The lines that the compiler sees outside tests, numbered.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .map(|(number, line)| (number + 1, line.split("//").next().unwrap_or_default()))
        .filter(|(_, line)| !line.trim().is_empty())
}

#[track_caller]
fn none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn models_and_rules_know_neither_http_nor_sql() {
    let mut found = Vec::new();
    for (file, text) in sources() {
        // A topic of a larger folder may have a name before it: `merge_rules.rs`.
        if !(file.ends_with("model.rs") || file.ends_with("rules.rs")) {
            continue;
        }
        for (number, line) in code(&text) {
            for word in [
                "actix",
                "diesel",
                "AnyConnection",
                "platform::db::schema",
                "HttpRequest",
                "::store",
                "Cx<",
            ] {
                if line.contains(word) {
                    found.push(format!("{file}:{number}: {word}"));
                }
            }
        }
    }
    none(found);
}

#[test]
fn a_resource_does_not_use_the_store_of_another() {
    let mut found = Vec::new();
    for (file, text) in sources() {
        for (number, line) in code(&text) {
            for resource in RESOURCES {
                let own = file.starts_with(&format!("src/{resource}/"));
                if !own
                    && (line.contains(&format!("{resource}::store"))
                        || line.contains(&format!("{resource}::api")))
                {
                    found.push(format!("{file}:{number}: {}", line.trim()));
                }
            }
        }
        // The other way round: what is not meant for others is not public.
        if file.ends_with("/mod.rs")
            && RESOURCES
                .iter()
                .any(|resource| file == format!("src/{resource}/mod.rs"))
        {
            for (number, line) in code(&text) {
                if line.starts_with("pub mod store") {
                    found.push(format!("{file}:{number}: {}", line.trim()));
                }
            }
        }
    }
    none(found);
}

#[test]
fn the_platform_knows_the_resources_by_their_types_only() {
    let mut found = Vec::new();
    for (file, text) in sources() {
        if !file.starts_with("src/platform/") || file.ends_with("routes.rs") {
            continue;
        }
        for (number, line) in code(&text) {
            for resource in RESOURCES {
                let Some((_, after)) = line.split_once(&format!("crate::{resource}::")) else {
                    continue;
                };
                let names: Vec<&str> = after
                    .trim_matches(|c: char| "{};".contains(c))
                    .split(',')
                    .map(|name| name.trim().trim_matches(|c: char| "{};".contains(c)))
                    .collect();
                let types_only = names
                    .iter()
                    .all(|name| name.chars().next().is_some_and(char::is_uppercase));
                let known = PLATFORM_KNOWS
                    .iter()
                    .any(|(place, what)| file == *place && (line.contains(what)));
                if !types_only && !known {
                    found.push(format!("{file}:{number}: {}", line.trim()));
                }
            }
        }
    }
    none(found);
}

#[test]
fn time_comes_from_the_clock() {
    let mut found = Vec::new();
    for (file, text) in sources() {
        for (number, line) in code(&text) {
            let tells_time = ["Utc::now", "Local::now", "SystemTime::now"]
                .iter()
                .any(|call| line.contains(call));
            if tells_time && file != "src/platform/clock.rs" {
                found.push(format!("{file}:{number}: {}", line.trim()));
            }
        }
    }
    none(found);
}

#[test]
fn only_the_door_begins_transactions() {
    let mut found = Vec::new();
    for (file, text) in sources() {
        for (number, line) in code(&text) {
            let begins = ["transaction(", "\"BEGIN", "begin_test_transaction"]
                .iter()
                .any(|word| line.contains(word));
            if begins && !file.starts_with("src/platform/db/") {
                found.push(format!("{file}:{number}: {}", line.trim()));
            }
        }
    }
    none(found);
}

#[test]
fn files_are_short_enough_to_be_read() {
    let mut found = Vec::new();
    for (file, text) in sources() {
        let lines = text.lines().count();
        let listed = LONG.contains(&&*file);
        if lines > 400 && !listed {
            found.push(format!("{file}: {lines} lines"));
        }
        if lines <= 400 && listed {
            found.push(format!("{file} is short now: take it off the list"));
        }
    }
    none(found);
}

#[test]
fn every_module_says_what_it_is_for() {
    let mut found = Vec::new();
    for (file, text) in sources() {
        if !text.starts_with("//! ") {
            found.push(format!("{file} does not begin with what it is for"));
        }
        for (number, line) in text.lines().enumerate() {
            // Built in two halves so that this line does not find itself.
            if line.contains(concat!("TO", "DO")) || line.contains(concat!("FIX", "ME")) {
                found.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none(found);
}
