//! Both migration trees describe the same schema, and the schema holds what the program believes.

use std::collections::{BTreeMap, BTreeSet};

use brobygger::platform::db::connection::{AnyConnection, DatabaseUrl, Purpose};
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query,
};

use crate::support::TestApp;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A schema as sets of sentences, the same words for both engines.
#[derive(Debug, Default, PartialEq, Eq)]
struct Schema {
    /// `patients.state TEXT NOT NULL`
    columns: BTreeSet<String>,
    /// `patients (id)`
    primary_keys: BTreeSet<String>,
    /// `referrals (programme_id, patient_id) WHERE …`
    uniques: BTreeSet<String>,
    /// `referrals (programme_id, received_at)`
    indexes: BTreeSet<String>,
    /// `referrals.patient_id -> patients.id`
    foreign_keys: BTreeSet<String>,
}

fn lines(conn: &mut AnyConnection, query: &str) -> Vec<String> {
    let rows: Vec<Line> = match conn {
        AnyConnection::Postgres(conn) => sql_query(query).load(conn),
        AnyConnection::Sqlite(conn) => sql_query(query).load(conn),
    }
    .unwrap_or_else(|error| panic!("{query}: {error}"));
    rows.into_iter().map(|row| row.line).collect()
}

fn count(conn: &mut AnyConnection, query: &str) -> i64 {
    match conn {
        AnyConnection::Postgres(conn) => sql_query(query).get_result::<Count>(conn),
        AnyConnection::Sqlite(conn) => sql_query(query).get_result::<Count>(conn),
    }
    .unwrap_or_else(|error| panic!("{query}: {error}"))
    .count
}

/// Words of conditions without the engines' quotes, casts and brackets.
fn plain(condition: &str) -> String {
    let mut text = condition.replace("::text[]", "").replace("::text", "");
    // PostgreSQL writes `x IN (…)` as `x = ANY (ARRAY[…])`.
    text = text.replace("= ANY", "IN").replace("ARRAY", "");
    text.retain(|c| !"()[]\" \n".contains(c));
    text.to_lowercase()
}

