//! The closing note (afslutningsnotat) as a document: what happened, who was the supporter, and
//! who holds treatment responsibility (APS-8). It carries health data and goes by safe mail only
//! (APS-11).

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{ClosingReason, CourseId, TreatmentResponsible};
use super::store;
use crate::calls;
use crate::closed_enum;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};
use crate::platform::text::{Code, Line, Name, Prose};
use crate::programmes::{self, ProgrammeId};
use crate::staff::{self, StaffId};

closed_enum! {
    /// How a document may be sent: safeMail (sikker post: Digital Post), never e-mail or SMS
    /// (APS-11).
    pub enum Delivery {
        /// Digital Post.
        SafeMail = "safeMail",
    }
}

/// A topic that was talked about (APS-7).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopicTalkedAbout {
    /// Its code.
    code: Code,
    /// Its name in the programme's language; its code where the programme has dropped it since.
    name: Name,
    /// In how many talks.
    talks: usize,
}

/// A closing note (afslutningsnotat).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClosingNote {
    /// The course.
    course_id: CourseId,
    /// The programme.
    programme_id: ProgrammeId,
    /// What the programme is called.
    programme_name: Name,
    /// The patient.
    patient_id: PatientId,
    /// The first day of the course.
    opened_on: NaiveDate,
    /// The last day of the course.
    closed_on: NaiveDate,
    /// Why it ended.
    reason: ClosingReason,
    /// How many talks were held, the first conversation included.
    talks: usize,
    /// What they were about, in the order it first came up (APS-7).
    topics: Vec<TopicTalkedAbout>,
    /// Who carried the course at the end.
    supporter_id: StaffId,
    /// What that person is called.
    supporter_name: Name,
    /// Who holds treatment responsibility (APS-8).
    treatment_responsible: TreatmentResponsible,
    /// Whom the note goes to.
    recipient: TreatmentResponsible,
    /// The note; absent where the consent was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    text: Option<Prose>,
    /// How it may be sent (APS-11).
    delivery: Delivery,
    /// The programme's safe mail address, for the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    safe_mail: Option<Line>,
}

/// The closing note of a course. There is none before the course is closed.
pub fn of(cx: &mut Cx<'_>, id: CourseId) -> Result<ClosingNote> {
    let course = store::find(cx, id)?;
    let closing = course.closing.ok_or_else(|| {
        Error::problem(
            crate::platform::error::ProblemCode::NotFound,
            "The course is not closed: it has no closing note yet.",
        )
    })?;
    let programme = programmes::find(cx, course.programme_id)?;
    let supporter = staff::find(cx, course.supporter_id)?;
    let talks = calls::held(cx, id)?;
    let mut topics: Vec<TopicTalkedAbout> = Vec::new();
    for code in talks.iter().flatten() {
        if let Some(known) = topics.iter_mut().find(|topic| topic.code == *code) {
            known.talks += 1;
            continue;
        }
        let name = programme
            .policy
            .topics
            .iter()
            .find(|topic| topic.code == *code)
            .map_or_else(|| Name::from(code.as_str()), |topic| topic.name.clone());
        topics.push(TopicTalkedAbout {
            code: code.clone(),
            name,
            talks: 1,
        });
    }
    Ok(ClosingNote {
        course_id: course.id,
        programme_id: course.programme_id,
        programme_name: programme.name,
        patient_id: course.patient_id,
        opened_on: course.opened_on,
        closed_on: closing.on,
        reason: closing.reason,
        talks: talks.len(),
        topics,
        supporter_id: course.supporter_id,
        supporter_name: supporter.name,
        treatment_responsible: course.treatment_responsible,
        recipient: closing.recipient,
        text: closing.note,
        delivery: Delivery::SafeMail,
        safe_mail: programme.policy.contact.safe_mail,
    })
}
