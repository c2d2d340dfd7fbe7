//! What is counted of a talk on a ward. No field names anybody, and none takes text (HF-3).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::WardShiftId;
use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::volunteers::{IllnessPhase, VolunteerSubtype};

/// The id of a ward talk.
pub type WardTalkId = Id<WardTalk>;

closed_enum! {
    /// Who was met: patient (patient), relative (pårørende / närstående).
    pub enum Met {
        /// A patient.
        Patient = "patient",
        /// Somebody near a patient.
        Relative = "relative",
    }
}

/// A talk on a ward (afsnitssamtale / avdelningssamtal): counted, never named.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e76", "wardShiftId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "wardId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72",
    "heldOn": "2026-04-08", "met": "patient", "phase": "during", "subtype": "patientSupporter", "minutes": 15, "version": 1
}))]
pub struct WardTalk {
    /// Its id.
    pub id: WardTalkId,
    /// The shift it was on.
    pub ward_shift_id: WardShiftId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The ward.
    pub ward_id: OrganisationId,
    /// The day.
    pub held_on: NaiveDate,
    /// Who was met.
    pub met: Met,
    /// Where the one who was met is in the illness.
    pub phase: IllnessPhase,
    /// As which kind of supporter the volunteer talked.
    pub subtype: VolunteerSubtype,
    /// How long it was.
    #[schema(minimum = 1, maximum = 240)]
    pub minutes: i32,
    /// Always 1: a count is not changed but taken back and made anew; the `ETag`.
    pub version: i32,
}

/// A talk to be counted. Nothing tells who was met: no name, no number, no text.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"wardShiftId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "met": "patient", "phase": "during", "subtype": "patientSupporter", "minutes": 15}))]
pub struct NewWardTalk {
    /// The shift it was on; ward and day are the shift's.
    pub ward_shift_id: WardShiftId,
    /// Who was met.
    pub met: Met,
    /// Where the one who was met is in the illness.
    pub phase: IllnessPhase,
    /// As which kind of supporter the volunteer talked.
    pub subtype: VolunteerSubtype,
    /// How long it was.
    #[schema(minimum = 1, maximum = 240)]
    pub minutes: i32,
}
