//! What a ward shift is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::platform::db::Instant;
use crate::platform::http::input::{present, rule};
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::volunteers::{VolunteerId, VolunteerSubtype};

/// The id of a ward shift.
pub type WardShiftId = Id<WardShift>;

/// The id of a sign-up.
pub type SignUpId = Id<SignUp>;

closed_enum! {
    /// Where a shift stands: planned (planlagt / planerad), cancelled (aflyst / inställd).
    pub enum ShiftState {
        /// It takes place, or has taken place.
        Planned = "planned",
        /// It does not take place.
        Cancelled = "cancelled",
    }
}

closed_enum! {
    /// Why a shift does not take place: noVolunteers (ingen frivillige), wardClosed (afsnittet er
    /// lukket), infection (smitte på afsnittet), holiday (ferie), other (andet).
    pub enum ShiftCancellationReason {
        /// Nobody could come.
        NoVolunteers = "noVolunteers",
        /// The ward is closed.
        WardClosed = "wardClosed",
        /// There is an infection on the ward.
        Infection = "infection",
        /// Holidays.
        Holiday = "holiday",
        /// Something else.
        Other = "other",
    }
}

closed_enum! {
    /// What place somebody takes: regular (vagt / pass), trial (prøvevagt / provpass).
    pub enum PlaceKind {
        /// A place for an active volunteer.
        Regular = "regular",
        /// A place beside an experienced volunteer, on the way to being active (HF-2).
        Trial = "trial",
    }
}

closed_enum! {
    /// What needs somebody's attention: nobody (ingen på vagten), onePerson (kun én på vagten),
    /// trialWithoutExperienced (prøvevagt uden erfaren frivillig).
    pub enum ShiftFlag {
        /// Nobody has signed up.
        Nobody = "nobody",
        /// Shifts are walked in pairs, and only one person has signed up.
        OnePerson = "onePerson",
        /// Somebody is on a trial place and no active volunteer is on the shift.
        TrialWithoutExperienced = "trialWithoutExperienced",
    }
}

/// Somebody's place on a shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e73", "volunteerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e74", "kind": "regular", "subtype": "patientSupporter", "offered": false, "signedUpAt": "2026-03-20T09:15:00Z"}))]
pub struct SignUp {
    /// Its id.
    pub id: SignUpId,
    /// The volunteer.
    pub volunteer_id: VolunteerId,
    /// Which kind of place.
    pub kind: PlaceKind,
    /// As which kind of supporter the volunteer walks the shift.
    pub subtype: VolunteerSubtype,
    /// Whether the place is offered to others: it is kept until somebody takes it.
    pub offered: bool,
    /// When the volunteer signed up.
    pub signed_up_at: Instant,
}

