//! As many events as state changes, over a random run of the API.
//!
//! A record's version grows by one with each change. So for every record that has one, the number of
//! events that happened to it is its version; and no event is of a record that does not exist.

use std::collections::BTreeMap;

use brobygger::platform::db::AnyConnection;
use brobygger::platform::db::connection::Purpose;
use brobygger::upkeep;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};

use crate::support::TestApp;
use crate::support::contract::{self, Operation};
use crate::support::seed::Seeded;

/// What happens without a new version: time passes, and something about a record is told.
const TOLD: &[&str] = &[
    "referral.firstCallDueSoon",
    "referral.firstCallOverdue",
    "enquiry.overdue",
    "volunteer.talkTakenOver",
    // The clock makes further times of the same pattern.
    "schedule.extended",
    "meeting.agendaDue",
    "meeting.minutesDue",
    "meeting.minutesApproved",
];

/// Tables whose versions count what is no state change of its own, with what tells of them.
const TOLD_OTHERWISE: &[&str] = &[
    // Each batch of rows is progress; that the file was received and what came of it has events.
    "imports",
    // The draft of a meeting changes with its items, decisions, tasks and remarks: theirs tell.
    "meetings",
    // A group grows with the seats that are appointed: theirs tell.
    "steering_groups",
    // An item counts the decisions and tasks that are recorded on it: theirs tell.
    "agenda_items",
    // The first version changes with its document's event, and so does what is withdrawn with it;
    // one that another one replaces with that one's.
    "governing_document_versions",
];

/// How many operations a run has.
const LENGTH: usize = 400;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Difference {
    #[diesel(sql_type = Text)]
    kinds: String,
    #[diesel(sql_type = BigInt)]
    version: i64,
}

fn load<T: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + 'static>(
    conn: &mut AnyConnection,
    query: &str,
) -> Vec<T> {
    match conn {
        AnyConnection::Postgres(conn) => sql_query(query).load(conn).unwrap(),
        AnyConnection::Sqlite(conn) => sql_query(query).load(conn).unwrap(),
    }
}

/// The tables whose records have a version.
fn versioned(conn: &mut AnyConnection) -> Vec<String> {
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND c.name = 'version' AND m.name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY 1"
        }
        AnyConnection::Postgres(_) => {
            "SELECT table_name::text AS name FROM information_schema.columns
             WHERE table_schema = 'public' AND column_name = 'version' AND table_name NOT LIKE '\\_%' ORDER BY 1"
        }
    };
    load::<Name>(conn, query)
        .into_iter()
        .map(|table| table.name)
        .collect()
}

/// The records of a table that have another version than events.
fn differences(conn: &mut AnyConnection, table: &str) -> Vec<String> {
    let together = match conn {
        AnyConnection::Sqlite(_) => "group_concat(e.kind, ' ')",
        AnyConnection::Postgres(_) => "string_agg(e.kind, ' ' ORDER BY e.position)",
    };
    let told = TOLD
        .iter()
        .map(|kind| format!("'{kind}'"))
        .collect::<Vec<_>>()
        .join(", ");
    // Roots are made on the command line, before anybody could read of them.
    let made_here = if table == "organisations" {
        "AND t.parent_id IS NOT NULL"
    } else {
        ""
    };
    // Times of a time book that are made from its pattern: one event tells of all of them.
    let made_together = if table == "slots" {
        "AND (SELECT count(*) FROM events e WHERE e.subject_id = t.id) <> t.version - 1"
    } else {
        ""
    };
    let query = format!(
        "SELECT coalesce((SELECT {together} FROM events e WHERE e.subject_id = t.id AND e.kind NOT IN ({told})), '') AS kinds,
                CAST(t.version AS bigint) AS version
         FROM {table} t
         WHERE (SELECT count(*) FROM events e WHERE e.subject_id = t.id AND e.kind NOT IN ({told})) <> t.version {made_here} {made_together}"
    );
    load::<Difference>(conn, &query)
        .into_iter()
        .map(|found| format!("{table}: version {} with [{}]", found.version, found.kinds))
        .collect()
}

/// Xorshift: the run is the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

fn step(app: &TestApp, seeded: &Seeded, operation: &Operation, dice: &mut Dice) -> bool {
    let body = match seeded.requests.get(&operation.id) {
        Some((_, body)) if dice.roll(2) == 0 => Some(body.clone()),
        _ => operation
            .json_body()
            .map(|(_, example)| seeded.at_home(example)),
    };
    let answer = match (seeded.requests.get(&operation.id), &body) {
        (Some((path, _)), Some(body)) => seeded.maker.post(path, body),
        _ => operation.call_with(&seeded.maker, &seeded.ids, &[], body.as_ref()),
    };
    assert!(answer.status < 500, "{}: {}", operation.id, answer.text());
    if dice.roll(10) == 0 {
        app.advance(chrono::Duration::hours(7));
    }
    answer.status < 300
}

on_both_engines! {
    fn every_state_change_has_its_event_and_no_event_is_without_one(app) {
        let seeded = Seeded::new(app);
        let changing: Vec<Operation> = contract::operations()
            .into_iter()
            .filter(|operation| operation.method != "GET" && !operation.is_public())
            .collect();
        let mut dice = Dice(0x5eed_2026_1122_0405);
        let mut done: BTreeMap<String, usize> = BTreeMap::new();
        for _ in 0..LENGTH {
            let operation = &changing[dice.roll(changing.len())];
            if step(app, &seeded, operation, &mut dice) {
                *done.entry(operation.id.clone()).or_default() += 1;
            }
        }
        upkeep::run(&app.app).unwrap();
        assert!(done.len() > 20, "hardly anything was done: {done:?}");
        let mut conn = app.url.connect(Purpose::Read).unwrap();
        let tables = versioned(&mut conn);
        assert!(tables.len() > 10, "{tables:?}");
        let found: Vec<String> = tables
            .iter()
            .filter(|table| !TOLD_OTHERWISE.contains(&table.as_str()))
            .flat_map(|table| differences(&mut conn, table))
            .collect();
        assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    }
}
