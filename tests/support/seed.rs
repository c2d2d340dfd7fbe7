//! One of each resource, made through the API, for the tests that hold over all operations.

use std::collections::BTreeMap;

use brobygger::platform::db::AnyConnection;
use brobygger::platform::db::connection::Purpose;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Caller, TestApp};

/// The seed's patient. Synthetic; what must never be found where it does not belong.
pub mod person {
    pub const CPR: &str = "070761-4285";
    pub const GIVEN: &str = "Zebrinette";
    pub const FAMILY: &str = "Qvistgårdsbæk";
    pub const TELEPHONE: &str = "+4532105439";
    pub const NOTE: &str = "Kvartsfugl: åndenød om natten, bor på Æblevænget";
}

/// What the seed made.
pub struct Seeded {
    /// The ids by the name that they have in paths: `patientId`, `referralId`.
    pub ids: BTreeMap<String, Uuid>,
    /// Whoever made it: a client with every scope.
    pub maker: Caller,
    /// Path and body by operationId of what was posted.
    pub requests: BTreeMap<String, (String, Value)>,
    /// OperationId, idempotency key and answer of what was posted.
    pub answers: Vec<(String, String, Value)>,
}

impl Seeded {
    /// Makes one of each.
    pub fn new(app: &TestApp) -> Self {
        let maker = app.client_with_everything();
        Self::by(maker, &app.controller.to_string(), app.clock.now().utc())
    }

    /// The same, in any service whose time is `now`.
    pub fn by(maker: Caller, controller: &str, now: DateTime<Utc>) -> Self {
        let mut seeded = Self {
            ids: BTreeMap::new(),
            maker,
            requests: BTreeMap::new(),
            answers: Vec::new(),
        };
        seeded.people_who_work(controller);
        seeded.patient(now);
        seeded.referral(now);
        seeded.talks(now);
        seeded.enquiry(now);
        seeded.volunteer();
        seeded.bookings(now);
        seeded.ward(now);
        seeded.steering(controller, now);
        seeded.webhooks(now);
        seeded.import();
        seeded.agreement(now);
        seeded.delegated(now);
        seeded.centre(now);
        seeded
    }

    fn people_who_work(&mut self, controller: &str) {
        self.make("create_organisation", "organisationId", "/organisations", &json!({
            "partOf": controller, "kind": "hospital", "name": "Sygehus Prøve", "identifiers": [],
        }));
        self.make(
            "create_programme",
            "programmeId",
            "/programmes",
            &json!({
                "organisationId": controller, "preset": "APS",
            }),
        );
        self.make(
            "create_staff_member",
            "staffId",
            "/staff",
            &json!({
                "organisationId": controller, "name": "Karen Prøve", "roles": ["nurse"],
            }),
        );
    }

    fn patient(&mut self, now: DateTime<Utc>) {
        self.make("create_patient", "patientId", "/patients", &person_json());
        let patient = format!("/patients/{}", self.ids["patientId"]);
        self.make(
            "create_relative",
            "relativeId",
            &format!("{patient}/relatives"),
            &json!({
                "relation": "sibling", "takesPart": true,
                "name": {"given": person::GIVEN, "family": person::FAMILY},
                "telephones": [{"label": "mobile", "number": person::TELEPHONE}],
            }),
        );
        self.make("record_consent", "consentId", &format!("{patient}/consents"), &json!({
            "purpose": "participation", "form": "oral", "givenAt": ago(now, 3), "note": person::NOTE,
        }));
    }

    fn referral(&mut self, now: DateTime<Utc>) {
        self.make("create_referral", "referralId", "/referrals", &json!({
            "programmeId": self.ids["programmeId"], "channel": "hospital", "sentAt": ago(now, 1),
            "statedProgramme": "Aktiv Patientstøtte",
            "patient": person_json(),
            "consent": {"purpose": "referral", "form": "oral", "givenAt": ago(now, 2), "note": person::NOTE},
            "referrer": {"name": "Dr. Ida Prøve", "organisationName": "Prøve Sygehus", "role": "doctor"},
            "reason": person::NOTE,
            "criteria": [{"code": "chronicDisease", "answer": "yes"}],
        }));
        let referral = format!("/referrals/{}", self.ids["referralId"]);
        self.maker
            .post(
                &format!("{referral}/acceptance"),
                &json!({"assignedTo": self.ids["staffId"]}),
            )
            .expect(200);
    }

