//! What is asked of the service: the five operations, and the world they are asked in.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;

use brobygger::patients::PatientId;
use chrono::{Duration, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Outcome;
use super::driver::{self, Answer, Dice, NextRequest, Template};
use super::seed;

/// An operation that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// One patient, by a random id.
    Read,
    /// The first page of 20 patients.
    List,
    /// One patient, by a random identity number.
    Search,
    /// A referral with a patient who is new and a consent.
    Create,
    /// An attempt to call, at a random planned session.
    Attempt,
}

impl Operation {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Read,
        Self::List,
        Self::Search,
        Self::Create,
        Self::Attempt,
    ];

    /// By its name on the command line.
    pub(crate) fn parse(name: &str) -> Outcome<Self> {
        Ok(match name {
            "read" => Self::Read,
            "list" => Self::List,
            "search" => Self::Search,
            "create" => Self::Create,
            "attempt" => Self::Attempt,
            other => return Err(format!("there is no operation {other}").into()),
        })
    }

    /// In words.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Read => "read one patient",
            Self::List => "list a page of 20",
            Self::Search => "search by identifier",
            Self::Create => "create a referral with a new patient",
            Self::Attempt => "record a call attempt",
        }
    }
}

/// A patient in the database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    /// What the patient's identity number is made from.
    pub number: u32,
    /// The patient's id.
    pub id: PatientId,
}

/// What is in the database before the first run.
#[derive(Debug)]
pub(crate) struct World {
    people: Rc<[Person]>,
    programme: String,
    sessions: Rc<[String]>,
    /// The number of the next new patient; seeded ones are far below.
    next: Rc<Cell<u32>>,
    dice: Cell<u64>,
}

/// In the place of an id or a key that is filled in later, of the same length.
const SOME_ID: &str = "00000000-0000-0000-0000-000000000000";
/// In the place of a CPR number.
const SOME_CPR: &str = "0000000000";
/// In the place of a telephone number.
const SOME_PHONE: &str = "+4500000000";
/// The number of the first patient who comes with a referral.
const FIRST_NEW: u32 = 40_000_000;

impl World {
    /// Patients and nothing else.
    pub(crate) fn of_patients(people: Vec<Person>) -> Self {
        Self {
            people: people.into(),
            programme: String::new(),
            sessions: Rc::new([]),
            next: Rc::new(Cell::new(FIRST_NEW)),
            dice: Cell::new(1),
        }
    }

    /// What these operations need besides: a programme, a nurse, and planned first conversations,
    /// all made through the API.
    pub(crate) fn build(
        address: SocketAddr,
        headers: &str,
        people: Vec<Person>,
        operations: &[Operation],
        sessions: usize,
    ) -> Outcome<Self> {
        let mut world = Self::of_patients(people);
        let needed = |operation| operations.contains(&operation);
        if !needed(Operation::Create) && !needed(Operation::Attempt) {
            return Ok(world);
        }
        let post = |path: &str, body: &Value| -> Outcome<Value> {
            let body = serde_json::to_vec(body)?;
            driver::once(address, &driver::request("POST", path, headers, &body))?.json()
        };
        let organisations = driver::request("GET", "/v1/organisations", headers, b"");
        let organisations = driver::once(address, &organisations)?.json()?;
        let organisation = text(&organisations, "/items/0/id")?;
        let programme = post(
            "/v1/programmes",
            &json!({"organisationId": organisation, "preset": "APS"}),
        )?;
        world.programme = text(&programme, "/id")?;
        if !needed(Operation::Attempt) {
            return Ok(world);
        }
        let nurse = post(
            "/v1/staff",
            &json!({"organisationId": organisation, "name": "Prøve Sygeplejerske", "roles": ["nurse"]}),
        )?;
        let nurse = text(&nurse, "/id")?;
        let mut planned = Vec::with_capacity(sessions);
        for _ in 0..sessions {
            let n = world.next.replace(world.next.get() + 1);
            let new = world.referral(&seed::cpr(n), &seed::phone(n));
            let referral = text(&post("/v1/referrals", &new)?, "/id")?;
            let acceptance = format!("/v1/referrals/{referral}/acceptance");
            post(&acceptance, &json!({"assignedTo": nurse}))?;
            let session = json!({
                "referralId": referral,
                "supporterId": nurse,
                "plannedAt": (Utc::now() + Duration::days(2)).to_rfc3339(),
                "plannedMinutes": 30
            });
            let session = text(&post("/v1/call-sessions", &session)?, "/id")?;
            // The first call changes the referral too. It is made now, so that what is measured is
            // the same work each time.
            let attempts = format!("/v1/call-sessions/{session}/attempts");
            post(
                &attempts,
                &json!({"numberLabel": "mobile", "outcome": "busy"}),
            )?;
            planned.push(session);
        }
        world.sessions = planned.into();
        Ok(world)
    }

