//! `--volunteers`: how long one answer takes where there is much to look at. Matching over 5,000
//! volunteers, and free times over a year of 240 of them, asked one after the other on one
//! connection, beside the time of the raw query on a connection of the engine's own.

use std::time::{Duration, Instant as Clock};

use brobygger::on_engine;
use brobygger::organisations::OrganisationId;
use brobygger::platform::access::Actor;
use brobygger::platform::app::{App, Cx};
use brobygger::platform::db::connection::{AnyConnection, Purpose};
use brobygger::platform::db::schema::{slots, volunteers};
use brobygger::platform::db::{DatabaseUrl, Instant};
use brobygger::platform::http::request::RequestInfo;
use brobygger::platform::id::Id;
use brobygger::programmes::ProgrammeId;
use brobygger::timetable::{self, Availability, NewSchedule};
use brobygger::volunteers::{self as people, NewVolunteer, VolunteerId};
use chrono::Utc;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::driver::{self, Load, Measured, NextRequest};
use super::report::Latency;
use super::seed::{self, said};
use super::service::{self, Client, Listening, Place};
use super::{Options, Outcome};

/// How many volunteers the association has: twenty times those of Hjerteforeningen (HF-1).
const VOLUNTEERS: usize = 5000;
/// How many of them have a time book with a year of times (HF-1).
const WITH_TIMES: usize = 240;
/// How many records in one transaction.
const BATCH: usize = 60;

/// Both operations on one engine.
pub(crate) fn measure(
    options: &Options,
    place: &Place,
    client: &Client,
    url: &DatabaseUrl,
    workers: usize,
) -> Outcome<Vec<Latency>> {
    let (volunteers, with_times) = if options.quick {
        (VOLUNTEERS / 10, WITH_TIMES / 10)
    } else {
        (VOLUNTEERS, WITH_TIMES)
    };
    let service = service::serve(place, workers)?;
    let (programme, kind) = programme(&service, &client.headers(service.address)?)?;
    service.stop()?;
    let slots = seed(place, client, programme, &kind, volunteers, with_times)?;

    let service = service::serve(place, workers)?;
    let headers = client.headers(service.address)?;
    let duration = options.duration;
    let need = serde_json::to_vec(&json!({
        "programmeId": programme, "subtypes": ["patientSupporter"], "languages": ["da"],
        "phase": "after", "diagnoses": [{"system": "sks", "code": "DI21"}],
        "birthYear": 1961, "lifeSituation": ["retired"]
    }))?;
    let need = driver::request("POST", "/v1/matches", &headers, &need);
    let matching = one_after_the_other(&service, duration, need)?;
    let page = format!("/v1/free-slots?programmeId={programme}&limit=20");
    let page = driver::request("GET", &page, &headers, b"");
    let free = one_after_the_other(&service, duration, page)?;
    service.stop()?;
    let mut conn = url.connect(Purpose::Read).map_err(said)?;
    Ok(vec![
        Latency {
            operation: format!("match a need with {volunteers} volunteers"),
            measured: matching,
            raw: raw(duration, || all_volunteers(&mut conn, programme))?,
            raw_is: "all their rows, sealed",
        },
        Latency {
            operation: format!(
                "search {slots} free times of {with_times} volunteers, a page of 20"
            ),
            measured: free,
            raw: raw(duration, || free_slots(&mut conn, programme))?,
            raw_is: "the same 21 rows",
        },
    ])
}

fn one_after_the_other(
    service: &Listening,
    duration: Duration,
    request: Vec<u8>,
) -> Outcome<Measured> {
    let again: NextRequest = Box::new(move |into| into.extend_from_slice(&request));
    let load = Load {
        address: service.address,
        connections: 1,
        warm_up: 20,
        duration,
    };
    driver::run(load, again)
}

/// The association's programme, whose times reach a year ahead, and a type of time; through the API.
fn programme(service: &Listening, headers: &str) -> Outcome<(ProgrammeId, Value)> {
    let send = |method: &str, path: &str, headers: &str, body: &Value| -> Outcome<Value> {
        let body = if body.is_null() {
            Vec::new()
        } else {
            serde_json::to_vec(body)?
        };
        driver::once(
            service.address,
            &driver::request(method, path, headers, &body),
        )?
        .json()
    };
    let organisations = send("GET", "/v1/organisations", headers, &Value::Null)?;
    let organisation = organisations
        .pointer("/items/0/id")
        .ok_or("no organisation")?;
    let programme = send(
        "POST",
        "/v1/programmes",
        headers,
        &json!({"organisationId": organisation, "preset": "HF"}),
    )?;
    let id: ProgrammeId = serde_json::from_value(programme.get("id").cloned().unwrap_or_default())?;
    let any_version = format!("{headers}if-match: *\r\n");
    let a_year = json!({"policy": {"booking": {"horizonDays": 365}}});
    send(
        "PATCH",
        &format!("/v1/programmes/{id}"),
        &any_version,
        &a_year,
    )?;
    let kind = send(
        "POST",
        "/v1/time-types",
        headers,
        &json!({
            "programmeId": id, "name": "Telefonsamtale 45", "publicName": "Samtale med en frivillig",
            "minutes": 45, "channel": "telephone", "webVisible": true
        }),
    )?;
    Ok((id, kind.get("id").cloned().ok_or("no time type")?))
}