    /// The first conversation, which opens the course, and the next one, which is planned.
    fn talks(&mut self, now: DateTime<Utc>) {
        self.make(
            "plan_call_session",
            "callSessionId",
            "/call-sessions",
            &json!({
                "referralId": self.ids["referralId"], "supporterId": self.ids["staffId"],
                "plannedAt": ago(now, 0), "plannedMinutes": 30,
            }),
        );
        let session = format!("/call-sessions/{}", self.ids["callSessionId"]);
        let attempt = json!({"numberLabel": "mobile", "outcome": "reached", "note": person::NOTE});
        self.maker
            .post(&format!("{session}/attempts"), &attempt)
            .expect(201);
        let completed = self.maker.post(&format!("{session}/completion"), &json!({
            "actualMinutes": 25, "agenda": [person::NOTE], "topics": ["navigatingHealthServices"],
            "note": person::NOTE,
            "nextContact": {"plannedAt": ago(now, -60 * 24 * 3), "plannedMinutes": 30},
            "suitability": {"enrol": {"treatmentResponsible": {"kind": "generalPractitioner", "name": "Lægerne Prøve"}}},
        })).expect(200);
        let courses = self.maker.get("/courses").expect(200);
        let course = courses["items"][0]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{completed}"));
        self.ids
            .insert("courseId".to_owned(), course.parse().unwrap());
        let planned = self.maker.get("/call-sessions?state=planned").expect(200);
        let planned = planned["items"][0]["id"].as_str().expect("the next talk");
        self.ids
            .insert("callSessionId".to_owned(), planned.parse().unwrap());
    }

    fn enquiry(&mut self, now: DateTime<Utc>) {
        self.make("register_enquiry", "enquiryId", "/enquiries", &json!({
            "programmeId": self.ids["programmeId"], "kind": "question", "receivedAt": ago(now, 1),
            "patientId": self.ids["patientId"],
            "contact": {"name": person::FAMILY, "telephone": person::TELEPHONE},
            "text": person::NOTE,
        }));
    }

    /// An active volunteer of the programme, which gets an onboarding of one step for it.
    fn volunteer(&mut self) {
        let programme = format!("/programmes/{}", self.ids["programmeId"]);
        let step = json!({"code": "interview", "name": "Samtale", "kind": "interview", "times": 1});
        let onboarding = json!({"policy": {"onboarding": {"steps": [step]}}});
        self.maker.patch(&programme, "*", &onboarding).expect(200);
        self.make("register_volunteer", "volunteerId", "/volunteers", &json!({
            "programmeId": self.ids["programmeId"],
            "name": {"given": person::GIVEN, "family": person::FAMILY}, "birthDate": "1961-07-07",
            "contact": {"telephone": person::TELEPHONE, "email": "zebrinette@example.org"},
            "subtypes": ["patientSupporter"], "languages": ["da"], "capacityPerWeek": 20,
            "experience": [{"kind": "diagnosis", "system": "sks", "code": "DI21", "whose": "own", "note": person::NOTE}],
            "conflicts": [{"kind": "other", "note": person::NOTE}],
            "publicProfile": {"published": true, "displayName": person::GIVEN, "presentation": person::NOTE},
        }));
        let volunteer = format!("/volunteers/{}", self.ids["volunteerId"]);
        let held = json!({"step": "interview", "outcome": "passed", "note": person::NOTE});
        self.maker
            .post(&format!("{volunteer}/onboarding-steps"), &held)
            .expect(200);
        self.maker
            .send("POST", &format!("{volunteer}/activation"), &[], None)
            .expect(200);
    }

    /// A time book with a booked time, and somebody who waits for another one.
    fn bookings(&mut self, now: DateTime<Utc>) {
        let programme = self.ids["programmeId"];
        self.make(
            "create_time_type",
            "timeTypeId",
            "/time-types",
            &json!({
                "programmeId": programme, "name": "Telefonsamtale 45", "publicName": "Samtale",
                "minutes": 45, "channel": "telephone", "webVisible": true,
            }),
        );
        self.make(
            "create_schedule",
            "scheduleId",
            "/schedules",
            &json!({
                "programmeId": programme, "staffId": self.ids["staffId"], "name": "Formiddag",
            }),
        );
        self.make(
            "create_slot",
            "slotId",
            "/slots",
            &json!({
                "scheduleId": self.ids["scheduleId"], "timeTypeId": self.ids["timeTypeId"],
                "startsAt": ago(now, -60 * 24), "seats": 3,
            }),
        );
        self.make(
            "hold_booking",
            "bookingId",
            "/bookings",
            &json!({"slotId": self.ids["slotId"]}),
        );
        let details = json!({
            "patient": person_json(), "booker": "relative", "phase": "after", "note": person::NOTE,
            "relative": {"name": format!("{} {}", person::GIVEN, person::FAMILY), "telephone": person::TELEPHONE},
            "consent": {"form": "oral", "givenAt": ago(now, 2)},
        });
        self.maker
            .post(
                &format!("/bookings/{}/confirmation", self.ids["bookingId"]),
                &details,
            )
            .expect(200);
        self.make(
            "enter_waiting_list",
            "waitingListEntryId",
            "/waiting-list-entries",
            &json!({
                "programmeId": programme, "timeTypeId": self.ids["timeTypeId"], "details": details,
            }),
        );
    }

