//! Courses in storage.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{
    Closing, ClosingReason, Course, CourseId, CoursePause, CourseState, SupporterPeriod,
    TreatmentResponsible,
};
use super::rules::{self, Facts};
use crate::calls;
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::schema::{course_supporters, courses};
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::platform::text::{Line, Prose};
use crate::programmes::ProgrammeId;
use crate::referrals::ReferralId;
use crate::repoint;
use crate::staff::StaffId;

/// What is sealed of a course.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    treatment_responsible: TreatmentResponsible,
    #[serde(default)]
    pauses: Vec<CoursePause>,
    #[serde(default)]
    closing_note: Option<Prose>,
    #[serde(default)]
    recipient: Option<TreatmentResponsible>,
}

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = courses, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: CourseId,
    controller_id: OrganisationId,
    programme_id: ProgrammeId,
    patient_id: PatientId,
    referral_id: ReferralId,
    supporter_id: StaffId,
    state: CourseState,
    opened_at: Instant,
    opened_on: NaiveDate,
    time_zone: String,
    typical_from: NaiveDate,
    typical_to: NaiveDate,
    long_from: Instant,
    closed_at: Option<Instant>,
    closed_on: Option<NaiveDate>,
    closing_reason: Option<ClosingReason>,
    content: Vec<u8>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

/// A period of a supporter: the table's row.
struct SupporterRow;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = course_supporters, treat_none_as_default_value = false)]
struct PeriodRow {
    id: Id<SupporterRow>,
    course_id: CourseId,
    staff_id: StaffId,
    from_at: Instant,
    until_at: Option<Instant>,
    reason: Option<Vec<u8>>,
}

fn place(id: CourseId) -> Place<'static> {
    Place::new("courses.content", id.uuid())
}

fn reason_place(id: Id<SupporterRow>) -> Place<'static> {
    Place::new("course_supporters.reason", id.uuid())
}

fn seal(keys: &KeyRing, course: &Course) -> Result<Vec<u8>> {
    keys.seal_json(
        place(course.id),
        &Content {
            treatment_responsible: course.treatment_responsible.clone(),
            pauses: course.pauses.clone(),
            closing_note: course
                .closing
                .as_ref()
                .and_then(|closing| closing.note.clone()),
            recipient: course
                .closing
                .as_ref()
                .map(|closing| closing.recipient.clone()),
        },
    )
}

impl Row {
    /// Without supporters and warnings.
    fn open(self, keys: &KeyRing) -> Result<Course> {
        let content: Content = keys.open_json(place(self.id), &self.content)?;
        let closing = match (self.closed_at, self.closed_on, self.closing_reason) {
            (Some(at), Some(on), Some(reason)) => Some(Closing {
                at,
                on,
                reason,
                note: content.closing_note,
                recipient: content
                    .recipient
                    .unwrap_or_else(|| content.treatment_responsible.clone()),
            }),
            _ => None,
        };
        Ok(Course {
            id: self.id,
            programme_id: self.programme_id,
            patient_id: self.patient_id,
            referral_id: self.referral_id,
            supporter_id: self.supporter_id,
            supporters: Vec::new(),
            state: self.state,
            treatment_responsible: content.treatment_responsible,
            opened_at: self.opened_at,
            opened_on: self.opened_on,
            time_zone: self.time_zone,
            typical_from: self.typical_from,
            typical_to: self.typical_to,
            pauses: content.pauses,
            closing,
            warnings: Vec::new(),
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            long_from: self.long_from,
        })
    }
}

/// Rows with their supporters and warnings: two queries more, however many rows.
pub(super) fn complete(cx: &mut Cx<'_>, rows: Vec<Row>) -> Result<Vec<Course>> {
    let ids: Vec<CourseId> = rows.iter().map(|row| row.id).collect();
    let planned = calls::with_planned(cx, &ids)?;
    let periods: Vec<PeriodRow> = course_supporters::table
        .filter(one_of(course_supporters::course_id, &ids))
        .order((
            course_supporters::from_at.asc(),
            course_supporters::id.asc(),
        ))
        .select(PeriodRow::as_select())
        .load(cx.conn())?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        cx.touch(row.patient_id);
        let mut course = row.open(cx.keys)?;
        for period in periods
            .iter()
            .filter(|period| period.course_id == course.id)
        {
            course.supporters.push(SupporterPeriod {
                staff_id: period.staff_id,
                from: period.from_at,
                until: period.until_at,
                reason: period
                    .reason
                    .as_ref()
                    .map(|sealed| cx.keys.open_json(reason_place(period.id), sealed))
                    .transpose()?,
            });
        }
        course.warnings = rules::warnings(
            &Facts {
                state: course.state,
                typical_from: course.typical_from,
                long_from: course.long_from,
                closed: course
                    .closing
                    .as_ref()
                    .map(|closing| (closing.at, closing.on)),
                contact_planned: planned.contains(&course.id),
            },
            cx.now,
        );
        found.push(course);
    }
    Ok(found)
}