/// Makes the volunteers, and a year of times for the first of them. Says how many times. The
/// service must not run meanwhile.
fn seed(
    place: &Place,
    client: &Client,
    programme: ProgrammeId,
    kind: &Value,
    volunteers: usize,
    with_times: usize,
) -> Outcome<i64> {
    let app = seed::open(place)?;
    let controller: OrganisationId = client.organisation.parse()?;
    let mut ids: Vec<VolunteerId> = Vec::with_capacity(volunteers);
    let news = (0..volunteers)
        .map(|n| Ok(serde_json::from_value(volunteer(programme, n))?))
        .collect::<Outcome<Vec<NewVolunteer>>>()?;
    for news in news.chunks(BATCH * 10) {
        let news = news.to_vec();
        ids.extend(write(&app, controller, move |cx| {
            people::make_active(cx, programme, &news)
        })?);
    }
    let window = |weekday: &str| json!({"weekday": weekday, "from": "16:00", "to": "19:00", "timeTypeId": kind});
    let availability: Availability = serde_json::from_value(json!({
        "weekly": [window("tuesday"), window("thursday")], "publicHolidaysOff": true
    }))?;
    for ids in ids
        .iter()
        .take(with_times)
        .copied()
        .collect::<Vec<_>>()
        .chunks(BATCH)
    {
        let (ids, availability) = (ids.to_vec(), availability.clone());
        write(&app, controller, move |cx| {
            for id in &ids {
                let book = timetable::create_schedule(
                    cx,
                    &NewSchedule {
                        programme_id: programme,
                        volunteer_id: Some(*id),
                        staff_id: None,
                        organisation_id: None,
                        name: "Samtaler".into(),
                        time_zone: None,
                    },
                )?;
                timetable::set_availability(cx, book.id, &availability)?;
            }
            Ok(())
        })?;
    }
    app.db
        .read_blocking(|conn| {
            Ok(slots::table
                .filter(slots::programme_id.eq(programme))
                .count()
                .get_result(conn)?)
        })
        .map_err(|error| said(error).into())
}

fn write<T: Send + 'static>(
    app: &App,
    controller: OrganisationId,
    work: impl Fn(&mut Cx<'_>) -> brobygger::platform::error::Result<T> + Send + 'static,
) -> Outcome<T> {
    let inner = app.clone();
    app.db
        .write_blocking(move |tx| {
            let actor = Actor::service(controller);
            let request = RequestInfo {
                if_match: Some("*".to_owned()),
                ..RequestInfo::default()
            };
            work(&mut Cx::new(&inner, &actor, &request, tx.conn()))
        })
        .map_err(|error| said(error).into())
}

/// Volunteers who differ in all that is looked at.
fn volunteer(programme: ProgrammeId, n: usize) -> Value {
    let one_of = |these: &[&str], each: usize| {
        these
            .get(n / each % these.len())
            .copied()
            .unwrap_or_default()
            .to_owned()
    };
    json!({
        "programmeId": programme,
        "name": {"given": one_of(&["Birgit", "Jens", "Amina", "Poul"], 1), "family": "Prøvesen"},
        "birthDate": format!("{}-05-17", 1940 + n % 50),
        "subtypes": [one_of(&["patientSupporter", "patientSupporter", "relativeSupporter", "parentSupporter"], 3)],
        "languages": [one_of(&["da", "da", "da", "en", "ar"], 2)],
        "phases": ["before", "during", "after"],
        "capacityPerWeek": 1 + n % 4,
        "experience": [
            {"kind": "diagnosis", "system": "sks", "code": one_of(&["DI21", "DI50", "DQ21", "DI48"], 5),
             "on": format!("{}-03-01", 1995 + n % 25), "whose": "own"}
        ],
        "lifeSituation": [one_of(&["retired", "working", "children"], 7)]
    })
}

/// The median time of a query.
fn raw(duration: Duration, mut query: impl FnMut() -> Outcome) -> Outcome<Duration> {
    let begun = Clock::now();
    let mut took = Vec::new();
    while begun.elapsed() < duration || took.len() < 5 {
        let started = Clock::now();
        query()?;
        took.push(started.elapsed());
    }
    took.sort_unstable();
    Ok(took.get(took.len() / 2).copied().unwrap_or_default())
}

type VolunteerRow = (Id<()>, String, bool, bool, bool, i32, Vec<u8>);

fn all_volunteers(conn: &mut AnyConnection, programme: ProgrammeId) -> Outcome {
    use volunteers as t;
    let rows: Vec<VolunteerRow> = on_engine!(conn, conn => t::table
        .filter(t::programme_id.eq(programme))
        .select((
            t::id,
            t::state,
            t::patient_supporter,
            t::relative_supporter,
            t::parent_supporter,
            t::capacity_per_week,
            t::person,
        ))
        .load(conn))?;
    if rows.is_empty() {
        return Err("there are no volunteers".into());
    }
    Ok(())
}

type SlotRow = (Id<()>, Id<()>, Id<()>, Option<Id<()>>, Instant, Instant);

fn free_slots(conn: &mut AnyConnection, programme: ProgrammeId) -> Outcome {
    let now = Instant::from(Utc::now());
    let rows: Vec<SlotRow> = on_engine!(conn, conn => slots::table
        .filter(slots::programme_id.eq(programme))
        .filter(slots::free_from.le(now))
        .filter(slots::starts_at.ge(now))
        .order((slots::starts_at.asc(), slots::id.asc()))
        .limit(21)
        .select((
            slots::id,
            slots::schedule_id,
            slots::time_type_id,
            slots::volunteer_id,
            slots::starts_at,
            slots::ends_at,
        ))
        .load(conn))?;
    if rows.is_empty() {
        return Err("there are no free times".into());
    }
    Ok(())
}