    /// A shift that is running, a talk on it, and what somebody said.
    fn ward(&mut self, now: DateTime<Utc>) {
        let hospital = self.ids["organisationId"];
        let ward = json!({"partOf": hospital, "kind": "ward", "name": "Afsnit Prøve"});
        let ward = self.maker.post("/organisations", &ward).expect(201)["id"].clone();
        self.make(
            "plan_ward_shift",
            "wardShiftId",
            "/ward-shifts",
            &json!({
                "programmeId": self.ids["programmeId"], "wardId": ward,
                "startsAt": ago(now, 30), "endsAt": ago(now, -150),
            }),
        );
        self.make(
            "count_ward_talk",
            "wardTalkId",
            "/ward-talks",
            &json!({
                "wardShiftId": self.ids["wardShiftId"], "met": "patient", "phase": "during",
                "subtype": "patientSupporter", "minutes": 15,
            }),
        );
        self.make("register_feedback", "feedbackId", "/feedback", &json!({
            "programmeId": self.ids["programmeId"], "source": "patient", "rating": 5,
            "patientId": self.ids["patientId"], "text": person::NOTE, "quotation": {"form": "written"},
        }));
    }

    /// An endpoint with a delivery that waits, and a replay.
    fn webhooks(&mut self, now: DateTime<Utc>) {
        self.make(
            "create_webhook_endpoint",
            "webhookEndpointId",
            "/webhook-endpoints",
            &json!({"name": "Record system", "url": "https://ehr.example.org/hooks", "eventTypes": ["referral.accepted"]}),
        );
        let endpoint = format!("/webhook-endpoints/{}", self.ids["webhookEndpointId"]);
        self.make(
            "ping_webhook_endpoint",
            "deliveryId",
            &format!("{endpoint}/ping"),
            &json!({}),
        );
        self.make(
            "replay_webhook_events",
            "replayId",
            &format!("{endpoint}/replays"),
            &json!({"from": ago(now, 60)}),
        );
    }

    /// A file that is queued.
    fn import(&mut self) {
        let headers = [("content-type", "text/csv")];
        let file = format!(
            "cpr,name.given,name.family,telephone\n{},{},{},{}\n",
            person::CPR,
            person::GIVEN,
            person::FAMILY,
            person::TELEPHONE
        );
        let path = "/v1/imports?kind=patients&mode=upsert";
        let job = self
            .maker
            .raw("POST", path, &headers, file.as_bytes())
            .expect(202);
        let id = job["id"].as_str().expect("an id").parse().expect("a UUID");
        self.ids.insert("importId".to_owned(), id);
    }