fn postgres_schema(conn: &mut AnyConnection) -> Schema {
    let columns = lines(conn,
        "SELECT c.table_name || '.' || c.column_name || ' ' || c.data_type || ' ' || CASE c.is_nullable WHEN 'NO' THEN 'NOT NULL' ELSE 'NULL' END AS line
         FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name <> '__diesel_schema_migrations'");
    let mut schema = Schema {
        columns: columns.into_iter().map(|line| normal_type(&line)).collect(),
        ..Schema::default()
    };
    let indexes = lines(conn,
        "SELECT concat_ws('|', CASE WHEN x.indisprimary THEN 'primary' WHEN x.indisunique THEN 'unique' ELSE 'index' END,
            t.relname,
            (SELECT string_agg(a.attname, ', ' ORDER BY k.ord) FROM unnest(x.indkey::int[]) WITH ORDINALITY AS k(attnum, ord)
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum),
            coalesce(pg_get_expr(x.indpred, x.indrelid), '')) AS line
         FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
         WHERE n.nspname = 'public' AND t.relname <> '__diesel_schema_migrations'");
    for line in indexes {
        let parts: Vec<&str> = line.splitn(4, '|').collect();
        let (kind, table, columns, condition) = (parts[0], parts[1], parts[2], parts[3]);
        schema.add_index(kind, table, columns, condition);
    }
    schema.foreign_keys = lines(conn,
        "SELECT t.relname || '.' || a.attname || ' -> ' || f.relname || '.' || b.attname AS line
         FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
         JOIN pg_attribute b ON b.attrelid = f.oid AND b.attnum = c.confkey[1]
         WHERE c.contype = 'f'")
    .into_iter().collect();
    schema
}

fn sqlite_schema(conn: &mut AnyConnection) -> Schema {
    let mut schema = Schema::default();
    let tables = lines(
        conn,
        "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '__diesel_schema_migrations'",
    );
    for table in tables {
        let columns = lines(
            conn,
            &format!(
                "SELECT '{table}.' || name || ' ' || type || ' ' || CASE WHEN \"notnull\" = 1 OR pk > 0 THEN 'NOT NULL' ELSE 'NULL' END AS line FROM pragma_table_info('{table}')"
            ),
        );
        schema
            .columns
            .extend(columns.iter().map(|line| normal_type(line)));
        let key = lines(
            conn,
            &format!(
                "SELECT name AS line FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk"
            ),
        );
        schema.add_index("primary", &table, &key.join(", "), "");
        for index in lines(
            conn,
            &format!(
                "SELECT name || '|' || \"unique\" || '|' || origin AS line FROM pragma_index_list('{table}')"
            ),
        ) {
            let parts: Vec<&str> = index.split('|').collect();
            let (name, unique, origin) = (parts[0], parts[1], parts[2]);
            if origin == "pk" {
                continue;
            }
            let columns = lines(
                conn,
                &format!("SELECT name AS line FROM pragma_index_info('{name}') ORDER BY seqno"),
            )
            .join(", ");
            let sql = lines(
                conn,
                &format!(
                    "SELECT coalesce(sql, '') AS line FROM sqlite_master WHERE name = '{name}'"
                ),
            )
            .concat();
            let condition = sql
                .split_once(" WHERE ")
                .map_or("", |(_, condition)| condition);
            schema.add_index(
                if unique == "1" { "unique" } else { "index" },
                &table,
                &columns,
                condition,
            );
        }
        schema.foreign_keys.extend(lines(conn, &format!(
            "SELECT '{table}.' || \"from\" || ' -> ' || \"table\" || '.' || \"to\" AS line FROM pragma_foreign_key_list('{table}')")));
    }
    schema
}

impl Schema {
    fn add_index(&mut self, kind: &str, table: &str, columns: &str, condition: &str) {
        let mut line = format!("{table} ({columns})");
        if !condition.is_empty() {
            line.push_str(&format!(" WHERE {}", plain(condition)));
        }
        match kind {
            "primary" => self.primary_keys.insert(line),
            "unique" => self.uniques.insert(line),
            _ => self.indexes.insert(line),
        };
    }
}

/// The same word for a type that the engines name differently.
fn normal_type(line: &str) -> String {
    let (place, rest) = line.split_once(' ').unwrap();
    let (kind, null) = match rest.strip_suffix(" NOT NULL") {
        Some(kind) => (kind, "NOT NULL"),
        None => (rest.strip_suffix(" NULL").unwrap(), "NULL"),
    };
    let word = match &*kind.to_lowercase() {
        // SQLite keeps UUIDs, sealed text and hashes as BLOBs; which is which the program knows.
        "uuid" | "bytea" | "blob" => "bytes",
        // Dates are sortable text on SQLite.
        "jsonb" | "text" | "date" => "text",
        // Instants are microseconds on SQLite.
        "timestamp with time zone" | "bigint" | "bigserial" | "integer" | "int" | "boolean" => {
            "number"
        }
        other => panic!("{place}: what is a {other}?"),
    };
    format!("{place} {word} {null}")
}

fn migrations(engine: &str) -> BTreeMap<String, (String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(engine);
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let read = |file| std::fs::read_to_string(entry.path().join(file)).unwrap();
            (
                entry.file_name().into_string().unwrap(),
                (read("up.sql"), read("down.sql")),
            )
        })
        .collect()
}

/// The words of each `column … CHECK (column IN (…))`, by table and column, read from the files.
fn checks(engine: &str) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for (up, _) in migrations(engine).into_values() {
        let mut table = String::new();
        for line in up.lines() {
            if let Some(name) = line.trim().strip_prefix("CREATE TABLE ") {
                table = name.trim_end_matches([' ', '(']).to_owned();
            }
            let Some((before, check)) = line.split_once("CHECK (") else {
                continue;
            };
            let column = before.split_whitespace().next().unwrap();
            let words = check
                .split('\'')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect::<Vec<_>>();
            // `a = 'x' OR a = 'y'` is of one column only.
            let own = [format!("{column} = '"), format!("{column} IN (")];
            assert!(
                words.is_empty()
                    || check
                        .split(" OR ")
                        .all(|part| own.iter().any(|own| part.starts_with(own))),
                "{table}: {line}"
            );
            let words = if words.is_empty() {
                vec![check.trim_end_matches(',').to_owned()]
            } else {
                words
            };
            found.insert(format!("{table}.{column}"), words);
        }
    }
    found
}

#[test]
fn both_trees_have_the_same_migrations() {
    let names = |engine| migrations(engine).into_keys().collect::<Vec<_>>();
    assert_eq!(names("sqlite"), names("postgresql"));
    assert!(names("sqlite").len() >= 5);
}

#[test]
fn both_trees_check_the_same_words() {
    assert_eq!(checks("sqlite"), checks("postgresql"));
    assert!(!checks("sqlite").is_empty());
}