/// One course that the actor sees. Touches its patient.
pub fn find(cx: &mut Cx<'_>, id: CourseId) -> Result<Course> {
    let scope = cx.scope();
    let row = find_seen!(cx, courses, Row, id)?;
    scope.check_patient(row.patient_id)?;
    complete(cx, vec![row])?.pop().ok_or_else(Error::not_found)
}

/// The running courses of a patient in a programme, or in all of them.
pub fn running(
    cx: &mut Cx<'_>,
    patient: PatientId,
    programme: Option<ProgrammeId>,
) -> Result<Vec<Course>> {
    let mut query = courses::table
        .filter(courses::controller_id.eq(cx.scope().controller))
        .filter(courses::patient_id.eq(patient))
        .filter(courses::state.ne(CourseState::Closed))
        .order(courses::id.asc())
        .select(Row::as_select())
        .into_boxed();
    if let Some(programme) = programme {
        query = query.filter(courses::programme_id.eq(programme));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    complete(cx, rows)
}

/// The course that came from a referral, if it runs.
pub fn running_of_referral(cx: &mut Cx<'_>, referral: ReferralId) -> Result<Option<Course>> {
    let rows: Vec<Row> = courses::table
        .filter(courses::controller_id.eq(cx.scope().controller))
        .filter(courses::referral_id.eq(referral))
        .filter(courses::state.ne(CourseState::Closed))
        .select(Row::as_select())
        .load(cx.conn())?;
    Ok(complete(cx, rows)?.pop())
}

/// Stores a new course with its first supporter.
pub fn insert(cx: &mut Cx<'_>, course: &Course) -> Result<()> {
    let row = Row {
        id: course.id,
        controller_id: cx.scope().controller,
        programme_id: course.programme_id,
        patient_id: course.patient_id,
        referral_id: course.referral_id,
        supporter_id: course.supporter_id,
        state: course.state,
        opened_at: course.opened_at,
        opened_on: course.opened_on,
        time_zone: course.time_zone.clone(),
        typical_from: course.typical_from,
        typical_to: course.typical_to,
        long_from: course.long_from,
        closed_at: None,
        closed_on: None,
        closing_reason: None,
        content: seal(cx.keys, course)?,
        version: course.version,
        created_at: course.created_at,
        updated_at: course.updated_at,
    };
    diesel::insert_into(courses::table)
        .values(&row)
        .execute(cx.conn())?;
    add_supporter(cx, course.id, course.supporter_id, course.opened_at, None)
}

/// Stores what has changed of a course, as its next version.
pub fn save(cx: &mut Cx<'_>, course: &mut Course) -> Result<()> {
    course.version += 1;
    course.updated_at = cx.now;
    let content = seal(cx.keys, course)?;
    let closing = course.closing.as_ref();
    diesel::update(courses::table.find(course.id))
        .set((
            courses::supporter_id.eq(course.supporter_id),
            courses::state.eq(course.state),
            courses::closed_at.eq(closing.map(|closing| closing.at)),
            courses::closed_on.eq(closing.map(|closing| closing.on)),
            courses::closing_reason.eq(closing.map(|closing| closing.reason)),
            courses::content.eq(content),
            courses::version.eq(course.version),
            courses::updated_at.eq(course.updated_at),
        ))
        .execute(cx.conn())?;
    Ok(())
}

/// Begins the period of a supporter.
pub fn add_supporter(
    cx: &mut Cx<'_>,
    course: CourseId,
    staff: StaffId,
    from: Instant,
    reason: Option<&Line>,
) -> Result<()> {
    let id = Id::new();
    let row = PeriodRow {
        id,
        course_id: course,
        staff_id: staff,
        from_at: from,
        until_at: None,
        reason: reason
            .map(|reason| cx.keys.seal_json(reason_place(id), reason))
            .transpose()?,
    };
    diesel::insert_into(course_supporters::table)
        .values(&row)
        .execute(cx.conn())?;
    Ok(())
}

/// Ends the period of whoever carries the course.
pub fn end_supporter(cx: &mut Cx<'_>, course: CourseId) -> Result<()> {
    let now = cx.now;
    diesel::update(
        course_supporters::table
            .filter(course_supporters::course_id.eq(course))
            .filter(course_supporters::until_at.is_null()),
    )
    .set(course_supporters::until_at.eq(now))
    .execute(cx.conn())?;
    Ok(())
}

/// Gives the courses of `from` to `to`, when two records of one person become one.
pub fn repoint(cx: &mut Cx<'_>, from: PatientId, to: PatientId) -> Result<()> {
    for moved in running(cx, from, None)? {
        if !running(cx, to, Some(moved.programme_id))?.is_empty() {
            return Err(Error::conflict(
                "Both records have a running course in the same programme: close one of them first.",
            ));
        }
    }
    repoint!(cx, courses, from, to)
}