    /// A health agreement with a measured indicator, its evaluations, and a governing document.
    fn agreement(&mut self, now: DateTime<Utc>) {
        let programme = self.ids["programmeId"];
        self.make("create_health_agreement", "healthAgreementId", "/health-agreements", &json!({
            "programmeId": programme, "agreementType": "healthAgreement", "title": "Sundhedsaftale",
            "regionCode": "1085", "periodFrom": "2025-01-01", "vision": "Sammen om sundhed.",
            "parties": [{"kind": "region", "name": "Region Sjælland"}, {"kind": "municipality", "name": "Næstved", "municipalityCode": "0370"}],
            "objectives": [{"title": "Lighed i sundhed"}],
        }));
        self.make("create_indicator", "indicatorId", "/indicators", &json!({
            "healthAgreementId": self.ids["healthAgreementId"], "number": 9, "name": "Aftalt opfølgning",
            "level": "agreement", "measure": "quality", "unit": "percent", "direction": "increase",
            "target": {"value": 85, "by": "2028-12-31"}, "source": "Egne tal", "measuredEveryMonths": 3,
        }));
        self.make("record_measurement", "measurementId", "/measurements", &json!({
            "indicatorId": self.ids["indicatorId"], "periodFrom": "2025-01-01", "periodTo": "2025-03-31",
            "numerator": 76, "denominator": 100,
        }));
        self.make("plan_evaluation", "evaluationId", "/evaluations", &json!({
            "healthAgreementId": self.ids["healthAgreementId"], "kind": "final", "dueOn": "2028-12-31",
        }));
        let content = json!({
            "title": "Rutine", "text": "Sådan gøres det.", "mainAuthor": "Eva Prov", "editor": "Nils Prov",
            "appliesTo": "Alle afdelinger", "keywords": ["medvirken"], "reviewOn": day(now, 30),
        });
        let made = self.make(
            "create_governing_document",
            "governingDocumentId",
            "/governing-documents",
            &json!({
                "programmeId": programme, "kind": "routine", "content": content,
            }),
        );
        let document = format!("/governing-documents/{}", self.ids["governingDocumentId"]);
        let first = made["draftVersionId"].as_str().expect("a draft");
        let approval = json!({"approver": "Direktøren"});
        self.maker
            .post(&format!("{document}/versions/{first}/approval"), &approval)
            .expect(200);
        self.make(
            "draft_document_version",
            "governingDocumentVersionId",
            &format!("{document}/versions"),
            &json!({"content": content}),
        );
    }

    /// A delegation that is proposed, and a working group of a steering group.
    fn delegated(&mut self, now: DateTime<Utc>) {
        let programme = self.ids["programmeId"];
        self.make("propose_delegation", "delegationId", "/delegations", &json!({
            "programmeId": programme, "task": "Antibiotika i eget hjem", "reservedPractice": true,
            "from": {"sector": "hospital", "name": "Prøve Sygehus"}, "to": {"sector": "municipality", "name": "Prøve Kommune"},
            "validFrom": day(now, 0), "validTo": day(now, 60),
        }));
        self.make("create_working_group", "workingGroupId", "/working-groups", &json!({
            "steeringGroupId": self.ids["steeringGroupId"], "name": "Arbejdsgruppe", "mandate": "Beskriver opgaven.",
            "startsOn": day(now, 0), "endsOn": day(now, 80),
            "members": [{"name": format!("{} {}", person::GIVEN, person::FAMILY), "leads": true}],
        }));
    }

    /// A unit with somebody in it, and what it offers.
    fn centre(&mut self, now: DateTime<Utc>) {
        let programme = self.ids["programmeId"];
        self.make(
            "create_unit",
            "unitId",
            "/units",
            &json!({
                "programmeId": programme, "name": "AMA Prøve", "validFrom": day(now, -100),
            }),
        );
        self.make("assign_staff_share", "staffShareId", "/staff-shares", &json!({
            "unitId": self.ids["unitId"], "staffId": self.ids["staffId"], "percent": 60, "validFrom": day(now, -50),
        }));
        self.make("register_support_offer", "supportOfferId", "/support-offers", &json!({
            "programmeId": programme, "unitId": self.ids["unitId"], "name": "Brobygger", "sector": "hospital",
            "provider": "Centeret", "description": "Støtte i komplekse forløb.",
        }));
    }