/// SQLite makes a table of the words of an `IN` for each row that is written, where they are more
/// than two: 2.7 µs of the 4.3 of a row of two columns (Python's sqlite3, 300,000 rows in memory).
#[test]
fn no_row_of_sqlite_is_held_against_a_long_list() {
    for (name, (up, _)) in migrations("sqlite") {
        for (at, line) in up.lines().enumerate() {
            let words = line
                .split_once(" IN (")
                .map_or(0, |(_, words)| words.matches('\'').count() / 2);
            assert!(words <= 2, "{name}, line {}: write `=` and `OR`", at + 1);
        }
    }
}

#[test]
fn both_trees_describe_the_same_schema() {
    let Some(postgres) = TestApp::postgresql() else {
        return;
    };
    let sqlite = TestApp::sqlite();
    let right = postgres_schema(&mut postgres.url.connect(Purpose::Read).unwrap());
    let left = sqlite_schema(&mut sqlite.url.connect(Purpose::Read).unwrap());
    for (left, right) in [
        (&left.columns, &right.columns),
        (&left.primary_keys, &right.primary_keys),
        (&left.uniques, &right.uniques),
        (&left.indexes, &right.indexes),
        (&left.foreign_keys, &right.foreign_keys),
    ] {
        assert!(left.len() > 4);
        let differ: Vec<&String> = left.symmetric_difference(right).collect();
        assert!(differ.is_empty(), "only one engine has {differ:#?}");
    }
}

#[test]
fn every_foreign_key_has_an_index() {
    let app = TestApp::sqlite();
    let schema = sqlite_schema(&mut app.url.connect(Purpose::Read).unwrap());
    let indexed = |table: &str, column: &str| {
        schema
            .primary_keys
            .iter()
            .chain(&schema.uniques)
            .chain(&schema.indexes)
            // A partial index finds every row that refers to something only with this condition.
            .filter(|index| {
                index
                    .split_once(" WHERE ")
                    .is_none_or(|(_, only)| only == plain(&format!("{column} IS NOT NULL")))
            })
            .any(|index| {
                index.starts_with(&format!("{table} ({column},"))
                    || index.starts_with(&format!("{table} ({column})"))
            })
    };
    let mut missing = Vec::new();
    for key in &schema.foreign_keys {
        let (from, _) = key.split_once(" -> ").unwrap();
        let (table, column) = from.split_once('.').unwrap();
        if !indexed(table, column) {
            missing.push(from);
        }
    }
    assert!(missing.is_empty(), "no index on {missing:?}");
    assert!(schema.foreign_keys.len() > 10);
}

#[test]
fn every_migration_can_be_taken_back() {
    let down = |engine: &str| {
        migrations(engine)
            .into_values()
            .rev()
            .map(|(_, down)| down)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let up = |engine: &str| {
        migrations(engine)
            .into_values()
            .map(|(up, _)| up)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let app = TestApp::sqlite();
    let DatabaseUrl::Sqlite(path) = &app.url else {
        unreachable!()
    };
    let mut conn = SqliteConnection::establish(path).unwrap();
    conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = OFF;")
        .unwrap();
    conn.batch_execute(&down("sqlite")).unwrap();
    let mut any = AnyConnection::Sqlite(conn);
    assert_eq!(
        count(
            &mut any,
            "SELECT count(*) AS count FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '__diesel_schema_migrations'"
        ),
        0
    );
    any.batch_execute(&up("sqlite")).unwrap();

    let Some(app) = TestApp::postgresql() else {
        return;
    };
    let DatabaseUrl::Postgres(url) = &app.url else {
        unreachable!()
    };
    let mut conn = PgConnection::establish(url).unwrap();
    conn.batch_execute(&down("postgresql")).unwrap();
    let mut any = AnyConnection::Postgres(conn);
    assert_eq!(
        count(
            &mut any,
            "SELECT count(*) AS count FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'"
        ),
        0
    );
    any.batch_execute(&up("postgresql")).unwrap();
}

/// The columns whose words are published by an enum of the contract.
const PUBLISHED: &[(&str, &str)] = &[("organisations.kind", "OrganisationKind")];

#[test]
fn published_words_are_the_words_that_can_be_stored() {
    let checks = checks("sqlite");
    for (column, name) in PUBLISHED {
        let schema = &crate::support::contract::document()["components"]["schemas"][name];
        let published: Vec<&str> = schema["enum"]
            .as_array()
            .unwrap_or_else(|| panic!("the contract publishes no {name}"))
            .iter()
            .map(|word| word.as_str().unwrap())
            .collect();
        let mut stored: Vec<&str> = checks[*column].iter().map(String::as_str).collect();
        let mut sorted = published.clone();
        stored.sort_unstable();
        sorted.sort_unstable();
        assert_eq!(sorted, stored, "{name} and {column}");
    }
}