    fn referral(&self, cpr: &str, phone: &str) -> Value {
        let earlier = |minutes| (Utc::now() - Duration::minutes(minutes)).to_rfc3339();
        json!({
            "programmeId": self.programme,
            "channel": "hospital",
            "statedProgramme": "Aktiv Patientstøtte",
            "sentAt": earlier(10),
            "patient": seed::person(cpr, phone),
            "consent": {"purpose": "referral", "form": "oral", "givenAt": earlier(60)},
            "criteria": [{"code": "chronicDisease", "answer": "yes"}],
            "referrer": {"name": "Prøve Læge", "organisationName": "Prøve Sygehus"},
            "reason": "KOL og diabetes, to indlæggelser i det seneste år. Ønsker støtte til hverdagen."
        })
    }

    /// Those who were there from the start.
    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    /// One answer, for the bare handler to repeat.
    pub(crate) fn sample(
        &self,
        operation: Operation,
        address: SocketAddr,
        headers: &str,
    ) -> Outcome<Answer> {
        let mut request = Vec::new();
        (self.requests(operation, headers)?)(&mut request);
        let answer = driver::once(address, &request)?;
        answer.json()?;
        Ok(answer)
    }

    /// Requests without end, different ones in each run.
    pub(crate) fn requests(&self, operation: Operation, headers: &str) -> Outcome<NextRequest> {
        self.dice.set(self.dice.get() + 1);
        let mut dice = Dice::new(self.dice.get());
        let people = Rc::clone(&self.people);
        let mut person = move || dice.pick(&people).copied();
        let mut text = String::new();
        Ok(match operation {
            Operation::Read => {
                let path = format!("/v1/patients/{SOME_ID}");
                let request = driver::request("GET", &path, headers, b"");
                let template = Template::new(&request, &[SOME_ID])?;
                Box::new(move |into| {
                    if let Some(person) = person() {
                        write_id(&mut text, person.id.uuid());
                        template.fill(into, &[&text]);
                    }
                })
            }
            Operation::List => {
                let request = driver::request("GET", "/v1/patients?limit=20", headers, b"");
                Box::new(move |into| into.extend_from_slice(&request))
            }
            Operation::Search => {
                let body = json!({
                    "identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": SOME_CPR}
                });
                let body = serde_json::to_vec(&body)?;
                let request = driver::request("POST", "/v1/patients/search", headers, &body);
                let template = Template::new(&request, &[SOME_CPR])?;
                Box::new(move |into| {
                    if let Some(person) = person() {
                        template.fill(into, &[&seed::cpr(person.number)]);
                    }
                })
            }
            Operation::Create => {
                let headers = format!("{headers}idempotency-key: {SOME_ID}\r\n");
                let body = serde_json::to_vec(&self.referral(SOME_CPR, SOME_PHONE))?;
                let request = driver::request("POST", "/v1/referrals", &headers, &body);
                let template = Template::new(&request, &[SOME_ID, SOME_CPR, SOME_PHONE])?;
                let next = Rc::clone(&self.next);
                Box::new(move |into| {
                    let n = next.replace(next.get() + 1);
                    write_id(&mut text, Uuid::now_v7());
                    template.fill(into, &[&text, &seed::cpr(n), &seed::phone(n)]);
                })
            }
            Operation::Attempt => {
                let headers = format!("{headers}idempotency-key: {SOME_ID}\r\n");
                let path = format!("/v1/call-sessions/{SOME_ID}/attempts");
                let body = json!({"numberLabel": "mobile", "outcome": "notReached"});
                let body = serde_json::to_vec(&body)?;
                let request = driver::request("POST", &path, &headers, &body);
                let template = Template::new(&request, &[SOME_ID, SOME_ID])?;
                let sessions = Rc::clone(&self.sessions);
                let mut dice = Dice::new(self.dice.get());
                Box::new(move |into| {
                    if let Some(session) = dice.pick(&sessions) {
                        write_id(&mut text, Uuid::now_v7());
                        template.fill(into, &[session, &text]);
                    }
                })
            }
        })
    }
}

fn write_id(into: &mut String, id: Uuid) {
    into.clear();
    let mut buffer = Uuid::encode_buffer();
    into.push_str(id.hyphenated().encode_lower(&mut buffer));
}

fn text(value: &Value, pointer: &str) -> Outcome<String> {
    let text = value.pointer(pointer).and_then(Value::as_str);
    Ok(text
        .ok_or_else(|| format!("no {pointer} was answered"))?
        .to_owned())
}
