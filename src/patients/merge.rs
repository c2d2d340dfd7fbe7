//! Two records of one person become one, in one transaction: the survivor keeps its id and takes
//! over numbers, look-ups, relatives, consents and everything that refers to the duplicate.

use super::model::{Patient, PatientId};
use super::{relatives, rules, store, view};
use crate::platform::app::Cx;
use crate::platform::error::Result;
use crate::platform::events::Event;
use crate::platform::external_ids::{self, RecordKind};
use crate::platform::text::Line;
use crate::{bookings, calls, consents, courses, enquiries, feedback, referrals, waiting_list};

/// Merges `duplicate` into `survivor`.
pub fn merge(
    cx: &mut Cx<'_>,
    survivor: PatientId,
    duplicate: PatientId,
    reason: &Line,
) -> Result<Patient> {
    let survivor = store::find_active(cx, survivor)?;
    cx.request.heed_version(survivor.version)?;
    let duplicate = store::find_active(cx, duplicate)?;
    // What one record shows stands on the other one afterwards.
    for record in [&survivor, &duplicate] {
        view::check_seen(
            cx.scope(),
            record,
            "Records of a protected person are merged by those who may see them.",
        )?;
    }
    let after = rules::merge(&survivor, &duplicate)?;
    let (from, to) = (duplicate.id, survivor.id);
    store::mark_merged(cx, &duplicate, to, reason)?;
    store::move_lookups(cx, from, to)?;
    external_ids::repoint(cx, RecordKind::Patient, from, to)?;
    relatives::repoint(cx, from, to)?;
    consents::repoint(cx, from, to)?;
    referrals::repoint(cx, from, to)?;
    courses::repoint(cx, from, to)?;
    calls::repoint(cx, from, to)?;
    enquiries::repoint(cx, from, to)?;
    bookings::repoint(cx, from, to)?;
    waiting_list::repoint(cx, from, to)?;
    feedback::repoint(cx, from, to)?;
    let after = store::write(cx, after)?;
    cx.emit(&Event::new("patient.merged", from).patient(to))?;
    Ok(after)
}
