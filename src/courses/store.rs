//! Courses in storage.

use super::model::{Course, CourseId, NewCourse};
use crate::consents::Consent;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};

/// Opens a course.
pub fn open(_cx: &mut Cx<'_>, _new: NewCourse) -> Result<Course> {
    Err(Error::internal("not there yet"))
}

/// One course that the actor sees.
pub fn find(_cx: &mut Cx<'_>, _id: CourseId) -> Result<Course> {
    Err(Error::internal("not there yet"))
}

/// Closes the running courses that stood on a withdrawn consent, with the reason
/// `consentWithdrawn`, and says which. Their planned talks are the caller's to cancel (with
/// `calls::cancel_planned`), because its answer lists them too.
///
/// Participation: the patient's courses in the consent's programme, or in all where it names
/// none. Referral: the courses that came from referrals standing on it, unless another active
/// participation consent covers them. Any other purpose closes nothing.
pub fn close_for_consent(_cx: &mut Cx<'_>, _consent: &Consent) -> Result<Vec<CourseId>> {
    Err(Error::internal("not there yet"))
}

/// Gives the courses of `from` to `to`, when two records of one person become one.
pub fn repoint(_cx: &mut Cx<'_>, _from: PatientId, _to: PatientId) -> Result<()> {
    Err(Error::internal("not there yet"))
}