/// A shift of volunteers on a ward (HF-3).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "wardId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "state": "planned",
    "startsAt": "2026-04-08T08:00:00Z", "endsAt": "2026-04-08T11:00:00Z", "timeZone": "Europe/Copenhagen", "heldOn": "2026-04-08",
    "places": 2, "trialPlaces": 1, "freePlaces": 1, "freeTrialPlaces": 1,
    "signUps": [{"id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e73", "volunteerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e74", "kind": "regular", "subtype": "patientSupporter", "offered": false, "signedUpAt": "2026-03-20T09:15:00Z"}],
    "flags": ["onePerson"], "version": 2, "createdAt": "2026-03-19T09:15:00Z", "updatedAt": "2026-03-20T09:15:00Z"
}))]
pub struct WardShift {
    /// Its id.
    pub id: WardShiftId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The ward: an organisation of kind `ward`.
    pub ward_id: OrganisationId,
    /// Where it stands.
    pub state: ShiftState,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// The IANA time zone that its times are meant in.
    #[schema(example = "Europe/Copenhagen")]
    pub time_zone: String,
    /// The day it begins on, in that zone.
    pub held_on: NaiveDate,
    /// How many active volunteers there is room for.
    #[schema(minimum = 1, maximum = 20)]
    pub places: i32,
    /// How many there is room for beside them on a trial shift.
    #[schema(minimum = 0, maximum = 20)]
    pub trial_places: i32,
    /// How many regular places are free.
    #[schema(minimum = 0)]
    pub free_places: i32,
    /// How many trial places are free.
    #[schema(minimum = 0)]
    pub free_trial_places: i32,
    /// Who is on it, in the order they signed up.
    pub sign_ups: Vec<SignUp>,
    /// What needs attention; nothing on a shift that is cancelled.
    pub flags: Vec<ShiftFlag>,
    /// When it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancelled_at: Option<Instant>,
    /// Why it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancellation_reason: Option<ShiftCancellationReason>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was planned.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A shift to be planned.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = order_of_new))]
#[schema(example = json!({"programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "wardId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "startsAt": "2035-04-11T10:00:00+02:00", "endsAt": "2035-04-11T13:00:00+02:00", "places": 2, "trialPlaces": 1}))]
pub struct NewWardShift {
    /// The programme. It must be active.
    pub programme_id: ProgrammeId,
    /// The ward: an organisation of kind `ward`.
    pub ward_id: OrganisationId,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends: later, by 12 hours at most, and not past.
    pub ends_at: Instant,
    /// How many active volunteers there is room for: a pair where nothing is said.
    #[serde(default = "pair")]
    #[schema(minimum = 1, maximum = 20, default = 2)]
    pub places: i32,
    /// How many there is room for beside them on a trial shift.
    #[serde(default = "one")]
    #[schema(minimum = 0, maximum = 20, default = 1)]
    pub trial_places: i32,
}

fn pair() -> i32 {
    2
}

fn one() -> i32 {
    1
}

fn order_of_new(new: &NewWardShift) -> Result<(), ValidationError> {
    check_order(new.starts_at, new.ends_at).map_err(|(code, detail)| rule("/endsAt", code, detail))
}

/// A shift ends after it begins, and is not longer than half a day: what is wrong with `endsAt`.
fn check_order(starts_at: Instant, ends_at: Instant) -> Result<(), (&'static str, &'static str)> {
    if ends_at <= starts_at {
        Err(("order", "must be later than startsAt"))
    } else if ends_at > starts_at + chrono::Duration::hours(12) {
        Err(("tooLong", "must be 12 hours after startsAt at most"))
    } else {
        Ok(())
    }
}

/// A change (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"startsAt": "2035-04-11T11:00:00+02:00", "endsAt": "2035-04-11T14:00:00+02:00"}))]
pub struct WardShiftChange {
    /// When it begins.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub starts_at: Option<Instant>,
    /// When it ends: later, by 12 hours at most, and not past.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub ends_at: Option<Instant>,
    /// How many active volunteers there is room for; no fewer than have signed up.
    #[schema(nullable = false, minimum = 1, maximum = 20)]
    #[serde(deserialize_with = "present")]
    pub places: Option<i32>,
    /// How many trial places there are; no fewer than are taken.
    #[schema(nullable = false, minimum = 0, maximum = 20)]
    #[serde(deserialize_with = "present")]
    pub trial_places: Option<i32>,
}

impl WardShiftChange {
    /// The span with this change, or what is wrong with `endsAt`.
    pub fn span(
        &self,
        before: (Instant, Instant),
    ) -> Result<(Instant, Instant), (&'static str, &'static str)> {
        let after = (
            self.starts_at.unwrap_or(before.0),
            self.ends_at.unwrap_or(before.1),
        );
        check_order(after.0, after.1)?;
        Ok(after)
    }
}

/// Somebody signs up.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"volunteerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e74", "kind": "regular"}))]
pub struct SignUpRequest {
    /// The volunteer; may be left out by a volunteer, who signs up alone for herself.
    #[serde(default)]
    #[schema(nullable = false)]
    pub volunteer_id: Option<VolunteerId>,
    /// Which kind of place.
    #[serde(default = "regular")]
    #[schema(default = "regular", value_type = PlaceKind)]
    pub kind: PlaceKind,
    /// As which kind of supporter; the volunteer's first one where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub subtype: Option<VolunteerSubtype>,
}

fn regular() -> PlaceKind {
    PlaceKind::Regular
}

/// Whose place it is about.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"volunteerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e74"}))]
pub struct PlaceHolder {
    /// The volunteer; may be left out by a volunteer, who speaks for herself alone.
    #[serde(default)]
    #[schema(nullable = false)]
    pub volunteer_id: Option<VolunteerId>,
}

/// A place changes hands.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"volunteerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e74", "takenBy": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e75"}))]
pub struct Swap {
    /// Whose place it is.
    pub volunteer_id: VolunteerId,
    /// Who takes it; may be left out by a volunteer, who takes offered places alone for herself.
    #[serde(default)]
    #[schema(nullable = false)]
    pub taken_by: Option<VolunteerId>,
    /// Another shift, where the two change places: the one who takes this place gives the one
    /// there. Only for coordinators, who have asked both.
    #[serde(default)]
    #[schema(nullable = false)]
    pub in_return_for: Option<WardShiftId>,
}

/// A shift is called off.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "wardClosed"}))]
pub struct ShiftCancellation {
    /// Why.
    pub reason: ShiftCancellationReason,
}