    /// A steering group, and a meeting whose minutes were sent and remarked on.
    fn steering(&mut self, controller: &str, now: DateTime<Utc>) {
        self.make(
            "create_steering_group",
            "steeringGroupId",
            "/steering-groups",
            &json!({
                "organisationId": controller, "name": "Styregruppen", "startsOn": "2026-01-01",
            }),
        );
        let group = format!("/steering-groups/{}", self.ids["steeringGroupId"]);
        let mut there = Vec::new();
        for role in ["chair", "secretary"] {
            self.make("appoint_steering_member", "steeringMemberId", &format!("{group}/members"), &json!({
                "name": format!("{} {}", person::GIVEN, person::FAMILY), "seat": "Kommunerne", "role": role,
                "sector": "municipality", "fromOn": "2026-01-01",
            }));
            there.push(json!({"memberId": self.ids["steeringMemberId"], "presence": "present"}));
        }
        self.make("plan_meeting", "meetingId", "/meetings", &json!({
            "steeringGroupId": self.ids["steeringGroupId"], "kind": "ordinary", "title": "1. møde",
            "startsAt": ago(now, 120), "endsAt": ago(now, 30),
        }));
        let meeting = format!("/meetings/{}", self.ids["meetingId"]);
        self.make(
            "add_agenda_item",
            "agendaItemId",
            &format!("{meeting}/agenda-items"),
            &json!({
                "title": person::NOTE, "kind": "decision", "text": person::NOTE,
            }),
        );
        let item = format!("/agenda-items/{}", self.ids["agendaItemId"]);
        let said = json!({"minutes": person::NOTE});
        self.maker.patch(&item, "*", &said).expect(200);
        self.make(
            "record_decision",
            "decisionId",
            &format!("{item}/decisions"),
            &json!({"text": person::NOTE}),
        );
        self.make("create_action_item", "actionItemId", &format!("{item}/action-items"), &json!({
            "task": person::NOTE, "ownerId": self.ids["steeringMemberId"], "dueOn": "2030-01-01",
        }));
        let there = json!({"members": there, "guests": [{"name": person::FAMILY}]});
        self.maker
            .send(
                "PUT",
                &format!("{meeting}/attendance"),
                &[("if-match", "*")],
                Some(&there),
            )
            .expect(200);
        self.maker
            .send("POST", &format!("{meeting}/minutes/sending"), &[], None)
            .expect(200);
        self.make(
            "create_function_description",
            "functionDescriptionId",
            "/function-descriptions",
            &json!({
                "steeringGroupId": self.ids["steeringGroupId"], "kind": "functionDescription",
                "title": "Brobygger", "text": person::NOTE,
            }),
        );
        for name in ["memberId", "ownerId", "proposerId"] {
            let member = self.ids["steeringMemberId"];
            self.ids.insert(name.to_owned(), member);
        }
        self.make(
            "send_remark",
            "remarkId",
            &format!("{meeting}/remarks"),
            &json!({
                "text": person::NOTE, "memberId": self.ids["memberId"],
            }),
        );
    }

    /// An example of the document with the ids of what the seed made in place of made-up ones.
    pub fn at_home(&self, example: &Value) -> Value {
        let mut body = example.clone();
        self.settle(&mut body);
        body
    }

    fn settle(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match self.ids.get(name) {
                        Some(id) if value.is_string() => *value = json!(id),
                        _ => self.settle(value),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.settle(item)),
            _ => {}
        }
    }

    /// Posts, expects 201, and keeps the id under `name`.
    #[track_caller]
    fn make(&mut self, operation: &str, name: &str, path: &str, body: &Value) -> Value {
        let key = Uuid::now_v7().to_string();
        let made = self
            .maker
            .post_with(path, &[("idempotency-key", &key)], body)
            .expect(201);
        let id = made["id"].as_str().expect("an id").parse().expect("a UUID");
        self.ids.insert(name.to_owned(), id);
        self.requests
            .insert(operation.to_owned(), (path.to_owned(), body.clone()));
        self.answers.retain(|(known, _, _)| known != operation);
        self.answers.push((operation.to_owned(), key, made.clone()));
        made
    }
}

fn person_json() -> Value {
    json!({
        "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": person::CPR}],
        "name": {"given": person::GIVEN, "family": person::FAMILY},
        "telephones": [{"label": "mobile", "number": person::TELEPHONE}],
        "municipalityCode": "0370",
    })
}

/// The day so many days after `now`.
fn day(now: DateTime<Utc>, days: i64) -> String {
    (now + chrono::Duration::days(days))
        .date_naive()
        .to_string()
}

/// So many minutes before `now`.
fn ago(now: DateTime<Utc>, minutes: i64) -> String {
    (now - chrono::Duration::minutes(minutes)).to_rfc3339()
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many rows each table has.
pub fn rows(app: &TestApp) -> BTreeMap<String, i64> {
    let mut conn = app.url.connect(Purpose::Read).unwrap();
    let tables = match &conn {
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        AnyConnection::Postgres(_) => {
            "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let tables: Vec<Name> = match &mut conn {
        AnyConnection::Postgres(conn) => sql_query(tables).load(conn).unwrap(),
        AnyConnection::Sqlite(conn) => sql_query(tables).load(conn).unwrap(),
    };
    tables
        .into_iter()
        .map(|table| {
            let query = format!("SELECT count(*) AS count FROM {}", table.name);
            let count: Count = match &mut conn {
                AnyConnection::Postgres(conn) => sql_query(query).get_result(conn).unwrap(),
                AnyConnection::Sqlite(conn) => sql_query(query).get_result(conn).unwrap(),
            };
            (table.name, count.count)
        })
        .collect()
}
