//! The people in the database: synthetic, made at run time from a number, stored nowhere else.
//!
//! They are put there by the library's own store functions, many in one transaction. Everything
//! that is measured is done through the API.

use std::ops::Range;

use brobygger::organisations::OrganisationId;
use brobygger::patients::{self, NewPatient};
use brobygger::platform::access::Actor;
use brobygger::platform::app::{App, Cx};
use brobygger::platform::clock::Clock;
use brobygger::platform::config::Config;
use brobygger::platform::db::DatabaseUrl;
use brobygger::platform::error::Error;
use brobygger::platform::http::request::RequestInfo;
use brobygger::platform::http::server;
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::Outcome;
use super::operations::Person;
use super::service::{Client, Place};

/// How many people in one transaction.
const BATCH: u32 = 2000;
/// How many different days of birth there are.
const DAYS: u32 = 20_000;

/// Something with the shape of a CPR number that is different for each `n` below 80 million: a
/// day of birth from 1930 on, and a serial number of that century (ID-1). Whether modulus 11
/// holds is left to chance, as it is with numbers issued today.
pub(crate) fn cpr(n: u32) -> String {
    let day = birth_date(n);
    format!("{}{:04}", day.format("%d%m%y"), (n / DAYS) % 4000)
}

fn birth_date(n: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(1930, 1, 1)
        .and_then(|first| first.checked_add_days(Days::new(u64::from(n % DAYS))))
        .unwrap_or_default()
}

/// A telephone number of its own for each `n` below 70 million.
pub(crate) fn phone(n: u32) -> String {
    format!("+45{}", 20_000_000 + n % 70_000_000)
}

/// A person to be registered.
pub(crate) fn person(cpr: &str, phone: &str) -> Value {
    json!({
        "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": cpr}],
        "name": {"given": "Prøve Marie", "family": "Prøvesen"},
        "telephones": [{"label": "mobile", "number": phone}],
        "address": {
            "lines": ["Prøvevej 1, 2. th."], "postalCode": "4700", "city": "Næstved", "country": "DK"
        },
        "municipalityCode": "0370",
        "language": "da"
    })
}

/// Opens the service's own state, as the command line does.
pub(crate) fn open(place: &Place) -> Outcome<App> {
    let url = DatabaseUrl::parse(&place.url).map_err(said)?;
    let config = Config::new(place.data_dir.clone());
    Ok(server::open(config, &url, None, Clock::System).map_err(said)?)
}

/// An error of the library, whose text is not for clients but for the person at the terminal.
pub(crate) fn said(error: Error) -> String {
    match error {
        Error::Problem(problem) => problem.detail,
        Error::Internal(what) => what,
        Error::Retry | Error::DryRun => "other writers were in the way".to_owned(),
    }
}

/// Registers people. The service must not run meanwhile.
pub(crate) fn patients(
    place: &Place,
    client: &Client,
    numbers: Range<u32>,
) -> Outcome<Vec<Person>> {
    let app = open(place)?;
    let controller: OrganisationId = client.organisation.parse()?;
    let mut people = Vec::with_capacity(numbers.len());
    let mut next = numbers.start;
    while next < numbers.end {
        let batch = next..numbers.end.min(next + BATCH);
        next = batch.end;
        let news = batch
            .map(|n| Ok((n, serde_json::from_value(person(&cpr(n), &phone(n)))?)))
            .collect::<Result<Vec<(u32, NewPatient)>, serde_json::Error>>()?;
        let inner = app.clone();
        people.extend(
            app.db
                .write_blocking(move |tx| {
                    let actor = Actor::service(controller);
                    let request = RequestInfo::default();
                    let mut cx = Cx::new(&inner, &actor, &request, tx.conn());
                    news.iter()
                        .map(|(number, new)| {
                            let (patient, _) = patients::find_or_create(&mut cx, new)?;
                            Ok(Person {
                                number: *number,
                                id: patient.id,
                            })
                        })
                        .collect::<Result<Vec<_>, Error>>()
                })
                .map_err(said)?,
        );
    }
    Ok(people)
}
