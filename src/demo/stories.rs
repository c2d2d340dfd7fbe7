//! What has happened in the demo: one patient in every stage of Aktiv Patientstøtte.

use chrono::Duration;
use serde_json::{Value, json};

use super::people::{
    AWAITING, CALLED, CLOSED, FRESH, IN_COURSE, OVERDUE, PROTECTED, Person, WITHOUT_NUMBER,
};
use super::{Home, Loader, from};
use crate::calls::{self, CallSessionId};
use crate::courses::{self, CourseId};
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::referrals::{self, ReferralId};
use crate::staff::StaffId;

pub(super) fn tell(loader: &Loader, home: &Home) -> Result<()> {
    // Seven months of talks, still going on.
    let course = enrol(loader, home, &IN_COURSE, 214, home.nurse)?;
    for days in [200, 180, 150, 120, 90, 60, 30, 10] {
        talk(loader, home, course, days)?;
    }
    plan(
        loader,
        home,
        loader.today + Duration::days(6),
        json!({"courseId": course}),
    )?;

    // A course that ended with its closing note.
    let closed = enrol(loader, home, &CLOSED, 300, home.second_nurse)?;
    for days in [270, 220, 170, 120] {
        talk(loader, home, closed, days)?;
    }
    close(loader, home, closed, 80)?;

    // Nobody has called yet, and the eight working days are over.
    refer(loader, home, &OVERDUE, 16, "hospital")?;
    // Came in yesterday.
    refer(loader, home, &FRESH, 1, "generalPractice")?;
    // The municipality knows name, telephone and municipality only (APS-2).
    refer(loader, home, &WITHOUT_NUMBER, 2, "municipality")?;
    refer(loader, home, &PROTECTED, 3, "hospital")?;

    let awaiting = refer(loader, home, &AWAITING, 5, "generalPractice")?;
    loader.at(loader.days_ago(4), home.region, move |cx| {
        let request = from(json!({"items": "Oplys venligst om indlæggelser det seneste år."}))?;
        referrals::request_supplement(cx, awaiting, &request).map(drop)
    })?;

    // Called twice, not reached.
    let called = refer(loader, home, &CALLED, 7, "hospital")?;
    accept(loader, home, called, 6, home.nurse)?;
    let session = plan(
        loader,
        home,
        loader.days_ago(5),
        json!({"referralId": called}),
    )?;
    attempt(loader, home, session, loader.days_ago(5), "notReached")?;
    attempt(loader, home, session, loader.days_ago(3), "notReached")
}

/// A referral as the channel brings it, received `days` ago.
fn refer(
    loader: &Loader,
    home: &Home,
    person: &Person,
    days: i64,
    channel: &str,
) -> Result<ReferralId> {
    let at = loader.days_ago(days);
    let mut body = json!({
        "programmeId": home.programme,
        "channel": channel,
        "sentAt": at + Duration::minutes(-5),
        "receivedAt": at,
        "patient": person.json(),
        "consent": {"purpose": "referral", "form": "oral", "givenAt": at + Duration::minutes(-20)},
    });
    if channel != "municipality" {
        set(&mut body, "statedProgramme", json!("Aktiv Patientstøtte"));
        set(
            &mut body,
            "criteria",
            json!([{"code": "chronicDisease", "answer": "yes"}]),
        );
        set(
            &mut body,
            "referrer",
            json!({"name": "Ida Prøve", "role": "læge", "organisationId": home.hospital}),
        );
    }
    loader.at(at, home.region, move |cx| {
        Ok(referrals::register(cx, &from(body.clone())?)?.id)
    })
}

fn accept(
    loader: &Loader,
    home: &Home,
    referral: ReferralId,
    days: i64,
    nurse: StaffId,
) -> Result<()> {
    loader.at(loader.days_ago(days), home.region, move |cx| {
        referrals::accept(cx, referral, &from(json!({"assignedTo": nurse}))?).map(drop)
    })
}

fn plan(loader: &Loader, home: &Home, planned: Instant, of: Value) -> Result<CallSessionId> {
    let mut body = of;
    set(&mut body, "plannedAt", json!(planned));
    set(&mut body, "plannedMinutes", json!(30));
    loader.at(planned, home.region, move |cx| {
        Ok(calls::plan(cx, &from(body.clone())?)?.id)
    })
}

fn attempt(
    loader: &Loader,
    home: &Home,
    session: CallSessionId,
    at: Instant,
    outcome: &'static str,
) -> Result<()> {
    loader.at(at, home.region, move |cx| {
        let new = from(json!({"numberLabel": "mobile", "outcome": outcome}))?;
        calls::record(cx, session, &new).map(drop)
    })
}

/// From referral to an open course, beginning `days` ago.
fn enrol(
    loader: &Loader,
    home: &Home,
    person: &Person,
    days: i64,
    nurse: StaffId,
) -> Result<CourseId> {
    let referral = refer(loader, home, person, days, "hospital")?;
    accept(loader, home, referral, days - 1, nurse)?;
    let first = loader.days_ago(days - 4);
    let session = plan(loader, home, first, json!({"referralId": referral}))?;
    attempt(loader, home, session, first, "reached")?;
    loader.at(first + Duration::minutes(40), home.region, move |cx| {
        let done = from(json!({
            "actualMinutes": 40,
            "agenda": ["At få overblik over behandlingen"],
            "topics": ["longTermIllnessAndComplexity", "navigatingHealthServices"],
            "note": "Vil gerne ringes op hver tredje uge.",
            "suitability": {"enrol": {"treatmentResponsible": {"kind": "hospitalDepartment", "name": "Kardiologisk afdeling"}}},
        }))?;
        calls::complete(cx, session, &done)?
            .opened
            .ok_or_else(|| Error::internal("the demo's first conversation opened no course"))
    })
}

fn talk(loader: &Loader, home: &Home, course: CourseId, days: i64) -> Result<()> {
    let at = loader.days_ago(days);
    let session = plan(loader, home, at, json!({"courseId": course}))?;
    attempt(loader, home, session, at, "reached")?;
    loader.at(at + Duration::minutes(25), home.region, move |cx| {
        let done = from(json!({
            "actualMinutes": 25,
            "agenda": ["Det der fylder i dag"],
            "topics": ["puttingDifficultiesIntoWords"],
            "note": "God samtale; ønsker samme sygeplejerske næste gang.",
        }))?;
        calls::complete(cx, session, &done).map(drop)
    })
}

fn close(loader: &Loader, home: &Home, course: CourseId, days: i64) -> Result<()> {
    loader.at(loader.days_ago(days), home.region, move |cx| {
        let closure = from(json!({
            "reason": "goalsReached",
            "closingNote": "Har fået overblik og klarer selv kontakten til sygehuset.",
        }))?;
        courses::close(cx, course, &closure).map(drop)
    })
}

fn set(body: &mut Value, field: &str, value: Value) {
    if let Some(object) = body.as_object_mut() {
        object.insert(field.to_owned(), value);
    }
}
